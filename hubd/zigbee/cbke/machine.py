"""Key establishment as a pure machine: `step(state, event, now_s) -> (state, effects)`.

Theory of operation. The two sides exchange certificates, then ephemeral points, then codes that prove the key. Until
the codes, nothing is proven: a certificate copied off the air gets as far as its owner would, and fails there with
BAD_KEY_CONFIRM. So a key leaves this machine (`Established`) only after the partner's code was right.

    initiator                                             responder
    INITIATE_RESPONSE  -- Initiate request ----------->   CHECKING (thread)
    CHECKING (thread)  <-- Initiate response ----------   EPHEMERAL_REQUEST
    GENERATING (thread)
    EPHEMERAL_RESPONSE -- Ephemeral data request ----->   GENERATING (thread)
    AGREEING (thread)  <-- Ephemeral data response ----   CONFIRM_REQUEST
    CONFIRM_RESPONSE   -- Confirm key data request --->   AGREEING (thread), code compared
    code compared      <-- Confirm key data response --   Established
    Established

Whatever is wrong ends the exchange with a Terminate that says so, except running out of time, which is never told.
There is one exchange at a time: other devices are told NO_RESOURCES and how long to wait. A message that comes twice
is passed over (an Initiate request whose answer may be lost is answered again); one out of turn ends the exchange; a
responder's initiator may begin anew while no thread is at work for it. An initiator tries again after silence, lost
frames, NO_RESOURCES and BAD_MESSAGE, three attempts in all; never after a refusal that another attempt cannot change.
No Terminate is ever answered.

A responder cannot know whether its last frame arrived. If it did not, the partner runs out of time and begins anew:
Key Establishment travels under the network key, so it can.

Times are seconds of the monotonic clock.
"""

from dataclasses import replace

from hubd.model.identity import Eui64
from hubd.zigbee.cbke import initiator, responder
from hubd.zigbee.cbke.exchange import (
    WORKING,
    Begin,
    Clock,
    Computed,
    Event,
    Exchange,
    Failed,
    Failure,
    Heard,
    KeyEstablishment,
    NotDelivered,
    Phase,
    Role,
    Step,
    Unreadable,
    end,
    is_busy,
    terminate,
)
from hubd.zigbee.cbke.work import Result
from hubd.zigbee.se.key_establishment import (
    InitiateRequest,
    Message,
    Request,
    Status,
    Terminate,
    is_to_client,
    status_name,
)


def step(state: KeyEstablishment, event: Event, now_s: float) -> Step:
    """Take one event. What does not belong to the exchange under way changes nothing in it."""
    match event:
        case Begin():
            return _begin(state, event, now_s)
        case Heard(partner, message):
            return _heard(state, partner, message, now_s)
        case Unreadable(partner, to_client):
            return _unreadable(state, partner, to_client)
        case Computed(number, result):
            return _computed(state, number, result, now_s)
        case NotDelivered(partner):
            return _not_delivered(state, partner, now_s)
        case Clock():
            return _clock(state, now_s)


def next_deadline_s(state: KeyEstablishment) -> float | None:
    """When `Clock` is wanted; None while nothing is under way or to be tried again."""
    if state.exchange is not None:
        return state.exchange.deadline_s
    return state.retry.at_s if state.retry is not None else None


def without(state: KeyEstablishment, partner: Eui64) -> KeyEstablishment:
    """Nothing is under way with this device, nor to be tried again; nobody is told. What a thread still computes for
    it is dropped when it comes.
    """
    exchange = None if state.exchange is not None and state.exchange.partner == partner else state.exchange
    retry = None if state.retry is not None and state.retry.partner == partner else state.retry
    return replace(state, exchange=exchange, retry=retry)


def _begin(state: KeyEstablishment, event: Begin, now_s: float) -> Step:
    if event.suite not in state.credentials:
        why = f"this device has no certificate of suite {event.suite.number}"
        return state, (Failed(event.partner, Role.INITIATOR, Failure.NO_CREDENTIALS, why),)
    if state.exchange is not None or (state.retry is not None and state.retry.partner != event.partner):
        why = "another exchange is under way, or about to be tried again"
        return state, (Failed(event.partner, Role.INITIATOR, Failure.BUSY, why),)
    return initiator.begin(state, event.partner, event.suite, 1, now_s)


