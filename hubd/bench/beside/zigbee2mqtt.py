"""zigbee2mqtt's turn: metering plugs on a virtual coordinator, a plain broker on loopback, nothing else."""

import asyncio
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import aiomqtt

from hubd import console
from hubd.bench.beside.side import AtRate, Side, at_rate
from hubd.bench.house.house import BINARIES, mosquitto
from hubd.bench.memory import cpu_s, pss_kb
from hubd.bench.ports import free_port
from hubd.bench.processes import Child, Children
from hubd.errors import LinkError
from hubd.mqtt.client import Client

PLUGS = 2
"""As many as the house has meters."""

TOPIC = "beside"
READY_WITHIN_S = 60.0
SETTLE_S = 3.0
DRAIN_S = 20.0

_CONFIGURATION = """\
version: 5
mqtt: {{server: "mqtt://127.0.0.1:{broker}", base_topic: {topic}}}
serial: {{port: "tcp://127.0.0.1:{radio}", adapter: zstack}}
frontend: {{enabled: false}}
homeassistant: {{enabled: false}}
availability: {{enabled: false}}
advanced:
  log_level: warning
  log_output: [console]
  channel: 20
  network_key: GENERATE
  pan_id: GENERATE
  ext_pan_id: GENERATE
"""


async def turn(folder: Path, program: Path, rates_per_s: tuple[int, ...], seconds: float) -> Side:
    """Its own broker, coordinator and zigbee2mqtt (`program`: its package folder) in `folder`. Raises LinkError where
    a part does not come up or not every plug is paired.
    """
    async with Children() as children:
        broker_port = await _broker(children, folder)
        air = await _coordinator(children, folder)
        peer = await _peer(children, folder, program, broker_port, air.port)
        async with Client("127.0.0.1", broker_port, identifier="watcher") as client:
            await _pair(client)
            await asyncio.sleep(SETTLE_S)
            rates = [await _rate(client, air, peer, per_s, seconds) for per_s in rates_per_s]
        return Side("zigbee2mqtt", tuple(rates), pss_kb(peer.pid) / 1024)


class _Air:
    def __init__(self, port: int, control: Path) -> None:
        self.port = port
        self._control = control

    async def ask(self, question: dict[str, Any]) -> Any:
        return await asyncio.to_thread(console.ask, self._control, question)


async def _broker(children: Children, folder: Path) -> int:
    port = free_port()
    file = folder / "mosquitto.conf"
    file.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n")
    broker = await children.start("broker", [mosquitto(), "-c", str(file)], folder / "broker.log")
    await broker.ready(port=port)
    return port


async def _coordinator(children: Children, folder: Path) -> _Air:
    devices = folder / "devices.toml"
    devices.write_text(
        "".join(
            f'[[device]]\nkind = "plug"\nieee = "00:15:8d:00:02:00:00:{n:02x}"\nopen = true\n\n'
            for n in range(1, PLUGS + 1)
        )
    )
    port, control = free_port(), folder / "air.sock"
    argv = [str(BINARIES / "hubd"), "bench", "coordinator", "--listen", f"tcp://127.0.0.1:{port}"]
    argv += ["--devices", str(devices), "--control", str(control)]
    radio = await children.start("radio", argv, folder / "radio.log")
    await radio.ready(file=control, line="listening")
    return _Air(port, control)


async def _peer(children: Children, folder: Path, program: Path, broker_port: int, radio_port: int) -> Child:
    data = folder / "zigbee2mqtt"
    data.mkdir()
    (data / "configuration.yaml").write_text(_CONFIGURATION.format(broker=broker_port, radio=radio_port, topic=TOPIC))
    # It would take the repository around its folder for its own, and want to build itself anew: so no git for it.
    argv = ["env", f"ZIGBEE2MQTT_DATA={data}", "GIT_DIR=/nonexistent", "node", str(program / "index.js")]
    return await children.start("zigbee2mqtt", argv, folder / "zigbee2mqtt.log")


async def _pair(client: aiomqtt.Client) -> None:
    """Let the plugs in as soon as it lists its devices (before, it takes no requests); wait for the interviews."""
    paired: set[str] = set()
    await client.subscribe([(f"{TOPIC}/bridge/devices", 0), (f"{TOPIC}/bridge/event", 0)])
    asked = False
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            async for message in client.messages:
                if not asked:
                    await client.publish(f"{TOPIC}/bridge/request/permit_join", json.dumps({"time": 120}))
                asked = True
                said = _document(message)
                data = said.get("data", {})
                if said.get("type") == "device_interview" and data.get("status") == "successful":
                    paired.add(data["ieee_address"])
                if len(paired) == PLUGS:
                    return
    except TimeoutError:
        raise LinkError(f"zigbee2mqtt paired {len(paired)} of {PLUGS} plugs within {READY_WITHIN_S:g} s") from None


async def _rate(client: aiomqtt.Client, air: _Air, peer: Child, per_s: int, seconds: float) -> AtRate:
    """Each report raises the register, so a plug's reports and its messages match by their order."""
    count = int(per_s * seconds)
    await client.subscribe(f"{TOPIC}/+")
    registers: dict[str, float] = {}
    await asyncio.sleep(0.5)
    while len(client.messages):
        _news(await anext(client.messages), registers)
    before_s = cpu_s(peer.pid)
    await air.ask({"do": "burst", "per_s": per_s, "count": count})
    heard: dict[str, list[int]] = defaultdict(list)
    try:
        async with asyncio.timeout(seconds + DRAIN_S):
            while sum(map(len, heard.values())) < count:
                if (plug := _news(await anext(client.messages), registers)) is not None:
                    heard[plug].append(time.monotonic_ns())
    except TimeoutError:
        raise LinkError(f"zigbee2mqtt passed on {sum(map(len, heard.values()))} of {count} reports") from None
    spent_s = cpu_s(peer.pid) - before_s
    sent: dict[str, list[int]] = defaultdict(list)
    for ieee, _wh, at_ns in await air.ask({"do": "sent"}):
        sent["0x" + ieee.replace(":", "")].append(at_ns)
    delays_ms = [(b - a) / 1e6 for plug, times in sent.items() for a, b in zip(times, heard[plug], strict=True)]
    return at_rate(per_s, count, delays_ms, spent_s)


def _news(message: aiomqtt.Message, registers: dict[str, float]) -> str | None:
    """The plug whose register this message moves."""
    plug, register = str(message.topic).rsplit("/", 1)[1], _document(message).get("energy")
    if register is None or registers.get(plug) == register:
        return None
    registers[plug] = register
    return plug


def _document(message: aiomqtt.Message) -> dict[str, Any]:
    said = json.loads(message.payload or b"{}")
    return said if isinstance(said, dict) else {}
