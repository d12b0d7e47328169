"""Sales in the middle of the storm: each to a meter of its own, at a hub that keeps its supply (R5)."""

import contextlib

from hubd.errors import StoreError
from hubd.headend import book, meters, vending
from hubd.headend.home import Home
from hubd.headend.meters import Meter
from hubd.headend.vending import Vend
from hubd.model.device import DeviceKind
from hubd.model.identity import Eui64, HubId
from hubd.model.secret import Secret
from hubd.sts.meter_key import MeterKey
from hubd.sts.pan import luhn_digit

_KEY = Secret(bytes.fromhex("ABABABABABABABAB949494949494949401234567"))
"""The published test key."""


def sell(home: Home, hub: str, number: int, now_s: float) -> None:
    """One pound for one meter. Raises StoreError where the office refuses."""
    drn = f"{number:010d}"
    payload = f"600727{drn}{luhn_digit(drn)}"
    pan = f"{payload}{luhn_digit(payload)}"
    key = MeterKey(pan, _KEY, "123457", 4, 2, "01", 2014)
    address = Eui64(f"00:0d:6f:00:0b:00:{number >> 8:02x}:{number & 255:02x}")
    with contextlib.closing(book.open_book(home)) as connection, book.transaction(connection):
        meters.add(connection, Meter(address, HubId(hub), DeviceKind.ELECTRICITY_METER, "GBP", key))
        sold = vending.vend(connection, f"fleet-{number}", pan, 100, home.config(), now_s)
    if not isinstance(sold, Vend):
        raise StoreError(f"the sale was refused: {sold}")
