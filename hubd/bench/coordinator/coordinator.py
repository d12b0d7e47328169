"""The virtual coordinator: a Z-Stack 3 CC26x2 as its host sees it over MT, with the simulated air behind it."""

import struct
from collections import deque
from collections.abc import Callable
from random import Random

from hubd.bench.air import zdo
from hubd.bench.air.air import Air
from hubd.bench.air.device import EndpointDescriptor
from hubd.bench.air.frame import ApsFrame
from hubd.bench.air.membership import announcement
from hubd.bench.air.node import Node
from hubd.bench.coordinator import factory, incoming, network, unpi
from hubd.bench.coordinator.account import Account, Entry
from hubd.bench.coordinator.faults import Fault, Faults
from hubd.bench.coordinator.network import RunningNetwork
from hubd.bench.coordinator.nv import NvMemory
from hubd.bench.coordinator.status import RpcError
from hubd.bench.coordinator.trust import TrustCentre
from hubd.bench.coordinator.unpi import MtFrame
from hubd.model.secret import Secret

Handler = Callable[["Coordinator", bytes], bytes]
"""Takes a request's data, returns the answer's. Raises struct.error or IndexError where octets are missing."""

VERSION = bytes((2, 1, 2, 7, 1))
"""Transport revision, product (Z-Stack 3.x.0), release 2.7.1."""


