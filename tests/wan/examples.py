"""One message of each kind, built from the structs that the hub itself sends or takes."""

from dataclasses import dataclass, replace
from typing import Any

import msgspec

from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.model.stamp import TimeTrust
from hubd.wan.messages import (
    Ack,
    AdmitArgs,
    AdmitDevice,
    CommandClaims,
    DeviceArgs,
    EventBody,
    NoArgs,
    PrepaymentArgs,
    ProfileBody,
    ReadingBody,
    ReceiptBody,
    Status,
    Up,
    VendArgs,
    When,
)
from hubd.wan.statement import (
    BalanceOf,
    Equipment,
    OldMeter,
    OldReading,
    Reading,
    SerialNumbers,
    Settings,
    StatementBody,
)
from hubd.wan.supply_messages import (
    AlertDetail,
    Began,
    BrownOutBody,
    OutageAlertBody,
    OutageMomentaryBody,
    OutageRestoredBody,
)

METER = "00:0d:6f:00:0a:90:69:e7"
AT = When(1_795_348_800.5, TimeTrust.NETWORK)


@dataclass(frozen=True)
class Example:
    """`sparse` has only what must be there, `full` has every field."""

    schema: str
    sparse: dict[str, Any]
    full: dict[str, Any]


def up(kind: Any, lane: Lane, body: msgspec.Struct) -> dict[str, Any]:
    message = Up(1, "hub-0001", "0123abcd", lane, 7, kind, AT, msgspec.to_builtins(body))
    return dict(msgspec.json.decode(msgspec.json.encode(message)))


def claims(cmd: str, args: msgspec.Struct) -> dict[str, Any]:
    signed = CommandClaims("key-1", "hub-0001", "order-1", 1, 2, 3, cmd, msgspec.to_builtins(args))
    return dict(msgspec.json.decode(msgspec.json.encode(signed)))


def plain(message: msgspec.Struct) -> dict[str, Any]:
    return dict(msgspec.json.decode(msgspec.json.encode(message)))


_PROFILE = up("profile", Lane.READING, ProfileBody(METER, "import", 1_795_300_200, 1_800, [120, None, 0]))
_ACK = plain(Ack(1, "0123abcd", {Lane.READING: 12, Lane.ALARM: 0}))
_VEND = claims("vend", VendArgs(METER, "12345678901234567890"))
_READ = claims("read", DeviceArgs(METER))
_BEGAN = Began(AT, AT)
_PLACE = "f1/s2/t3/h4"
_DETAIL = AlertDetail([[0.0, 5.0], [5.1]], 80.0, 4.8, 0.98)
_STATUS = claims("status", NoArgs())
_REMOVE = claims("remove", DeviceArgs(METER))
_WEEK = (((0, 480), (1_080, 1_440)), *((),) * 5, ((0, 1_440),))

_BARE_STATEMENT = StatementBody("v-1", AT, AT, False, "0.1.0", "GBP", None, None, None, [], [], [], [], [], [])
_NOTHING_READ = StatementBody(
    "v-1", AT, AT, True, "0.1.0", "GBP", "A. Fitter", "in the hall", "2026-11-30",
    [Equipment(METER, "electricity-1", "electricity_meter", *[None] * 8, True, None)],
    [SerialNumbers("unknown", "hub", "10000000a1b2c3d4", None), SerialNumbers(METER, "electricity-1", None, "B1")],
    [Reading(METER, "electricity-1", AT, 1, None, -3, "on")],
    [Settings(METER, "electricity-1", 2, 0.5, "", 0x97, 500_000, 100_000, 20_000_000, 9_900_000, 0, "passed", "o-1")],
    [BalanceOf(METER, "electricity-1", None, None, None, None, None, 1, 1)],
    [OldMeter("S95", "electricity-1", [OldReading("day", "12345.6")], "3.20", None)],
    True, "CET", 3_600,
)  # fmt: skip

