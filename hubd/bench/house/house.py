"""Starting and ending the virtual house: every part a process of its own, started when what it needs is there."""

import asyncio
import contextlib
import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import IO, Any

from hubd import console, state_folder
from hubd.bench.house import files, supply_files, visit
from hubd.bench.house.layout import (
    CONSUMER_RADIO_IEEE,
    HOUSE_METERS,
    HUB,
    UTILITY_RADIO_IEEE,
    HouseDisplay,
    HouseMeter,
    Layout,
)
from hubd.bench.house.services import Services
from hubd.bench.processes import Child, Children
from hubd.errors import ConfigurationError, HubdError, LinkError
from hubd.headend import broker_config

BINARIES = Path(sys.executable).parent
READY_WITHIN_S = 60.0
JOIN_WITHIN_S = 120.0

Say = Callable[[str], None]


class House:
    """One virtual house. Use as an async context manager; leaving it ends every process it started, by id."""

    def __init__(
        self,
        layout: Layout,
        seed: int = 1,
        reports_per_s: float = 0.2,
        say: Say = lambda line: None,
        capture: Path | None = None,
        meters: Sequence[HouseMeter] = HOUSE_METERS,
        displays: Sequence[HouseDisplay] = (),
    ) -> None:
        """`capture`: where the utility HAN's air is written, if anywhere."""
        self.meters, self.displays = tuple(meters), tuple(displays)
        self.layout = layout
        self.children: dict[str, Child] = {}
        self._seed = seed
        self._reports_per_s = reports_per_s
        self._say = say
        self.say = say
        self._capture = capture
        self._all = Children()
        self.services = Services(layout.services, self.children, layout.clock, self._supply_on)
        self._managing: asyncio.Future[None] | None = None
        self._held: IO[str] | None = None
        self._closing = threading.Event()

    async def __aenter__(self) -> "House":
        self._held = await asyncio.to_thread(state_folder.hold, self.layout.root)
        await self._all.__aenter__()
        return self

    async def __aexit__(self, *details: object) -> None:
        self._closing.set()
        try:
            if self._managing is not None:
                self._managing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._managing
        finally:
            await self._all.__aexit__(*details)
            if self._held is not None:
                self._held.close()

    async def start(self) -> None:
        """Everything, from nothing to all meters in service. Raises a HubdError that says what did not come up."""
        await self.stand_up()
        await visit.commission(self, self.meters, self.displays)
        for meter in self.meters:
            await self._await_joined(meter)
        self._say("the meters are in service")

    async def stand_up(self) -> None:
        """Everything that runs; no installer has been there yet."""
        self._say("writing the files of the house")
        files.write(self.layout, self._reports_per_s, meters=self.meters, displays=self.displays)
        await _together(
            self._start_wan(),
            self.start_radio("utility", UTILITY_RADIO_IEEE),
            self.start_radio("consumer", CONSUMER_RADIO_IEEE),
            self.start_grid(),
        )
        await self.start_daemons()

    async def _start_wan(self) -> None:
        issuers = [word for meter in self.meters if meter.issuer for word in ("--issuer", meter.issuer)]
        broker = f"127.0.0.1:{self.layout.wan_port}"
        await self.head("init", str(self.layout.headend), "--hub", HUB, "--broker", broker, *issuers)
        await self.start_brokers()
        await self.start_headend()

    async def start_brokers(self) -> None:
        """The broker of the WAN (mutual TLS) and the consumer's own (plain, loopback)."""
        layout = self.layout
        wan = broker_config.wan_broker(layout.headend, "127.0.0.1", layout.wan_port)
        consumer = broker_config.consumer_broker(layout.root / "consumer-broker", layout.consumer_port)
        for name, config, port in (
            ("broker-wan", wan, layout.wan_port),
            ("broker-consumer", consumer, layout.consumer_port),
        ):
            self._say(f"starting {name} on 127.0.0.1:{port}")
            await self._child(name, [mosquitto(), "-c", str(config)], port=port)

    async def start_radio(self, name: str, ieee: str) -> None:
        """A virtual coordinator with its devices."""
        layout = self.layout
        self._say(f"starting the {name} coordinator")
        line, air = layout.radio(name), layout.air(name)
        argv = [str(BINARIES / "hubd"), "bench", "coordinator", "--pty", str(line), "--ieee", ieee]
        argv += ["--devices", str(air / "devices.toml"), "--nv", str(air / "nv.json")]
        argv += ["--state", str(air / "devices.json"), "--control", str(layout.air_console(name))]
        argv += ["--seed", str(self._seed)]
        if self._capture and name == "utility":
            argv += ["--capture", str(self._capture.absolute())]
        await self._child(f"radio-{name}", argv, file=layout.air_console(name))

    async def start_grid(self) -> None:
        """The grid, and the service manager that the hub's way down asks."""
        layout = self.layout
        self._say("starting the grid")
        self._managing = asyncio.ensure_future(self.services.run())
        argv = [str(BINARIES / "hubd"), "bench", "grid", str(layout.grid)]
        await self._child("grid", argv, file=layout.grid_console)

    async def start_daemons(self) -> None:
        """`hubd utility` and `hubd consumer`, as separate processes."""
        layout = self.layout
        self._say("starting hubd utility and hubd consumer")
        hubd, pins = str(BINARIES / "hubd"), supply_files.environment(layout)
        utility = [hubd, "utility", "--config", str(layout.utility_config)]
        consumer = [hubd, "consumer", "--config", str(layout.consumer_config)]
        await _together(
            self._child("hubd-utility", utility, file=layout.console, environment=pins),
            self._child("hubd-consumer", consumer),
        )

    async def start_headend(self) -> None:
        """`hubctl head listen`, and what it must know of the meters."""
        self._say("starting the head-end")
        home = str(self.layout.headend)
        for meter in self.meters:
            key = self.layout.headend / f"vending-{meter.pan}.key"
            key.touch(mode=0o600)
            key.write_text(meter.vending_key + "\n")
            known = ["--pan", meter.pan, "--address", meter.ieee, "--hub", HUB, "--vending-key-file", str(key)]
            await self.head("meter-add", "--home", home, *known, *_key_words(meter))
        await self._child("head-end", [str(BINARIES / "hubctl"), "head", "listen", "--home", home])

    async def _await_joined(self, meter: HouseMeter) -> None:
        give_up_at_s = time.monotonic() + JOIN_WITHIN_S
        while not any(
            d["address"] == meter.ieee
            and d["joined"]
            and (d.get("import_wh") is not None or d.get("volume_l") is not None)
            for d in await self.ask({"do": "devices"})
        ):
            if time.monotonic() > give_up_at_s:
                raise LinkError(f"{meter.ieee} did not join within {JOIN_WITHIN_S:g} s; see {self.layout.logs}")
            await asyncio.sleep(0.05)

    async def _child(
        self,
        name: str,
        argv: list[str],
        *,
        port: int | None = None,
        file: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> Child:
        child = await self._all.start(name, argv, self.layout.logs / f"{name}.log", environment)
        self.children[name] = child
        await child.ready(port=port, file=file, timeout_s=READY_WITHIN_S)
        return child

    async def ask(self, question: dict[str, Any], timeout_s: float = 30.0) -> Any:
        """Ask the utility daemon's console; waits while the daemon is coming up."""
        return await asyncio.to_thread(self._ask_patiently, self.layout.console, question, timeout_s)

    async def ask_air(self, question: dict[str, Any], name: str = "utility", timeout_s: float = 30.0) -> Any:
        """Ask a coordinator's control socket: devices, faults, what a meter thinks."""
        return await asyncio.to_thread(self._ask_patiently, self.layout.air_console(name), question, timeout_s)

    async def ask_grid(self, question: dict[str, Any], timeout_s: float = 30.0) -> Any:
        """Ask the grid: trip a story, put supply on or off, tell the state."""
        return await asyncio.to_thread(self._ask_patiently, self.layout.grid_console, question, timeout_s)

    def _supply_on(self) -> bool:
        state = self._ask_patiently(self.layout.grid_console, {"do": "state"}, READY_WITHIN_S)
        return bool(state["hubs"][HUB] == "on")

    def _ask_patiently(self, path: Path, question: dict[str, Any], timeout_s: float) -> Any:
        """Blocks; not beyond the house's end."""
        give_up_at_s = time.monotonic() + timeout_s
        while True:
            try:
                return console.ask(path, question, timeout_s)
            except LinkError:
                if time.monotonic() > give_up_at_s or self._closing.wait(0.05):
                    raise

    async def meter(self, meter: HouseMeter) -> dict[str, Any]:
        """The virtual meter's own view of itself: balance, accepted tokens, verdicts."""
        view: dict[str, Any] = await self.ask_air({"do": "meter", "ieee": meter.ieee})
        return view

    async def display(self, display: HouseDisplay, timeout_s: float = 30.0) -> dict[str, Any]:
        """What a display shows."""
        view: dict[str, Any] = await self.ask_air({"do": "meter", "ieee": display.ieee}, timeout_s=timeout_s)
        return view

    async def head(self, *words: str, expect: frozenset[int] = frozenset({0})) -> Any:
        """Run `hubctl head ... --json` and return its document. Raises LinkError on an unexpected exit code."""
        return await self.hubctl("head", *words, expect=expect)

    async def hubctl(self, *words: str, expect: frozenset[int] = frozenset({0})) -> Any:
        """Run `hubctl ... --json` and return its document."""
        process = await asyncio.create_subprocess_exec(
            str(BINARIES / "hubctl"),
            *words,
            "--json",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await process.communicate()
        finally:
            if process.returncode is None:  # nobody waits for its answer any more
                process.kill()
                await process.wait()
        if process.returncode not in expect:
            said = (err or out).decode().strip()  # an error of ours is on stdout, as JSON
            raise LinkError(f"hubctl {words[0]} {words[1]} ended with {process.returncode}: {said}")
        return json.loads(out) if out.strip() else None


async def _together(*parts: Coroutine[Any, Any, object]) -> None:
    """Each waits for itself. Raises the first HubdError alone, as if they had come up one after another."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for part in parts:
                tasks.create_task(part)
    except BaseExceptionGroup as group:
        if (ours := group.subgroup(HubdError)) is None:
            raise
        raise ours.exceptions[0] from None


def _key_words(meter: HouseMeter) -> list[str]:
    if meter.originator:
        words = ["--token-scheme", meter.token_scheme, "--originator", meter.originator]
        return [*words, "--issuer", meter.issuer]
    words = ["--sgc", meter.sgc, "--krn", str(meter.krn), "--kt", str(meter.kt), "--ti", meter.ti]
    return [*words, "--base", str(meter.base), "--kind", meter.kind]


def mosquitto() -> str:
    """The broker's program. Raises ConfigurationError with the cure where it is missing."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise ConfigurationError("mosquitto is not installed. Cure: sudo apt-get install mosquitto")
    return found