class Coordinator:
    """State that all MT subsystems share, and the coordinator's end of the air. The subsystems' commands stand in
    `mt_sys`, `mt_util`, `mt_zdo`, `mt_af` and `mt_app_config`.
    """

    def __init__(self, memory: NvMemory, air: Air, write: Callable[[bytes], object], hardware_ieee: bytes) -> None:
        self.nv = memory
        self.air = air
        self.hardware_ieee = hardware_ieee
        self.random = Random(air.conditions.random.random())
        self.faults = Faults()
        self.account = Account()
        self.endpoints: dict[int, EndpointDescriptor] = {}
        self.running: RunningNetwork | None = None
        self.channel_mask = 0
        self.tell_zdo = False
        self.only_install_codes = False
        self.kept_messages: dict[int, bytes] = {}
        self.on_heard: Callable[[ApsFrame], None] | None = None
        """Called just before a device's frame is written to the line."""
        self._write = write
        self._handlers = _all_handlers()
        self._afterwards: deque[Callable[[], None]] = deque()
        self._sequence = 0
        network.prepare(memory, hardware_ieee, self.random)
        self.trust = TrustCentre(memory)
        air.begin(self)

    # The line

    def receive(self, frame: MtFrame) -> None:
        """Take one command from the host."""
        if self.frozen():
            return
        if frame.command0 == unpi.AREQ | unpi.SYS and frame.command1 == 0x00:
            self.reset()
        elif frame.is_request:
            self._answer(frame)
            while self._afterwards:
                self._afterwards.popleft()()

    def _answer(self, frame: MtFrame) -> None:
        handler = self._handlers.get((frame.subsystem, frame.command1))
        if handler is None:
            self._refuse(frame, RpcError.INVALID_COMMAND)
            return
        try:
            answer = handler(self, frame.data)
        except (struct.error, IndexError):
            self._refuse(frame, RpcError.INVALID_LENGTH)
            return
        self._write(unpi.encode(unpi.SRSP | frame.subsystem, frame.command1, answer))

    def _refuse(self, frame: MtFrame, error: RpcError) -> None:
        self._write(unpi.encode(unpi.SRSP | unpi.RPC_ERROR, 0x00, bytes((error, frame.command0, frame.command1))))

    def indicate(self, subsystem: int, command: int, data: bytes) -> None:
        """Tell the host something it did not ask for."""
        if not self.frozen():
            self._write(unpi.encode(unpi.AREQ | subsystem, command, data))

    def then(self, do: Callable[[], None]) -> None:
        """Do it once the answer to the present request is on the line."""
        self._afterwards.append(do)

    def frozen(self) -> bool:
        """It hangs: takes nothing, says nothing, and keeps the line open."""
        return self.air.clock.now_s() < self.faults.frozen_until_s

    # Start and end

    def reset(self, reason: int = 0, *, told: bool = True) -> None:
        """Boot: everything outside NV is gone, and the network is down until the host starts it. `told`: the host
        hears of it (SYS_RESET_IND).
        """
        self.endpoints = {}
        self.running = None
        self.tell_zdo = False
        self.only_install_codes = False
        self.channel_mask = 0
        self.kept_messages.clear()
        self.air.open_window(0)
        network.prepare(self.nv, self.hardware_ieee, self.random)
        self.trust.reload()
        if told:
            self.indicate(unpi.SYS, 0x80, bytes((reason,)) + VERSION)

    def start_network(self) -> bool:
        """Resume the network in NV, or form one. Says whether it was formed."""
        found = network.current(self.nv)
        self.running = found or network.form(self.nv, self.random, self.channel_mask)
        network.skip_frame_counter(self.nv, self.running.parameters.extended_pan_id)
        self.trust.reload()
        return found is None

    @property
    def ieee(self) -> bytes:
        """Its address, in wire order."""
        return self.nv.read_osal(factory.EXTADDR)

    def descriptors(self) -> zdo.Descriptors:
        """What it says of itself on endpoint 0."""
        return zdo.Descriptors(
            0x0000, self.ieee, tuple(self.endpoints.values()), 0, 0x8F, neighbours=self._neighbours()
        )

    def _neighbours(self) -> list[bytes]:
        if self.running is None:
            return []
        epid = self.running.parameters.extended_pan_id
        return [
            epid
            + node.octets
            + struct.pack("<HBBBB", node.nwk, 0x11 if node.device.mains_powered else 0x12, 2, 1, incoming.LQI)
            for node in self.air.members()
        ]

    def as_neighbour(self) -> bytes:
        """Itself, in a device's table: a coordinator that always listens, the device's parent."""
        epid = self.running.parameters.extended_pan_id if self.running else bytes(8)
        return epid + self.ieee + struct.pack("<HBBBB", 0x0000, 0x04, 2, 0, incoming.LQI)

    # The air

    def network(self) -> str:
        """Identity of the network it runs."""
        return self.running.identity if self.running else ""

    def admit(self, node: Node) -> Secret[bytes] | str:
        """Whether the device may join, and under which key."""
        if self.faults.take(Fault.LETS_IN, node.device.ieee):
            key = node.install_code_key or Secret(self.random.randbytes(16))
        elif node.install_code_key is not None:
            held = self.trust.install_code_key(node.octets)
            if held is None:
                return "the coordinator holds no install code for it"
            if held != node.install_code_key.reveal():
                return "the coordinator holds another install code for it"
            key = node.install_code_key
        elif self.only_install_codes:
            return "the coordinator takes install codes only"
        else:
            key = Secret(self.random.randbytes(16))
        if node.octets not in self.trust.addresses() and len(self.trust.addresses()) >= factory.DEVICES_AT_MOST:
            return "the coordinator's table of devices is full"
        return key

    def joined(self, node: Node) -> None:
        """Tell the host of a device, as trust centre and through its announcement in both forms."""
        assert node.link_key is not None
        self.trust.remember(node.octets, node.nwk, node.link_key, child=node.device.poll_interval_s is not None)
        self.indicate(unpi.ZDO, 0xCA, struct.pack("<H8sH", node.nwk, node.octets, 0))
        if not self.air.conditions.unacknowledged_is_heard():
            return  # its announcement was lost
        body = announcement(node)
        self.indicate(unpi.ZDO, 0xC1, struct.pack("<H", node.nwk) + body)
        self._tell_zdo(node.nwk, zdo.DEVICE_ANNCE, self.next_sequence(), body, was_broadcast=True)

    def left(self, node: Node) -> None:
        """Tell the host that a device has left, and forget it."""
        self.trust.forget(node.octets)
        self.indicate(unpi.ZDO, 0xC9, struct.pack("<H8sBBB", node.nwk, node.octets, 0, 0, 0))

    def next_sequence(self) -> int:
        """A fresh sequence number of the coordinator's own frames."""
        self._sequence = (self._sequence + 1) & 0xFF
        return self._sequence

    def hear(self, node: Node, frame: ApsFrame) -> None:
        """Hand a device's frame to the host, if it is for an endpoint that the host has registered."""
        if frame.dst_endpoint == 0:
            self.hear_zdo(node, frame.cluster_id, frame.data[0], frame.data[1:])
            return
        endpoint = self.endpoints.get(frame.dst_endpoint)
        if endpoint is None or frame.profile_id not in (endpoint.profile_id, 0xFFFF):
            return
        if frame.secured and self.trust.link_key(node.octets) != (node.link_key and node.link_key.reveal()):
            return  # the trust centre cannot decrypt it
        secured = frame.secured and not self.faults.take(Fault.UNSECURED, node.device.ieee)
        octets = self._incoming(node.nwk, frame, secured)
        if self.frozen():
            return
        entry = self.account.heard(node.device.ieee, frame.cluster_id, frame.data, secured=secured)
        if self.on_heard:
            self.on_heard(frame)
        late_s = self.faults.late_s if self.faults.take(Fault.LATE, node.device.ieee) else 0.0
        again_s = self.faults.again_s if self.faults.take(Fault.DUPLICATE, node.device.ieee) else None
        self._hand_over(octets, entry, late_s)
        if again_s is not None:
            self._hand_over(octets, entry, late_s + again_s)

    def _hand_over(self, octets: bytes, entry: Entry, after_s: float) -> None:
        """At once, or behind what comes until then."""
        if after_s:
            self.air.clock.after(after_s, lambda: self._hand_over(octets, entry, 0.0))
        elif not self.frozen():
            entry.times += 1
            self._write(octets)

    def _incoming(self, nwk: int, frame: ApsFrame, secured: bool) -> bytes:
        stamp = int(self.air.clock.now_s() * 1000) & 0xFFFFFFFF
        if len(frame.data) <= incoming.HEARD_AT_MOST:
            return incoming.message(nwk, frame, secured, stamp, self.next_sequence())
        while stamp in self.kept_messages:
            stamp = (stamp + 1) & 0xFFFFFFFF
        self.kept_messages[stamp] = frame.data
        return incoming.announced(nwk, frame, secured, stamp, self.next_sequence())

    def hear_zdo(self, node: Node, cluster: int, sequence: int, body: bytes) -> None:
        """Hand a ZDO response to the host, in both forms; answer a device's own request."""
        if cluster & zdo.RESPONSE:
            self.tell_zdo_answer(node.nwk, cluster, sequence, body)
            return
        answer = zdo.answer(self.descriptors(), cluster, body)
        if answer is not None:
            reply = ApsFrame(0, cluster | zdo.RESPONSE, 0, 0, bytes((sequence,)) + answer, secured=False)
            self.air.unicast(node.nwk, reply, True, lambda _: None)

    def tell_zdo_answer(self, nwk: int, cluster: int, sequence: int, body: bytes) -> None:
        """A ZDO response: the native indication, and the raw one where the host asked for it."""
        if cluster & 0xFF in (zdo.NWK_ADDR, zdo.IEEE_ADDR):
            self.indicate(unpi.ZDO, 0x80 | (cluster & 0xFF), body + b"\x00\x00")
        else:
            self.indicate(unpi.ZDO, 0x80 | (cluster & 0x7F), struct.pack("<H", nwk) + body)
        self._tell_zdo(nwk, cluster, sequence, body, was_broadcast=False)

    def _tell_zdo(self, nwk: int, cluster: int, sequence: int, body: bytes, *, was_broadcast: bool) -> None:
        if self.tell_zdo:
            head = struct.pack("<HBHBBH", nwk, was_broadcast, cluster, 0, sequence, 0xFFFD if was_broadcast else 0)
            self.indicate(unpi.ZDO, 0xFF, head + body)


def _all_handlers() -> dict[tuple[int, int], Handler]:
    from hubd.bench.coordinator import mt_af, mt_app_config, mt_sys, mt_util, mt_zdo

    tables = {
        unpi.SYS: mt_sys.HANDLERS,
        unpi.AF: mt_af.HANDLERS,
        unpi.ZDO: mt_zdo.HANDLERS,
        unpi.UTIL: mt_util.HANDLERS,
        unpi.APP_CONFIG: mt_app_config.HANDLERS,
    }
    return {
        (subsystem, command): handler for subsystem, table in tables.items() for command, handler in table.items()
    }