def _heard(state: KeyEstablishment, partner: Eui64, message: Message, now_s: float) -> Step:
    exchange = state.exchange
    if exchange is None or exchange.partner != partner or _is_for_other_role(exchange, message):
        return _heard_outside(state, partner, message, now_s)
    if isinstance(message, Terminate):
        return _terminated(state, exchange, message, now_s)
    if isinstance(message, InitiateRequest):
        return _asked_again(state, exchange, message, now_s)
    if message in exchange.seen:
        return state, ()
    if exchange.role is Role.INITIATOR:
        return initiator.heard(state, exchange, message, now_s)
    return responder.heard(state, exchange, message, now_s)


def _heard_outside(state: KeyEstablishment, partner: Eui64, message: Message, now_s: float) -> Step:
    """It belongs to no exchange under way: requests are answered, the rest is not for us."""
    if isinstance(message, InitiateRequest):
        if is_busy(state, now_s):
            return responder.turn_away_while_busy(state, partner, now_s)
        return responder.asked(state, partner, message, now_s)
    if isinstance(message, Request):
        return responder.refuse(
            state, partner, Status.BAD_MESSAGE, "it goes on with an exchange that is not known here"
        )
    return state, ()


def _is_for_other_role(exchange: Exchange, message: Message) -> bool:
    return is_to_client(message) is not (exchange.role is Role.INITIATOR)


def _asked_again(state: KeyEstablishment, exchange: Exchange, message: InitiateRequest, now_s: float) -> Step:
    """The same words early on are a repetition; later, or in other words, the initiator has started over."""
    if message in exchange.seen and exchange.phase is Phase.CHECKING:
        return state, ()
    if message in exchange.seen and exchange.phase is Phase.EPHEMERAL_REQUEST:
        return responder.present_ourselves(state, exchange, now_s)
    if exchange.phase in WORKING:
        return responder.turn_away_while_busy(state, exchange.partner, now_s)
    return responder.begun_anew(state, exchange.partner, message, now_s)


def _terminated(state: KeyEstablishment, exchange: Exchange, message: Terminate, now_s: float) -> Step:
    if exchange.role is Role.INITIATOR:
        return initiator.terminated(state, exchange, message, now_s)
    why = f"the initiator ended it ({status_name(message.status)}) while we were waiting for {exchange.phase.value}"
    return end(state, Failure.TERMINATED_BY_PARTNER, why, message.status)


def _unreadable(state: KeyEstablishment, partner: Eui64, to_client: bool) -> Step:
    exchange = state.exchange
    if exchange is not None and exchange.partner == partner and to_client is (exchange.role is Role.INITIATOR):
        return terminate(state, Status.BAD_MESSAGE, "a frame that is no command of Key Establishment")
    if to_client:
        return state, ()
    return responder.refuse(state, partner, Status.BAD_MESSAGE, "a frame that is no command of Key Establishment")


def _computed(state: KeyEstablishment, number: int, result: Result, now_s: float) -> Step:
    if state.at_work is not None and state.at_work.number == number:
        state = replace(state, at_work=None)
    exchange = state.exchange
    if exchange is None or exchange.number != number or exchange.phase not in WORKING:
        return state, ()
    if exchange.role is Role.INITIATOR:
        return initiator.computed(state, exchange, result, now_s)
    return responder.computed(state, exchange, result, now_s)


def _not_delivered(state: KeyEstablishment, partner: Eui64, now_s: float) -> Step:
    exchange = state.exchange
    if exchange is None or exchange.partner != partner:
        return state, ()
    why = f"our frame did not reach it; we were waiting for {exchange.phase.value}"
    return _silent(state, exchange, Failure.NOT_DELIVERED, why, now_s)


def _clock(state: KeyEstablishment, now_s: float) -> Step:
    exchange, retry = state.exchange, state.retry
    if exchange is not None:
        if now_s < exchange.deadline_s:
            return state, ()
        why = f"no sign in time of {exchange.phase.value}"
        return _silent(state, exchange, Failure.TIMED_OUT, why, now_s)
    if retry is not None and now_s >= retry.at_s:
        return initiator.begin(state, retry.partner, retry.suite, retry.attempt, now_s)
    return state, ()


def _silent(state: KeyEstablishment, exchange: Exchange, failure: Failure, why: str, now_s: float) -> Step:
    if exchange.role is Role.INITIATOR:
        return initiator.again(state, failure, why, now_s)
    return end(state, failure, why)
