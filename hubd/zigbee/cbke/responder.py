"""The responder: answers each of the initiator's requests. Steps of `machine`."""

from dataclasses import replace
from hmac import compare_digest

from hubd.model.identity import Eui64
from hubd.zigbee.cbke.admission import NotAdmitted, admit
from hubd.zigbee.cbke.exchange import (
    TRANSIT_S,
    Exchange,
    Failed,
    Failure,
    KeyEstablishment,
    Phase,
    Role,
    Send,
    Step,
    agree_order,
    busy_for_s,
    compute,
    end,
    established,
    go_on,
    terminate,
)
from hubd.zigbee.cbke.keys import AgreedKeys
from hubd.zigbee.cbke.suite import suite_of
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
)


def asked(state: KeyEstablishment, partner: Eui64, request: InitiateRequest, now_s: float) -> Step:
    """A device wants a key, and nothing is under way."""
    suite = suite_of(request.suite)
    own = state.credentials.get(suite) if suite else None
    if suite is None or own is None:
        why = f"it asks for suite 0x{request.suite:04X}; here are 0x{state.suites:04X}"
        return refuse(state, partner, Status.UNSUPPORTED_SUITE, why)
    theirs = admit(own, partner, request.identity)
    if isinstance(theirs, NotAdmitted):
        return refuse(state, partner, theirs.status, theirs.why)
    number = state.count + 1
    exchange = Exchange(number, Role.RESPONDER, partner, suite, Phase.CHECKING, now_s, seen=(request,))
    exchange = replace(exchange, partner_times=request.times)
    work = CheckCertificate(theirs, own.ca_public)
    return compute(replace(state, count=number), exchange, Phase.CHECKING, work, now_s)


def refuse(state: KeyEstablishment, partner: Eui64, status: Status, why: str, wait_s: int = 0) -> Step:
    """A device is turned away at the door: told so, and reported."""
    told = Send(partner, Terminate(status, wait_s, state.suites, to_client=True))
    comes_back_s = float(wait_s) if wait_s else None
    return state, (told, Failed(partner, Role.RESPONDER, Failure.TERMINATED, why, status, comes_back_s))


def turn_away_while_busy(state: KeyEstablishment, partner: Eui64, now_s: float) -> Step:
    """A device wants a key, but another exchange is under way."""
    why = "another exchange is under way; it was told to come back"
    return refuse(state, partner, Status.NO_RESOURCES, why, busy_for_s(state, now_s))


def begun_anew(state: KeyEstablishment, partner: Eui64, request: InitiateRequest, now_s: float) -> Step:
    """The initiator of the exchange under way has started over, as after a reset."""
    ended, left = end(state, Failure.ABANDONED, "the initiator began anew")
    begun, effects = asked(ended, partner, request, now_s)
    return begun, (*left, *effects)


def present_ourselves(state: KeyEstablishment, exchange: Exchange, now_s: float) -> Step:
    """Our certificate, to an initiator whose own is checked; again, if it asks again in the same words."""
    own = state.credentials[exchange.suite].certificate.encode()
    answer = InitiateResponse(exchange.suite, state.times[exchange.suite], own)
    deadline_s = now_s + exchange.partner_times.ephemeral_s + TRANSIT_S
    return go_on(state, replace(exchange, deadline_s=deadline_s), Send(exchange.partner, answer))


def heard(state: KeyEstablishment, exchange: Exchange, message: Message, now_s: float) -> Step:
    """The partner's message, which has not come before and begins nothing."""
    taken = replace(exchange, seen=(*exchange.seen, message))
    match message, exchange.phase:
        case EphemeralDataRequest(point), Phase.EPHEMERAL_REQUEST:
            if len(point) != exchange.suite.curve.octets + 1:
                return terminate(state, Status.BAD_MESSAGE, "an ephemeral point of the other suite")
            work = MakeEphemeral(exchange.suite, partner_point=point)
            return compute(state, replace(taken, partner_point=point), Phase.GENERATING, work, now_s)
        case ConfirmKeyDataRequest(mac), Phase.CONFIRM_REQUEST:
            claimed = replace(taken, partner_mac=mac)
            return compute(state, claimed, Phase.AGREEING, agree_order(state, claimed), now_s)
    return terminate(state, Status.BAD_MESSAGE, f"out of turn: we were waiting for {exchange.phase.value}")


def computed(state: KeyEstablishment, exchange: Exchange, result: Result, now_s: float) -> Step:
    """The thread is done."""
    times = exchange.partner_times
    match result, exchange.phase:
        case PartnerKey(public), Phase.CHECKING:
            known = replace(exchange, partner_key=public, phase=Phase.EPHEMERAL_REQUEST)
            return present_ourselves(state, known, now_s)
        case Ephemeral(point=point), Phase.GENERATING:
            ready = replace(exchange, ephemeral=result, phase=Phase.CONFIRM_REQUEST)
            ready = replace(ready, deadline_s=now_s + times.confirm_s + TRANSIT_S)
            return go_on(state, ready, Send(exchange.partner, EphemeralDataResponse(point)))
        case AgreedKeys(), Phase.AGREEING:
            return _confirm(state, replace(exchange, keys=result))
        case NotAPoint(why), Phase.CHECKING:
            return terminate(state, Status.INVALID_CERTIFICATE, why)
        case NotAPoint(why), _:
            return terminate(state, Status.BAD_MESSAGE, why)
    return state, ()


def _confirm(state: KeyEstablishment, exchange: Exchange) -> Step:
    """The initiator proves that it has the key; only then is ours proven to it."""
    assert exchange.keys is not None
    if not compare_digest(exchange.partner_mac, exchange.keys.mac_u.reveal()):
        return terminate(
            state, Status.BAD_KEY_CONFIRM, "it has not come to the same key: the certificate is not its own"
        )
    answer = Send(exchange.partner, ConfirmKeyDataResponse(exchange.keys.mac_v.reveal()))
    return established(replace(state, exchange=exchange), answer)
