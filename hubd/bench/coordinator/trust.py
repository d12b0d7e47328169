"""The trust centre's memory: addresses, link keys and install code keys of devices, in the coordinator's NV tables.

The address, key and link-key tables have Z-Stack's layout, so that a client's backup and restore carry the devices.
The install code table is our own (address, key): no client reads it.
"""

import struct

from hubd.bench.coordinator import factory, nv
from hubd.bench.coordinator.nv import NvMemory, osal
from hubd.model.secret import Secret

_ASSOCIATED, _SECURITY = 0x01, 0x02
_AUTHENTICATED = 0x01
_ADDRESS = struct.Struct("<BxH8s")
_APS_KEY = struct.Struct("<16sII")
_LINK_KEY = struct.Struct("<HHBx")


class TrustCentre:
    """Who may speak under which key. Addresses are in wire order (little-endian)."""

    def __init__(self, memory: NvMemory) -> None:
        self._nv = memory
        self._index: dict[bytes, int] = {}
        self._keys: dict[bytes, bytes] = {}
        self.reload()

    def reload(self) -> None:
        """Read the tables again, after the host has written them."""
        self._index = {}
        for index in range(factory.DEVICES_AT_MOST):
            kind, _, octets = _ADDRESS.unpack(self._entry(nv.ADDRESS_TABLE, index, factory.EMPTY_ADDRESS))
            if kind != 0xFF and octets not in (bytes(8), b"\xff" * 8):
                self._index[octets] = index
        self._keys = self._stored_keys()

    def _entry(self, table: int, index: int, empty: bytes) -> bytes:
        entry = self._nv.read((nv.ZSTACK, table, index))
        return entry if len(entry) == len(empty) else empty

    def _stored_keys(self) -> dict[bytes, bytes]:
        table = self._nv.read_osal(factory.APS_LINK_KEY_TABLE)
        if len(table) < 2:
            return {}
        by_index = {index: octets for octets, index in self._index.items()}
        count = min(int.from_bytes(table[:2], "little"), (len(table) - 2) // _LINK_KEY.size)
        keys: dict[bytes, bytes] = {}
        for at in range(count):
            address_index, key_index, state = _LINK_KEY.unpack_from(table, 2 + at * _LINK_KEY.size)
            if state == _AUTHENTICATED and address_index in by_index:
                entry = self._entry(nv.APS_KEY_TABLE, key_index, factory.EMPTY_APS_KEY)
                keys[by_index[address_index]] = entry[:16]
        return keys

    # Devices

    def remember(self, octets: bytes, nwk: int, key: Secret[bytes], *, child: bool) -> bool:
        """Keep a device that joined. False where the table is full."""
        index = self._index.get(octets)
        if index is None:
            index = next((i for i in range(factory.DEVICES_AT_MOST) if i not in self._index.values()), None)
        if index is None:
            return False
        self._index[octets] = index
        kind = _SECURITY | (_ASSOCIATED if child else 0)
        self._nv.put((nv.ZSTACK, nv.ADDRESS_TABLE, index), _ADDRESS.pack(kind, nwk, octets))
        self.set_link_key(octets, key)
        return True

    def forget(self, octets: bytes) -> None:
        """Drop a device: its address, its link key and its install code. To come back, it must be admitted anew."""
        self.remove_link_key(octets)
        self._forget_install_code(octets)
        index = self._index.pop(octets, None)
        if index is not None:
            self._nv.put((nv.ZSTACK, nv.ADDRESS_TABLE, index), factory.EMPTY_ADDRESS)

    def nwk_of(self, octets: bytes) -> int | None:
        """The network address of a known device."""
        index = self._index.get(octets)
        if index is None:
            return None
        return int(_ADDRESS.unpack(self._nv.read((nv.ZSTACK, nv.ADDRESS_TABLE, index)))[1])

    def addresses(self) -> tuple[bytes, ...]:
        """All devices known."""
        return tuple(self._index)

    # Link keys

    def link_key(self, octets: bytes) -> bytes | None:
        """The key shared with a device, or None."""
        return self._keys.get(octets)

    def set_link_key(self, octets: bytes, key: Secret[bytes]) -> bool:
        """Share a key with a device that is in the address table. False where it is not."""
        index = self._index.get(octets)
        if index is None:
            return False
        self._keys[octets] = key.reveal()
        self._nv.put((nv.ZSTACK, nv.APS_KEY_TABLE, index), _APS_KEY.pack(key.reveal(), 0, 0))
        self._write_link_key_table()
        return True

    def remove_link_key(self, octets: bytes) -> bool:
        """Share no key with it any more. False where there was none."""
        if self._keys.pop(octets, None) is None:
            return False
        self._nv.put((nv.ZSTACK, nv.APS_KEY_TABLE, self._index[octets]), factory.EMPTY_APS_KEY)
        self._write_link_key_table()
        return True

    def _write_link_key_table(self) -> None:
        size = self._nv.length(osal(factory.APS_LINK_KEY_TABLE)) or 2 + _LINK_KEY.size * factory.DEVICES_AT_MOST
        indexes = sorted(self._index[octets] for octets in self._keys)
        entries = b"".join(_LINK_KEY.pack(index, index, _AUTHENTICATED) for index in indexes)
        table = len(indexes).to_bytes(2, "little") + entries
        self._nv.put(osal(factory.APS_LINK_KEY_TABLE), table.ljust(size, b"\x00"))

    # Install codes

    def add_install_code_key(self, octets: bytes, key: Secret[bytes]) -> bool:
        """Let a device join under the key of its install code. False where the table is full."""
        free = None
        for index in range(factory.DEVICES_AT_MOST):
            entry = self._entry(nv.INSTALL_CODE_TABLE, index, factory.EMPTY_INSTALL_CODE)
            if entry[:8] == octets:
                free = index
                break
            if free is None and entry == factory.EMPTY_INSTALL_CODE:
                free = index
        if free is None:
            return False
        self._nv.put((nv.ZSTACK, nv.INSTALL_CODE_TABLE, free), octets + key.reveal())
        return True

    def _forget_install_code(self, octets: bytes) -> None:
        for index in range(factory.DEVICES_AT_MOST):
            if self._entry(nv.INSTALL_CODE_TABLE, index, factory.EMPTY_INSTALL_CODE)[:8] == octets:
                self._nv.put((nv.ZSTACK, nv.INSTALL_CODE_TABLE, index), factory.EMPTY_INSTALL_CODE)

    def install_code_key(self, octets: bytes) -> bytes | None:
        """The key that the host gave for a device that is yet to join."""
        for index in range(factory.DEVICES_AT_MOST):
            entry = self._entry(nv.INSTALL_CODE_TABLE, index, factory.EMPTY_INSTALL_CODE)
            if entry[:8] == octets:
                return entry[8:]
        return None