EXAMPLES = [
    Example(
        "reading",
        up("reading", Lane.READING, ReadingBody(METER, AT)),
        up("reading", Lane.READING, ReadingBody(METER, AT, 1, 2, -3, "on", 500_000, 0, -1, 3, 1_234_567)),
    ),
    Example("profile", _PROFILE, _PROFILE),
    Example(
        "receipt",
        up("receipt", Lane.RECEIPT, ReceiptBody("order-1", "vend", "deferred", False)),
        up(
            "receipt",
            Lane.RECEIPT,
            ReceiptBody(
                "local:1",
                "vend",
                "accepted",
                True,
                METER,
                "taken",
                0,
                800_024,
                1_300_024,
                2,
                "local",
                "credited",
                {"level_e5": 200_000, "mode": "credit"},
                Role.VENDING,
            ),
        ),
    ),
    Example(
        "event",
        up("event", Lane.EVENT, EventBody("started")),
        up("event", Lane.ALARM, EventBody("radio_lost", METER, "order-1", "gone", {"n": 1, "b": True, "s": "x"})),
    ),
    Example(
        "outage_alert",
        up("outage_alert", Lane.ALARM, OutageAlertBody("0123abcd", "alert", _BEGAN, 60.0, 1, 1, "service")),
        up(
            "outage_alert",
            Lane.ALARM,
            OutageAlertBody(
                "0123abcd",
                "provisional",
                _BEGAN,
                15.0,
                4,
                2,
                "transformer",
                "f1/s2/t3",
                32.2,
                "energy_before_confirmed",
                _DETAIL,
            ),
        ),
    ),
    Example(
        "outage_restored",
        up(
            "outage_restored",
            Lane.ALARM,
            OutageRestoredBody("0123abcd", _BEGAN, AT, 1, False, "unknown", "service"),
        ),
        up(
            "outage_restored",
            Lane.ALARM,
            OutageRestoredBody(
                "0123abcd", _BEGAN, AT, 4, True, "under_3_min", "service", _PLACE, True, 99.5, "not_stored"
            ),
        ),
    ),
    Example(
        "outage_momentary",
        up("outage_momentary", Lane.EVENT, OutageMomentaryBody("0123abcd", _BEGAN, 3, "service")),
        up(
            "outage_momentary",
            Lane.EVENT,
            OutageMomentaryBody("0123abcd", _BEGAN, 3, "service", _PLACE, 15.2, "cancelled_in_spread"),
        ),
    ),
    Example(
        "brown_out",
        up("brown_out", Lane.EVENT, BrownOutBody("0123abcd", "began", 3.0, 0.6, "service")),
        up("brown_out", Lane.EVENT, BrownOutBody("0123abcd", "ended", 30.0, 0.6, "service", _PLACE, True)),
    ),
    Example(
        "statement",
        up("statement", Lane.EVENT, _BARE_STATEMENT),
        up("statement", Lane.EVENT, _NOTHING_READ),
    ),
    Example("ack", _ACK, _ACK),
    Example(
        "status",
        plain(Status(1, "hub-0001", "offline")),
        plain(
            Status(
                1,
                "hub-0001",
                "online",
                "0.1.0",
                "0123abcd",
                AT,
                "up",
                {Lane.READING: 4},
                _PLACE,
                "service",
                True,
                "on",
            )
        ),
    ),
    Example(
        "command-vend", _VEND, claims("vend", VendArgs(METER, "12345678901234567890", True, ("1" * 20, "2" * 20)))
    ),
    Example("command-read", _READ, _READ),
    Example(
        "command-prepayment",
        claims("prepayment", PrepaymentArgs(METER, "low_credit_warning")),
        claims(
            "prepayment",
            PrepaymentArgs(METER, "debt", "credit", -1, 1, 2, 3, 4, 5, 1, 6, 2_000, "Old debt", 7, _WEEK),
        ),
    ),
    Example("command-status", _STATUS, _STATUS),
    Example(
        "command-admit",
        claims("admit", AdmitArgs([AdmitDevice(METER, "gas_meter", "AB" * 18)])),
        claims(
            "admit",
            AdmitArgs([AdmitDevice(METER, "electricity_meter", "AB" * 18, "gb_utrn", "Northern")], 60, "visit-7"),
        ),
    ),
    Example("command-remove", _REMOVE, _REMOVE),
]

EXAMPLES = [replace(each, full=each.full | {"after": 3}) if "seq" in each.full else each for each in EXAMPLES]
