"""What the hub can say against a code without opening it: its form, its meter's scheme, and what the ledger knows.

All of it costs the customer no try at the meter. What passes here may still be refused by the meter.
"""

import sqlite3

from hubd.model.device import Device
from hubd.model.secret import Secret
from hubd.model.token_schemes import fault_of
from hubd.model.top_up_case import TopUpCase
from hubd.store import top_ups


def objection_to_code(connection: sqlite3.Connection, device: Device, code: Secret[str]) -> TopUpCase | None:
    """Why this code is not sent to this meter; None: nothing speaks against it."""
    fault = fault_of(code.reveal(), device.token_scheme)
    if fault is not None:
        return fault
    owner = top_ups.meter_of_code(connection, code)
    return TopUpCase.OTHER_METER if owner is not None and owner != device.address else None
