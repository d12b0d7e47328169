"""Where each device stands on its way into service: one row a device, kept after it has arrived there.

Two secrets pass through: the install code, erased once the device has joined, and a trial token, erased once it has
moved into the ledger of top-ups.
"""

import sqlite3
from dataclasses import dataclass

from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp


@dataclass(frozen=True, slots=True)
class Window:
    """The end of a joining window: by the wall clock, which may be set, and by the monotonic clock of one life of the
    machine (`boot`), which may not. An earlier version did not know the latter.
    """

    until_unix_s: float
    boot: str | None = None
    until_s: float | None = None


@dataclass(frozen=True, slots=True)
class CommissioningRow:
    """One device. `state` is the machine's, as JSON."""

    device: Eui64
    visit: str
    supplier: str | None
    install_code: Secret[str] | None
    window: Window
    admit_order: str | None
    trial_order: str | None
    trial_token: Secret[str] | None
    state: bytes


_COLUMNS = (
    "device, visit, supplier, install_code, admit_order, trial_order, trial_token, state, "
    "window_until_unix_s, window_boot, window_until_s"
)


def invite(
    connection: sqlite3.Connection,
    device: Eui64,
    *,
    visit: str,
    supplier: str | None,
    install_code: Secret[str],
    window: Window,
    admit_order: str,
    state: bytes,
) -> None:
    """A device is on the list from now on, and begins its way. One that is there begins anew; what a vend test has
    shown of it stays shown.
    """
    ends = (window.until_unix_s, window.boot, window.until_s)
    row = (device, visit, supplier, install_code.reveal(), admit_order, state, *ends)
    connection.execute(
        "INSERT INTO commissioning (device, visit, supplier, install_code, admit_order, state, window_until_unix_s, "
        "window_boot, window_until_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (device) DO UPDATE SET "
        "visit = excluded.visit, supplier = excluded.supplier, install_code = excluded.install_code, "
        "admit_order = excluded.admit_order, state = excluded.state, "
        "window_until_unix_s = excluded.window_until_unix_s, window_boot = excluded.window_boot, "
        "window_until_s = excluded.window_until_s",
        row,
    )


def save(connection: sqlite3.Connection, device: Eui64, state: bytes) -> None:
    """Where the device stands now."""
    connection.execute("UPDATE commissioning SET state = ? WHERE device = ?", (state, device))


def erase_install_code(connection: sqlite3.Connection, device: Eui64) -> None:
    """The device is in, or may not come any more: its code has done its work."""
    connection.execute("UPDATE commissioning SET install_code = NULL WHERE device = ?", (device,))


def admission_told(connection: sqlite3.Connection, order: str) -> None:
    """The order that let devices in has its answer."""
    connection.execute("UPDATE commissioning SET admit_order = NULL WHERE admit_order = ?", (order,))


def trial_ordered(connection: sqlite3.Connection, device: Eui64, order: str, token: Secret[str]) -> None:
    """A trial token came for this device; it waits for its step."""
    connection.execute(
        "UPDATE commissioning SET trial_order = ?, trial_token = ? WHERE device = ?", (order, token.reveal(), device)
    )


def erase_trial_token(connection: sqlite3.Connection, device: Eui64) -> None:
    """The token is in the ledger of top-ups now, or is not wanted any more."""
    connection.execute("UPDATE commissioning SET trial_token = NULL WHERE device = ?", (device,))


def vend_test_has_passed(connection: sqlite3.Connection, device: Eui64, at: Stamp) -> None:
    """The meter accepted a token of no value that was meant for it, and its balance did not move."""
    connection.execute("UPDATE commissioning SET vend_tested_unix_s = ? WHERE device = ?", (at.unix_s, device))


def vend_test_passed(connection: sqlite3.Connection, device: Eui64) -> bool:
    """Whether this meter has ever passed the vend test since it was admitted (R13); payment modes hang on it (R34).
    A device that was removed begins from nothing.
    """
    row = connection.execute("SELECT vend_tested_unix_s FROM commissioning WHERE device = ?", (device,)).fetchone()
    return row is not None and row[0] is not None


def find(connection: sqlite3.Connection, device: Eui64) -> CommissioningRow | None:
    """One device; None where no visit has named it."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM commissioning WHERE device = ?", (device,)).fetchone()
    return None if row is None else _row(row)


def every(connection: sqlite3.Connection) -> list[CommissioningRow]:
    """All devices that visits have named, by address."""
    return [_row(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM commissioning ORDER BY device")]


def forget(connection: sqlite3.Connection, device: Eui64) -> None:
    """The device was removed: nothing of its way stays."""
    connection.execute("DELETE FROM commissioning WHERE device = ?", (device,))


def _row(
    row: tuple[
        str, str, str | None, str | None, str | None, str | None, str | None, bytes, float, str | None, float | None
    ],
) -> CommissioningRow:
    device, visit, supplier, code, admit, trial, token, state, until_unix_s, boot, until_s = row
    return CommissioningRow(
        Eui64(device),
        visit,
        supplier,
        None if code is None else Secret(code),
        Window(until_unix_s, boot, until_s),
        admit,
        trial,
        None if token is None else Secret(token),
        state,
    )
