"""The messages of the WAN. Each has a JSON Schema in `schemas/`, and the tests hold every one against it.

A lane's messages carry a sequence number that rises by one; a head-end that has stored all up to N says so in an
`Ack`, and only then does the hub delete them. `journal` names the hub's journal: a hub with a new card starts a
new journal at 1, and the head-end keeps the two apart.
"""

from typing import Any, Literal

import msgspec

from hubd.model.friendly_hours import Week
from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.model.stamp import TimeTrust
from hubd.model.token_schemes import DEFAULT


class When(msgspec.Struct, frozen=True):
    """A `Stamp` on the wire."""

    unix_s: float
    trust: TimeTrust


class ReadingBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """Values of one device at one moment. A value that was not read is absent. Wh, W, litres, 10^-5 currency
    units."""

    device: str
    measured_at: When
    import_wh: int | None = None
    export_wh: int | None = None
    power_w: int | None = None
    supply: Literal["off", "armed", "on"] | None = None
    balance_e5: int | None = None
    emergency_credit_e5: int | None = None
    debt_e5: int | None = None
    credit_status: int | None = None
    volume_l: int | None = None
    """Gas: what went through, litres (10^-3 m3)."""


class ProfileBody(msgspec.Struct, frozen=True, tag_field="kind", tag="profile"):
    """Half-hours of one channel, oldest first; `start_unix_s` is the start of the first. None: marked invalid."""

    device: str
    channel: Literal["import", "export"]
    start_unix_s: int
    interval_s: int
    wh: list[int | None]


class ReceiptBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an order stands. `final` receipts end it. `reason` is in plain words and says what to do."""

    order: str
    """The `jti` of the signed command, or `local:<id>` for a code keyed in on the hub."""
    command: str
    outcome: str
    """For `vend`: a value of `model.topup.Outcome`. For other commands: done, failed or refused."""
    final: bool
    device: str | None = None
    reason: str | None = None
    result_code: int | None = None
    """ResultType of the meter's answer, where there was one."""
    top_up_value_e5: int | None = None
    credit_remaining_e5: int | None = None
    attempts: int = 0
    source: Literal["wan", "local"] = "wan"
    case: str | None = None
    """Of a `vend`: a row of docs/top-up-messages.md."""
    read_back: dict[str, int | str] | None = None
    """Of a setting: how the device says it is set, read from it afterwards."""
    role: Role | None = None
    """Whose signed command it answers; an order of any other role under this id is another. None: a code keyed in."""


class EventBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something happened. `name` is on the closed list in docs/events.md; `detail` is flat and holds no secret."""

    name: str
    device: str | None = None
    order: str | None = None
    reason: str | None = None
    detail: dict[str, str | int | float | bool] | None = None


class Up(msgspec.Struct, frozen=True, omit_defaults=True):
    """The envelope of every message on `hubd/v1/<hub>/up/<lane>`. `body` is the struct that `kind` names."""

    v: Literal[1]
    hub: str
    journal: str
    lane: Lane
    seq: int
    kind: Literal[
        "reading",
        "profile",
        "receipt",
        "event",
        "outage_alert",
        "outage_restored",
        "outage_momentary",
        "brown_out",
        "statement",
    ]
    at: When
    body: dict[str, Any]
    after: int | None = None
    """The number before this one that the hub still has, 0: none. Absent: one less than `seq`. What would be in
    between will not come: it was stored once, or given up."""


class Ack(msgspec.Struct, frozen=True):
    """The head-end has safely stored, in each lane, every message up to and including this number."""

    v: Literal[1]
    journal: str
    stored: dict[Lane, int]


class Status(msgspec.Struct, frozen=True, omit_defaults=True):
    """Retained on `hubd/v1/<hub>/status`; the offline form is the last will and carries no more than `state`."""

    v: Literal[1]
    hub: str
    state: Literal["online", "offline"]
    software: str | None = None
    journal: str | None = None
    at: When | None = None
    radio: str | None = None
    backlog: dict[Lane, int] | None = None
    topology: str | None = None
    """`feeder/spur/transformer/service`, as the hub's configuration says it."""
    hub_class: Literal["service", "transformer"] | None = None
    sentinel: bool | None = None
    supply: Literal["on", "off"] | None = None


class CommandClaims(msgspec.Struct, frozen=True):
    """Claims of a signed command (JWT, EdDSA). `iss` is the role key's id and also the header's `kid`.

    `ctr` rises with every command of one issuer. `jti` names the order: the same order may be sent again under a
    higher counter, and has one effect.
    """

    iss: str
    aud: str
    jti: str
    iat: int
    exp: int
    ctr: int
    cmd: str
    args: dict[str, Any]


class VendArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Arguments of `vend`: the code for one meter, and that meter's address. `trial`: the code carries no value and
    serves the vend test of commissioning. `before`: the sections of a key change, which the meter must have taken in
    this order before the code, which is under the new key.
    """

    device: str
    token: str
    trial: bool = False
    before: tuple[str, ...] = ()


class DeviceArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `read` and `remove`."""

    device: str


class AdmitDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One device that may come in, with its install code (hex with its CRC), and whose it is where that is said."""

    device: str
    kind: str
    install_code: str
    token_scheme: str = DEFAULT
    """What codes a meter takes: a name in `model/token_schemes`."""
    supplier: str | None = None

    def __repr__(self) -> str:
        return f"AdmitDevice({self.device}, {self.kind})"


class AdmitArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Arguments of `admit`: let these devices in, within the window. `visit` names the installer's visit that they
    belong to; without it the order itself is the visit.
    """

    devices: list[AdmitDevice]
    window_s: int = 240
    visit: str | None = None

    @property
    def device(self) -> str | None:
        """The device, where it is only one."""
        return self.devices[0].device if len(self.devices) == 1 else None


class PrepaymentArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Arguments of `prepayment`: one setting of one meter. `wan/prepayment_args.py` says which fields each takes."""

    device: str
    setting: str
    mode: Literal["credit", "prepayment"] | None = None
    cut_off_e5: int | None = None
    limit_e5: int | None = None
    threshold_e5: int | None = None
    level_e5: int | None = None
    balance_e5: int | None = None
    top_up_e5: int | None = None
    debt: int | None = None
    amount_e5: int | None = None
    percent_e2: int | None = None
    label: str | None = None
    cap_e5: int | None = None
    week: Week | None = None


class NoArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `status`: none."""
