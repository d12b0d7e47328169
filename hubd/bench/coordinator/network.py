"""Forming a network, resuming it, and forgetting it: all in NV, as Z-Stack's base device behaviour does."""

import hashlib
import struct
from dataclasses import dataclass
from random import Random

from hubd.bench.coordinator import factory, nib, nv
from hubd.bench.coordinator.nib import NetworkParameters
from hubd.bench.coordinator.nv import NvMemory, osal

_COUNTER_STEP = 1000
"""Frames that may have been sent since the counter was last written: skipped at each start, as Z-Stack does."""
_GLOBAL = b"\xff" * 8


@dataclass(frozen=True, slots=True)
class RunningNetwork:
    """A network that is up. `identity` tells it from every other, and shows no key."""

    parameters: NetworkParameters
    identity: str


def prepare(memory: NvMemory, hardware_ieee: bytes, random: Random) -> None:
    """What the chip does when it boots: fill in what is missing, and clear what the host asked to have cleared."""
    wanted = memory.read_osal(factory.STARTUP_OPTION)
    defaults = factory.items(hardware_ieee, random.randbytes(16))
    if wanted and wanted[0] & (factory.CLEAR_STATE | factory.CLEAR_CONFIG):
        kept = {key: value for key, value in memory.items().items() if factory.survives_clearing(key)}
        memory.replace_all(defaults | kept)
    elif missing := {key: value for key, value in defaults.items() if not memory.length(key)}:
        memory.replace_all({**memory.items(), **missing})


def current(memory: NvMemory) -> RunningNetwork | None:
    """The network that NV describes; None where there is none."""
    parameters = nib.read(memory.read_osal(factory.NIB))
    if parameters is None or memory.read_osal(factory.BDB_NODE_IS_ON_A_NETWORK) != b"\x01":
        return None
    key = memory.read_osal(factory.NWK_ACTIVE_KEY_INFO)
    return RunningNetwork(
        parameters, f"{parameters.extended_pan_id[::-1].hex()}-{hashlib.sha256(key).hexdigest()[:8]}"
    )


def form(memory: NvMemory, random: Random, channel_mask: int) -> RunningNetwork:
    """Make a network from what the host wrote into NV; what it left open is drawn by lot."""
    ieee = memory.read_osal(factory.EXTADDR)
    mask = channel_mask or int.from_bytes(memory.read_osal(factory.CHANLIST), "little")
    channel = random.choice([bit for bit in range(11, 27) if mask >> bit & 1] or [11])
    pan_id = int.from_bytes(memory.read_osal(factory.PANID), "little")
    if not 0 < pan_id < 0xFFFE:
        pan_id = random.randrange(1, 0xFFFE)
    wanted_epid = memory.read_osal(factory.APS_USE_EXT_PANID)
    epid = wanted_epid if any(wanted_epid) else ieee
    wanted_key = memory.read_osal(factory.PRECFGKEY)
    key = wanted_key if any(wanted_key) else random.randbytes(16)
    _write(memory, NetworkParameters(channel, pan_id, epid, mask), key, ieee)
    network = current(memory)
    assert network is not None
    return network


def _write(memory: NvMemory, parameters: NetworkParameters, key: bytes, ieee: bytes) -> None:
    active = b"\x00" + key
    for item, value in {
        factory.NIB: nib.form(parameters, ieee),
        factory.EXTENDED_PAN_ID: parameters.extended_pan_id,
        factory.NWK_ACTIVE_KEY_INFO: active,
        factory.NWK_ALTERN_KEY_INFO: active,
        factory.NWKKEY: active + bytes(7),
        factory.BDB_NODE_IS_ON_A_NETWORK: b"\x01",
    }.items():
        memory.put(osal(item), value)
    memory.put((nv.ZSTACK, nv.SECURITY_MATERIAL_TABLE, 0), struct.pack("<I8s", 0, parameters.extended_pan_id))


def skip_frame_counter(memory: NvMemory, epid: bytes) -> None:
    """After a restart, go on well past any counter that may have been used."""
    for index in range(4):
        key = (nv.ZSTACK, nv.SECURITY_MATERIAL_TABLE, index)
        entry = memory.read(key)
        if len(entry) == 12 and entry[4:] in (epid, _GLOBAL):
            counter = (int.from_bytes(entry[:4], "little") + _COUNTER_STEP) & 0xFFFFFFFF
            memory.put(key, struct.pack("<I", counter) + entry[4:])


def move_to_channel(memory: NvMemory, channel: int) -> None:
    """Go on, on another channel."""
    record = memory.read_osal(factory.NIB)
    if nib.read(record):
        memory.put(osal(factory.NIB), nib.with_channel(record, channel))
