"""What stands in the NV memory of a chip that was just flashed, or told to forget everything."""

import struct

from hubd.bench.coordinator import nv
from hubd.bench.coordinator.nv import Key, osal

EXTADDR, STARTUP_OPTION, NIB, EXTENDED_PAN_ID = 0x0001, 0x0003, 0x0021, 0x002D
NWK_ACTIVE_KEY_INFO, NWK_ALTERN_KEY_INFO, APS_USE_EXT_PANID = 0x003A, 0x003B, 0x0047
APS_LINK_KEY_TABLE, BDB_NODE_IS_ON_A_NETWORK = 0x004C, 0x0055
PRECFGKEY, NWKKEY, PANID, CHANLIST, TCLK_SEED = 0x0062, 0x0082, 0x0083, 0x0084, 0x0101

CLEAR_CONFIG, CLEAR_STATE = 0x01, 0x02
APPLICATION_ITEMS = {0x005F, 0x0060}
"""Items that only host programs use; clearing the stack does not touch them, nor those from 0x0F00."""

DEVICES_AT_MOST = 64
_TCLK_ENTRIES = 32
_SECURITY_MATERIAL_ENTRIES = 4
_ALL_CHANNELS = 0x07FFF800

EMPTY_ADDRESS = struct.pack("<BBH8s", 0xFF, 0xFF, 0xFFFF, b"\xff" * 8)
EMPTY_APS_KEY = bytes(24)
EMPTY_INSTALL_CODE = bytes(24)
_EMPTY_TCLK = struct.pack("<II8sBBBx", 0, 0, bytes(8), 0xFF, 0, 0)

_OCTETS = {
    STARTUP_OPTION: 0x00,
    0x0030: 0x1E,  # BCAST_DELIVERY_TIME
    0x0032: 0x01,  # CONCENTRATOR_ENABLE
    0x0033: 0x00,  # CONCENTRATOR_DISCOVERY
    0x0034: 0x0F,  # CONCENTRATOR_RADIUS
    0x0036: 0x01,  # CONCENTRATOR_RC
    0x0038: 0xFF,  # SRC_RTG_EXPIRY_TIME
    0x003E: 0x00,  # NWK_CHILD_AGE_ENABLE
    BDB_NODE_IS_ON_A_NETWORK: 0x00,
    0x0061: 0x05,  # SECURITY_LEVEL
    0x0063: 0x00,  # PRECFGKEYS_ENABLE
    0x006D: 0x01,  # USE_DEFAULT_TCLK
    0x0087: 0x00,  # LOGICAL_TYPE: coordinator
    0x008F: 0x00,  # ZDO_DIRECT_CB
}


def items(ieee: bytes, tclk_seed: bytes) -> dict[Key, bytes]:
    """All items. `ieee` is the address of the hardware, in wire order."""
    osal_items = {item: bytes((value,)) for item, value in _OCTETS.items()} | {
        EXTADDR: ieee,
        EXTENDED_PAN_ID: bytes(8),
        NWK_ACTIVE_KEY_INFO: bytes(17),
        NWK_ALTERN_KEY_INFO: bytes(17),
        APS_USE_EXT_PANID: bytes(8),
        APS_LINK_KEY_TABLE: bytes(2 + 6 * DEVICES_AT_MOST),
        PRECFGKEY: bytes(16),
        NWKKEY: bytes(24),
        PANID: b"\xff\xff",
        CHANLIST: struct.pack("<I", _ALL_CHANNELS),
        TCLK_SEED: tclk_seed,
    }
    return {osal(item): value for item, value in osal_items.items()} | _tables()


def _tables() -> dict[Key, bytes]:
    sizes = {
        nv.ADDRESS_TABLE: (DEVICES_AT_MOST, EMPTY_ADDRESS),
        nv.TCLK_TABLE: (_TCLK_ENTRIES, _EMPTY_TCLK),
        nv.INSTALL_CODE_TABLE: (DEVICES_AT_MOST, EMPTY_INSTALL_CODE),
        nv.APS_KEY_TABLE: (DEVICES_AT_MOST, EMPTY_APS_KEY),
        nv.SECURITY_MATERIAL_TABLE: (_SECURITY_MATERIAL_ENTRIES, bytes(12)),
    }
    return {(nv.ZSTACK, table, index): empty for table, (entries, empty) in sizes.items() for index in range(entries)}


def survives_clearing(key: Key) -> bool:
    """Whether an item stays when the stack's own items go back to the factory's."""
    system, item, sub = key
    return (system, item) == (nv.ZSTACK, nv.LEGACY) and (sub in APPLICATION_ITEMS or sub >= 0x0F00)
