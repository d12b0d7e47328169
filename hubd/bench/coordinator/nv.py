"""Non-volatile memory of the virtual coordinator: items by (system, item, sub-item), kept in a JSON file.

The older OSAL ids are items of system 1 (Z-Stack), item 0 (legacy), with the id as sub-item, as in Z-Stack 3.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from hubd.bench import saved_json
from hubd.bench.coordinator.status import Status
from hubd.errors import ConfigurationError

ZSTACK = 1
LEGACY = 0
ADDRESS_TABLE = 1
TCLK_TABLE = 4
INSTALL_CODE_TABLE = 5
APS_KEY_TABLE = 6
SECURITY_MATERIAL_TABLE = 7
LARGEST_ITEM = 4096

Key = tuple[int, int, int]


def osal(item_id: int) -> Key:
    """The key of an item named by its OSAL id."""
    return (ZSTACK, LEGACY, item_id)


class NvMemory:
    """The items. Every change is on disk before the call returns, where a file is given.

    Raises ConfigurationError for a file of something else.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        saved = saved_json.load(path) if path else {}
        try:
            self._items = {_parse(name): bytes.fromhex(value) for name, value in saved.items()}
        except (ValueError, TypeError):
            raise ConfigurationError(f"{path}: is not a coordinator's memory. Cure: remove it") from None

    @property
    def is_blank(self) -> bool:
        """Nothing was ever written: a chip fresh from flashing."""
        return not self._items

    def length(self, key: Key) -> int:
        """Octets in the item; 0 says that it does not exist."""
        return len(self._items.get(key, b""))

    def read(self, key: Key) -> bytes:
        """The item; b"" where it does not exist."""
        return self._items.get(key, b"")

    def read_osal(self, item_id: int) -> bytes:
        """As `read`, by OSAL id."""
        return self.read(osal(item_id))

    def create(self, key: Key, length: int, value: bytes = b"") -> Status:
        """Make an item if there is none. As Z-Stack does, says NV_ITEM_UNINIT when it made one."""
        if key in self._items:
            return Status.SUCCESS
        if not 0 < length <= LARGEST_ITEM:
            return Status.NV_OPER_FAILED
        self.put(key, value[:length].ljust(length, b"\xff"))
        return Status.NV_ITEM_UNINIT

    def write(self, key: Key, offset: int, value: bytes) -> Status:
        """Overwrite a part of an item. Does not make or grow one."""
        old = self._items.get(key)
        if old is None:
            return Status.NV_ITEM_UNINIT
        if offset + len(value) > len(old):
            return Status.NV_BAD_ITEM_LEN
        self.put(key, old[:offset] + value + old[offset + len(value) :])
        return Status.SUCCESS

    def delete(self, key: Key) -> Status:
        """Remove an item."""
        if key not in self._items:
            return Status.NV_ITEM_UNINIT
        del self._items[key]
        self._save()
        return Status.SUCCESS

    def put(self, key: Key, value: bytes) -> None:
        """Set an item, made or grown as needed."""
        if self._items.get(key) != value:
            self._items[key] = value
            self._save()

    def replace_all(self, items: Mapping[Key, bytes]) -> None:
        """Set the whole memory."""
        self._items = dict(items)
        self._save()

    def items(self) -> Mapping[Key, bytes]:
        """All items, not to be changed."""
        return self._items

    def _save(self) -> None:
        if self._path:
            named = {f"{key[0]}.{key[1]:04x}.{key[2]:04x}": value.hex() for key, value in self._items.items()}
            saved_json.replace(self._path, msgspec.json.encode(named))


def _parse(name: str) -> Key:
    system, item, sub = name.split(".")
    return int(system), int(item, 16), int(sub, 16)
