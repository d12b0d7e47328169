"""The Prepayment cluster (0x0705) of the meter: the account, Consumer Top Up (0x04; answer 0x03), the top-up log."""

from collections.abc import Callable
from typing import Protocol

from hubd.bench.devices.prepaid.account import Account
from hubd.bench.devices.prepaid.own_clock import zigbee_time
from hubd.bench.devices.prepaid.set_up import SetUp
from hubd.bench.devices.prepaid.token_acceptance import RESULT, Verdict
from hubd.bench.devices.prepaid.token_log import TokenLog, TopUp
from hubd.bench.devices.zcl import Attribute, Cluster, DataType, Reply, Status, Value
from hubd.bench.devices.zcl.data_type import take
from hubd.errors import WireError
from hubd.model.secret import Secret
from hubd.model.stamp import ZIGBEE_EPOCH_UNIX_S
from hubd.model.supply import SupplyState
from hubd.model.topup import TopUpResult

PREPAYMENT = 0x0705
CREDIT_REMAINING, EMERGENCY_CREDIT, CREDIT_STATUS, DEBT = 0x0001, 0x0002, 0x0003, 0x0005
REPORTED = (CREDIT_REMAINING, CREDIT_STATUS)
_SELECT_EMERGENCY, _CONSUMER_TOP_UP, _GET_TOP_UP_LOG = 0x00, 0x04, 0x08
_CONSUMER_TOP_UP_RESPONSE, _PUBLISH_TOP_UP_LOG = 0x03, 0x05
_NO_AMOUNT = b"\xff\xff\xff\xff"
_ENTRIES_A_FRAME = 2
_SUPPLY_RESULT = {
    SupplyState.ON: TopUpResult.ACCEPTED_SUPPLY_ENABLED,
    SupplyState.ARMED: TopUpResult.ACCEPTED_SUPPLY_ARMED,
    SupplyState.OFF: TopUpResult.ACCEPTED_SUPPLY_DISABLED,
}


class Till(Protocol):
    """What the cluster needs of the meter to take a token."""

    set_up: SetUp

    def enter(self, digits: str, source: int, unix_s: float) -> tuple[Verdict, int]:
        """Judge a token and let it act: the verdict, and what it added (10^-5 of the currency unit)."""


def prepayment_cluster(account: Account, log: TokenLog, till: Till, own_time: Callable[[float], int]) -> Cluster:
    """The server. `own_time` turns simulated time into the meter's clock, whole Unix seconds."""
    return Cluster(
        PREPAYMENT,
        attributes=(
            *_account(account, log),
            *till.set_up.attributes(),
            *(one for n in range(5) for one in _top_up_attributes(log, n)),
        ),
        commands={
            _SELECT_EMERGENCY: lambda payload, _: _select_emergency(account, payload),
            _CONSUMER_TOP_UP: lambda payload, unix_s: _consumer_top_up(account, till, payload, unix_s),
            _GET_TOP_UP_LOG: lambda payload, unix_s: _get_top_up_log(log, payload, own_time(unix_s)),
            **till.set_up.commands(),
        },
        secured=True,
    )


def _account(account: Account, log: TokenLog) -> tuple[Attribute, ...]:
    return (
        Attribute(CREDIT_REMAINING, DataType.INT32, lambda: account.balance_e5, reportable=True),
        Attribute(EMERGENCY_CREDIT, DataType.INT32, lambda: account.emergency_e5, reportable=True),
        Attribute(CREDIT_STATUS, DataType.MAP8, lambda: int(account.status()), reportable=True),
        Attribute(DEBT, DataType.INT32, lambda: account.debt_e5, reportable=True),
        Attribute(0x0020, DataType.UINT48, lambda: max(0, log.total_added_e5)),
    )


def _top_up_attributes(log: TokenLog, number: int) -> tuple[Attribute, ...]:
    """Time, amount, originating device and code of the newest (0) to the oldest (4) top-up."""

    def of(read: Callable[[TopUp], Value]) -> Callable[[], Value]:
        return lambda: read(log.top_ups[-1 - number]) if number < len(log.top_ups) else None

    first = 0x0100 + 0x10 * number
    return (
        Attribute(first, DataType.UTC, of(lambda one: zigbee_time(one.unix_s))),
        Attribute(first + 1, DataType.INT32, of(lambda one: one.amount_e5)),
        Attribute(first + 2, DataType.ENUM8, of(lambda one: one.source)),
        Attribute(first + 3, DataType.OCTETS, of(lambda one: one.code.reveal())),
    )


def _consumer_top_up(account: Account, till: Till, payload: bytes, unix_s: float) -> Reply:
    head, rest = take(payload, 2)
    code, beyond = take(rest, head[1])
    if beyond:
        raise WireError("Consumer Top Up is longer than its code")
    supply_before = account.supply
    verdict, added_e5 = till.enter(code.decode("latin-1"), head[0], unix_s)
    result = _result(verdict, supply_before, account.supply)
    added = _amount(added_e5) if verdict is Verdict.ACCEPTED else _NO_AMOUNT
    tells_credit = verdict in (Verdict.ACCEPTED, Verdict.USED)
    remaining = _amount(account.balance_e5) if tells_credit else _NO_AMOUNT
    return Reply(_CONSUMER_TOP_UP_RESPONSE, bytes([result]) + added + head[:1] + remaining)


def _result(verdict: Verdict, before: SupplyState, after: SupplyState) -> TopUpResult:
    """The supply is told where the consumer has to know: it was not on, or it is not."""
    if verdict is Verdict.ACCEPTED and not before is after is SupplyState.ON:
        return _SUPPLY_RESULT[after]
    return RESULT[verdict]


def _amount(amount_e5: int) -> bytes:
    return amount_e5.to_bytes(4, "little", signed=True)


def _select_emergency(account: Account, payload: bytes) -> Reply:
    if len(payload) < 5:
        raise WireError("Select Available Emergency Credit is at least 5 octets")
    return Reply(status=Status.SUCCESS if account.select_emergency() else Status.FAILURE)


def _get_top_up_log(log: TokenLog, payload: bytes, own_unix_s: int) -> Reply:
    if len(payload) != 5:
        raise WireError("Get Top Up Log is 5 octets")
    end, records = int.from_bytes(payload[:4], "little"), payload[4]
    latest = end + ZIGBEE_EPOCH_UNIX_S if end else own_unix_s
    found = [one for one in reversed(log.top_ups) if one.unix_s <= latest][: records or None]
    if not found:
        return Reply(status=Status.NOT_FOUND)
    groups = [found[i : i + _ENTRIES_A_FRAME] for i in range(0, len(found), _ENTRIES_A_FRAME)]
    published = [bytes([n, len(groups)]) + b"".join(map(_entry, group)) for n, group in enumerate(groups)]
    return Reply(_PUBLISH_TOP_UP_LOG, published[0], then=tuple((_PUBLISH_TOP_UP_LOG, more) for more in published[1:]))


def _entry(one: TopUp) -> bytes:
    code: Secret[str] = one.code
    octets = code.reveal().encode("latin-1")
    when = zigbee_time(one.unix_s).to_bytes(4, "little")
    return bytes([len(octets)]) + octets + _amount(one.amount_e5) + when
