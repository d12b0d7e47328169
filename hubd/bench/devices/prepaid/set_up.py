"""How an office set the meter up after it left the works: mode, limits, debts. Commands and attributes of 0x0705.

A command for a later time (any but 0, at once) is refused: this meter keeps no plans. An Issuer Event ID below the
last one taken is refused as old; the same again is taken again, and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hubd.bench.devices.prepaid.account import Account
from hubd.bench.devices.zcl import Attribute, DataType, Reply, Status
from hubd.bench.devices.zcl.data_type import take
from hubd.errors import WireError

PREPAYMENT_ENABLED = 0x0002
DEBTS = (1, 2, 3)
_CHANGE_DEBT, _EMERGENCY, _MODE, _LOW_CREDIT, _MAXIMUM, _DEBT_CAP = 0x02, 0x03, 0x06, 0x09, 0x0B, 0x0C
_CHANGE_PAYMENT_MODE_RESPONSE = 0x02
_ABSOLUTE_AMOUNT = {0x00: 1, 0x02: 2, 0x04: 3}
_I32_MAX = 2**31 - 1


@dataclass(slots=True)
class Debt:
    """What is owed, and the share of each top-up that goes to it (hundredths of a percent)."""

    amount_e5: int = 0
    percent_e2: int = 0
    label: str = ""


@dataclass(slots=True)
class SetUp:
    """Everything that commands may change, beside the limits that stand in the account's settings."""

    account: Account
    debt_cap_e5: int = 0
    debts: dict[int, Debt] = field(default_factory=lambda: {number: Debt() for number in DEBTS})
    last_event: int = 0

    def commands(self) -> dict[int, Callable[[bytes, float], Reply]]:
        """The handlers, by command."""
        return {
            _MODE: lambda payload, _: self._change_mode(payload),
            _EMERGENCY: lambda payload, _: self._emergency_credit(payload),
            _LOW_CREDIT: lambda payload, _: self._low_credit(payload),
            _MAXIMUM: lambda payload, _: self._maximum_credit(payload),
            _CHANGE_DEBT: lambda payload, _: self._change_debt(payload),
            _DEBT_CAP: lambda payload, _: self._debt_cap(payload),
        }

    def attributes(self) -> tuple[Attribute, ...]:
        """What they read back as."""
        account = self.account
        return (
            Attribute(0x0000, DataType.MAP16, lambda: account.configuration),
            Attribute(0x0006, DataType.INT32, lambda: self.debt_cap_e5),
            Attribute(0x0010, DataType.UINT32, lambda: account.settings.emergency_limit_e5),
            Attribute(0x0011, DataType.UINT32, lambda: account.settings.emergency_threshold_e5),
            Attribute(0x0021, DataType.UINT32, lambda: account.settings.limits.max_credit_e5),
            Attribute(0x0022, DataType.UINT32, lambda: account.settings.limits.max_top_up_e5),
            Attribute(0x0031, DataType.UINT32, lambda: account.settings.low_credit_e5),
            Attribute(0x0040, DataType.INT32, lambda: account.cut_off_e5),
            *(one for number in DEBTS for one in self._debt_attributes(number)),
        )

    def _debt_attributes(self, number: int) -> tuple[Attribute, ...]:
        first = 0x0200 + 0x10 * number
        return (
            Attribute(first, DataType.OCTETS, lambda: self.debts[number].label),
            Attribute(first + 1, DataType.UINT32, lambda: self.debts[number].amount_e5),
            Attribute(first + 9, DataType.UINT16, lambda: self.debts[number].percent_e2),
        )

    def _change_mode(self, payload: bytes) -> Reply:
        _, event, at, configuration, _ = _fields(payload, 4, 4, 4, 2, 4)
        if not self._takes(event, at):
            return Reply(status=Status.INVALID_FIELD)
        account = self.account
        account.configure(configuration, int.from_bytes(payload[14:18], "little", signed=True))
        limits = (account.settings.emergency_limit_e5, account.settings.emergency_threshold_e5)
        answer = bytes(1) + b"\xff" * 4 + b"".join(limit.to_bytes(4, "little") for limit in limits)
        return Reply(_CHANGE_PAYMENT_MODE_RESPONSE, answer)

    def _emergency_credit(self, payload: bytes) -> Reply:
        event, at, limit, threshold = _fields(payload, 4, 4, 4, 4)
        if not self._takes(event, at):
            return Reply(status=Status.INVALID_FIELD)
        account = self.account
        if not account.emergency_selected:
            account.emergency_e5 = limit
        account.settings = replace(account.settings, emergency_limit_e5=limit, emergency_threshold_e5=threshold)
        return Reply()

    def _low_credit(self, payload: bytes) -> Reply:
        (level,) = _fields(payload, 4)
        self.account.settings = replace(self.account.settings, low_credit_e5=level)
        return Reply()

    def _maximum_credit(self, payload: bytes) -> Reply:
        _, event, at, balance, top_up = _fields(payload, 4, 4, 4, 4, 4)
        if not self._takes(event, at):
            return Reply(status=Status.INVALID_FIELD)
        settings = self.account.settings
        limits = replace(settings.limits, max_credit_e5=balance, max_top_up_e5=top_up)
        self.account.settings = replace(settings, limits=limits)
        return Reply()

    def _debt_cap(self, payload: bytes) -> Reply:
        _, event, at, cap = _fields(payload, 4, 4, 4, 4)
        if cap > _I32_MAX or not self._takes(event, at):
            return Reply(status=Status.INVALID_FIELD)
        self.debt_cap_e5 = cap
        return Reply()

    def _change_debt(self, payload: bytes) -> Reply:
        head, rest = take(payload, 5)
        label, rest = take(rest, head[4])
        amount, method, kind, at, _, _, _, percent = _fields(rest, 4, 1, 1, 4, 2, 1, 4, 2)
        number = _ABSOLUTE_AMOUNT.get(kind)
        if (
            number is None
            or method != 1
            or percent > 10_000
            or not self._takes(int.from_bytes(head[:4], "little"), at)
        ):
            return Reply(status=Status.INVALID_FIELD)
        self.debts[number] = Debt(amount, percent, label.decode("latin-1"))
        return Reply()

    def _takes(self, event: int, at: int) -> bool:
        if at or event < self.last_event:
            return False
        self.last_event = event
        return True

    def recovered_e5(self, top_up_e5: int) -> int:
        """What of a top-up goes to the debts, in their order; they are less by as much from now on."""
        left_e5 = min(top_up_e5, self.debt_cap_e5) if self.debt_cap_e5 else top_up_e5
        paid_e5 = 0
        for debt in self.debts.values():
            part_e5 = min(top_up_e5 * debt.percent_e2 // 10_000, debt.amount_e5, left_e5 - paid_e5)
            debt.amount_e5 -= part_e5
            paid_e5 += part_e5
        return paid_e5

    def save(self) -> dict[str, object]:
        """As JSON values."""
        settings = self.account.settings
        return {
            "debt_cap_e5": self.debt_cap_e5,
            "last_event": self.last_event,
            "debts": {str(n): [debt.amount_e5, debt.percent_e2, debt.label] for n, debt in self.debts.items()},
            "configuration": self.account.configuration,
            "cut_off_e5": self.account.cut_off_e5,
            "low_credit_e5": settings.low_credit_e5,
            "emergency": [settings.emergency_limit_e5, settings.emergency_threshold_e5],
            "limits": [settings.limits.max_credit_e5, settings.limits.max_top_up_e5],
        }

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`."""
        account, debts = self.account, saved["debts"]
        emergency, limits = saved["emergency"], saved["limits"]
        numbers = [
            saved[name] for name in ("debt_cap_e5", "last_event", "configuration", "cut_off_e5", "low_credit_e5")
        ]
        cap, event, configuration, cut_off, low = (number for number in numbers if isinstance(number, int))
        if not (isinstance(debts, dict) and isinstance(emergency, list) and isinstance(limits, list)):
            raise ValueError("not a prepayment meter's set-up")
        self.debt_cap_e5, self.last_event = cap, event
        self.debts = {int(number): Debt(*debt) for number, debt in debts.items()}
        account.configuration, account.cut_off_e5 = configuration, cut_off
        account.settings = replace(
            account.settings,
            low_credit_e5=low,
            emergency_limit_e5=emergency[0],
            emergency_threshold_e5=emergency[1],
            limits=replace(account.settings.limits, max_credit_e5=limits[0], max_top_up_e5=limits[1]),
        )


def _fields(payload: bytes, *widths: int) -> list[int]:
    numbers = []
    for width in widths:
        octets, payload = take(payload, width)
        numbers.append(int.from_bytes(octets, "little"))
    if payload:
        raise WireError("a setting that is longer than its fields")
    return numbers
