"""The initiator: Initiate, ephemeral data, confirmation, each answered by the responder. Steps of `machine`."""

from dataclasses import replace
from hmac import compare_digest

from hubd.model.identity import Eui64
from hubd.zigbee.cbke.admission import NotAdmitted, admit
from hubd.zigbee.cbke.exchange import (
    ATTEMPTS,
    INITIATE_TIMEOUT_S,
    RETRY_S,
    TRANSIT_S,
    Exchange,
    Failed,
    Failure,
    KeyEstablishment,
    Phase,
    Retry,
    Role,
    Send,
    Step,
    agree_order,
    compute,
    end,
    established,
    go_on,
    is_busy,
    terminate,
)
from hubd.zigbee.cbke.keys import AgreedKeys
from hubd.zigbee.cbke.suite import Suite
from hubd.zigbee.cbke.work import CheckCertificate, Ephemeral, MakeEphemeral, NotAPoint, PartnerKey, Result
from hubd.zigbee.se.key_establishment import (
    ConfirmKeyDataRequest,
    ConfirmKeyDataResponse,
    EphemeralDataRequest,
    EphemeralDataResponse,
    InitiateRequest,
    InitiateResponse,
    Message,
    Status,
    Terminate,
    status_name,
)

_WORTH_ANOTHER_TRY = (Status.NO_RESOURCES, Status.BAD_MESSAGE)
"""What a partner says that is busy, or has lost its place in the exchange."""


def may_begin(state: KeyEstablishment, partner: Eui64, now_s: float) -> bool:
    """Whether an exchange with this device can begin now: none is under way, nor to be tried again with another."""
    anothers = state.retry is not None and state.retry.partner != partner
    return not anothers and not is_busy(state, now_s)


def begin(state: KeyEstablishment, partner: Eui64, suite: Suite, attempt: int, now_s: float) -> Step:
    """Nothing is under way, and there are credentials."""
    number = state.count + 1
    deadline_s = now_s + INITIATE_TIMEOUT_S
    exchange = Exchange(number, Role.INITIATOR, partner, suite, Phase.INITIATE_RESPONSE, deadline_s, attempt)
    request = InitiateRequest(suite, state.times[suite], state.credentials[suite].certificate.encode())
    return go_on(replace(state, count=number, retry=None), exchange, Send(partner, request))


def heard(state: KeyEstablishment, exchange: Exchange, message: Message, now_s: float) -> Step:
    """The partner's message, which has not come before."""
    taken = replace(exchange, seen=(*exchange.seen, message))
    match message, exchange.phase:
        case InitiateResponse(), Phase.INITIATE_RESPONSE:
            return _responder_known(state, taken, message, now_s)
        case EphemeralDataResponse(point), Phase.EPHEMERAL_RESPONSE:
            return _agree(state, replace(taken, partner_point=point), now_s)
        case ConfirmKeyDataResponse(mac), Phase.CONFIRM_RESPONSE:
            return _confirm(state, taken, mac)
    return terminate(state, Status.BAD_MESSAGE, f"out of turn: we were waiting for {exchange.phase.value}")


def computed(state: KeyEstablishment, exchange: Exchange, result: Result, now_s: float) -> Step:
    """The thread is done."""
    times = exchange.partner_times
    match result, exchange.phase:
        case PartnerKey(public), Phase.CHECKING:
            known = replace(exchange, partner_key=public)
            return compute(state, known, Phase.GENERATING, MakeEphemeral(exchange.suite), now_s)
        case Ephemeral(point=point), Phase.GENERATING:
            ready = replace(exchange, ephemeral=result, phase=Phase.EPHEMERAL_RESPONSE)
            ready = replace(ready, deadline_s=now_s + times.ephemeral_s + TRANSIT_S)
            return go_on(state, ready, Send(exchange.partner, EphemeralDataRequest(point)))
        case AgreedKeys(mac_u=mac_u), Phase.AGREEING:
            ready = replace(exchange, keys=result, phase=Phase.CONFIRM_RESPONSE)
            ready = replace(ready, deadline_s=now_s + times.confirm_s + TRANSIT_S)
            return go_on(state, ready, Send(exchange.partner, ConfirmKeyDataRequest(mac_u.reveal())))
        case NotAPoint(why), Phase.CHECKING:
            return terminate(state, Status.INVALID_CERTIFICATE, why)
        case NotAPoint(why), _:
            return terminate(state, Status.BAD_MESSAGE, why)
    return state, ()


def terminated(state: KeyEstablishment, exchange: Exchange, message: Terminate, now_s: float) -> Step:
    """The responder has ended it."""
    why = f"the responder ended it ({status_name(message.status)}) while we were waiting for {exchange.phase.value}"
    if message.status in _WORTH_ANOTHER_TRY:
        wait_s = max(float(message.wait_s), RETRY_S)
        return again(state, Failure.TERMINATED_BY_PARTNER, why, now_s, wait_s, message.status)
    ended, (failed,) = end(state, Failure.TERMINATED_BY_PARTNER, why, message.status)
    assert isinstance(failed, Failed)
    return ended, (replace(failed, wait_s=message.wait_s),)


def again(
    state: KeyEstablishment,
    failure: Failure,
    why: str,
    now_s: float,
    wait_s: float = RETRY_S,
    status: Status | int | None = None,
) -> Step:
    """The exchange is over; another attempt follows, if it was not the last."""
    exchange = state.exchange
    assert exchange is not None
    ended, effects = end(state, failure, why, status)
    if exchange.attempt >= ATTEMPTS:
        return ended, effects
    (failed,) = effects
    assert isinstance(failed, Failed)
    retry = Retry(exchange.partner, exchange.suite, exchange.attempt + 1, now_s + wait_s)
    return replace(ended, retry=retry), (replace(failed, retry_in_s=wait_s),)


def _responder_known(state: KeyEstablishment, exchange: Exchange, message: InitiateResponse, now_s: float) -> Step:
    if message.suite != exchange.suite:
        why = f"it answered with suite 0x{message.suite:04X} to a request of suite {exchange.suite.number}"
        return terminate(state, Status.UNSUPPORTED_SUITE, why)
    own = state.credentials[exchange.suite]
    theirs = admit(own, exchange.partner, message.identity)
    if isinstance(theirs, NotAdmitted):
        return terminate(state, theirs.status, theirs.why)
    known = replace(exchange, partner_times=message.times)
    return compute(state, known, Phase.CHECKING, CheckCertificate(theirs, own.ca_public), now_s)


def _agree(state: KeyEstablishment, exchange: Exchange, now_s: float) -> Step:
    if len(exchange.partner_point) != exchange.suite.curve.octets + 1:
        return terminate(state, Status.BAD_MESSAGE, "an ephemeral point of the other suite")
    return compute(state, exchange, Phase.AGREEING, agree_order(state, exchange), now_s)


def _confirm(state: KeyEstablishment, exchange: Exchange, mac: bytes) -> Step:
    assert exchange.keys is not None
    if not compare_digest(mac, exchange.keys.mac_v.reveal()):
        return terminate(
            state, Status.BAD_KEY_CONFIRM, "it has not come to the same key: the certificate is not its own"
        )
    return established(state)
