"""The register of devices: those admitted, and the last of those removed."""

import sqlite3
from dataclasses import dataclass

from hubd.model.device import Device, DeviceKind
from hubd.model.identity import Eui64
from hubd.model.stamp import Stamp
from hubd.model.token_schemes import DEFAULT
from hubd.store import meta

KEPT_REMOVED = 15
_STEMS = {
    DeviceKind.ELECTRICITY_METER: "electricity",
    DeviceKind.GAS_METER: "gas",
    DeviceKind.IN_HOME_DISPLAY: "display",
}

_COLUMNS = "address, kind, alias, token_scheme"


def add(
    connection: sqlite3.Connection, address: Eui64, kind: DeviceKind, at: Stamp, token_scheme: str = DEFAULT
) -> Device:
    """Admit a device; returns it with its alias (`electricity-1`). Aliases are given in order and never again; a
    device that is admitted anew keeps its own, and has the token scheme it is admitted with now.
    """
    connection.execute("UPDATE device SET token_scheme = ? WHERE address = ?", (token_scheme, address))
    if (known := find(connection, address)) is not None:
        return known
    number = int(meta.get(connection, f"last_alias_{kind}") or 0) + 1
    meta.put(connection, f"last_alias_{kind}", str(number))
    device = Device(address, kind, f"{_STEMS[kind]}-{number}", token_scheme)
    connection.execute(
        "INSERT INTO device (address, kind, alias, admitted_unix_s, token_scheme) VALUES (?, ?, ?, ?, ?)",
        (address, str(kind), device.alias, at.unix_s, token_scheme),
    )
    return device


def find(connection: sqlite3.Connection, address: Eui64) -> Device | None:
    """One device; None where it is not admitted."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM device WHERE address = ?", (address,)).fetchone()
    return None if row is None else _device(row)


def all_devices(connection: sqlite3.Connection) -> list[Device]:
    """Every admitted device, in the order of admission."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM device ORDER BY admitted_unix_s, alias")
    return [_device(row) for row in rows]


def remove(connection: sqlite3.Connection, address: Eui64, at: Stamp) -> None:
    """Strike a device from the register; the last 15 removed are remembered."""
    connection.execute(
        "INSERT INTO removed_device (address, kind, alias, removed_unix_s) "
        "SELECT address, kind, alias, ? FROM device WHERE address = ?",
        (at.unix_s, address),
    )
    connection.execute("DELETE FROM device WHERE address = ?", (address,))
    connection.execute(
        "DELETE FROM removed_device WHERE number NOT IN "
        "(SELECT number FROM removed_device ORDER BY number DESC LIMIT ?)",
        (KEPT_REMOVED,),
    )


@dataclass(frozen=True, slots=True)
class RemovedDevice:
    """A device that was here. `removed_unix_s`: when it was struck from the register, by the hub's clock."""

    address: Eui64
    kind: DeviceKind
    alias: str
    removed_unix_s: float


def removed(connection: sqlite3.Connection) -> list[RemovedDevice]:
    """The devices removed last, newest first."""
    rows = connection.execute("SELECT address, kind, alias, removed_unix_s FROM removed_device ORDER BY number DESC")
    return [RemovedDevice(Eui64(row[0]), DeviceKind(row[1]), row[2], row[3]) for row in rows]


def _device(row: tuple[str, str, str, str]) -> Device:
    return Device(Eui64(row[0]), DeviceKind(row[1]), row[2], row[3])
