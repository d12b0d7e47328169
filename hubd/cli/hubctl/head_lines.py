"""The lines of `hubctl head listen`. No token, key or install code is in any of them."""

import dataclasses
from datetime import UTC, datetime
from functools import singledispatch
from typing import Any

import msgspec

from hubd.cli.hubctl.head_outage_lines import incident_fields, incident_words
from hubd.cli.hubctl.head_supply_lines import supply_words
from hubd.cli.output import print_json, say
from hubd.headend.happenings import (
    Acknowledged,
    Connected,
    Disconnected,
    Happening,
    MessageStored,
    OrderSent,
    OutagesGrouped,
    StatusSeen,
    UnreadableKept,
)
from hubd.model.money import format_e5
from hubd.wan.messages import EventBody, ProfileBody, ReadingBody, ReceiptBody, Status
from hubd.wan.statement import StatementBody


def say_text(happening: Happening) -> None:
    """A line for people, at once."""
    at = datetime.now(UTC).strftime("%H:%M:%S")
    say(f"{at}  {line(happening)}")


def say_json(happening: Happening) -> None:
    """A line of JSON, at once."""
    print_json(fields(happening))


@singledispatch
def line(happening: Happening) -> str:
    """What happened, in words."""
    return repr(happening)


@line.register
def _(happening: Connected) -> str:
    return "connected to the broker"


@line.register
def _(happening: Disconnected) -> str:
    return f"no session with the broker ({happening.reason}); trying again"


@line.register
def _(happening: MessageStored) -> str:
    up, again = happening.arrived.up, "" if happening.new else " (again)"
    return f"{up.hub}  {up.lane} {up.seq}{again}  {body_words(happening.arrived.body, happening.arrived.fault)}"


@line.register
def _(happening: StatusSeen) -> str:
    return f"{happening.status.hub}  {_status_words(happening.status)}"


@line.register
def _(happening: UnreadableKept) -> str:
    return f"not one of ours, on {happening.message.topic}: {happening.message.reason}"


@line.register
def _(happening: OrderSent) -> str:
    order, again = happening.order, f" (sending {happening.sending})" if happening.sending > 1 else ""
    return f"{order.hub}  <- {order.cmd} {order.device or ''} order {order.jti}{again}"


@line.register
def _(happening: Acknowledged) -> str:
    stored = ", ".join(f"{lane} {number}" for lane, number in happening.ack.stored.items())
    return f"{happening.hub}  <- stored up to {stored}"


@line.register
def _(happening: OutagesGrouped) -> str:
    asked = [f"asking {happening.asked} how they are"] if happening.asked else []
    return "; ".join([incident_words(incident) for incident in happening.incidents] + asked)


def fields(happening: Happening) -> dict[str, Any]:
    """What happened, for programs: `happened` names it. An order is named, its arguments left out."""
    name = _NAMES[type(happening)]
    match happening:
        case MessageStored(arrived, new, order):
            rest = {"new": new, "fault": arrived.fault, "request": order.request if order else None}
            return {"happened": name, **rest, "message": arrived.up}
        case OrderSent(order, sending):
            whose = {"request": order.request, "order": order.jti, "hub": order.hub, "device": order.device}
            return {"happened": name, **whose, "command": order.cmd, "sending": sending}
        case OutagesGrouped(incidents, asked):
            return {"happened": name, "incidents": [incident_fields(i) for i in incidents], "asked": asked}
        case UnreadableKept(message):
            return {"happened": name, "topic": message.topic, "reason": message.reason}
        case _:
            return {"happened": name, **{f.name: getattr(happening, f.name) for f in dataclasses.fields(happening)}}


_NAMES: dict[type, str] = {
    Connected: "connected",
    Disconnected: "disconnected",
    MessageStored: "stored",
    StatusSeen: "status",
    UnreadableKept: "unreadable",
    OrderSent: "sent",
    Acknowledged: "acknowledged",
    OutagesGrouped: "outages",
}


def body_words(body: msgspec.Struct | None, fault: str | None) -> str:
    """A message's body in a line."""
    match body:
        case ReceiptBody():
            left = body.credit_remaining_e5
            money = f", balance {format_e5(left)}" if left is not None else ""
            final = "" if body.final else " (not final)"
            reason = f": {body.reason}" if body.reason else ""
            return f"{body.command} {body.outcome}{final}{money}{reason}  order {body.order}"
        case EventBody():
            rest = [text for text in (body.device, body.reason, body.order and f"order {body.order}") if text]
            return "  ".join([body.name, *rest])
        case ReadingBody():
            return f"{body.device}  " + ", ".join(_reading_words(body))
        case ProfileBody():
            return f"{body.device}  {body.channel} profile, {len(body.wh)} intervals from {body.start_unix_s}"
        case None:
            return f"kept, but not understood: {fault}"
        case _:
            return _statement_words(body) if isinstance(body, StatementBody) else supply_words(body)


def _statement_words(body: StatementBody) -> str:
    whole = "" if body.complete else ", some still to be done"
    return f"statement of visit {body.visit}: {len(body.equipment)} devices{whole}  (hubctl head statements)"


def _reading_words(body: ReadingBody) -> list[str]:
    words = []
    if body.import_wh is not None:
        words.append(f"import {body.import_wh / 1000:.3f} kWh")
    if body.export_wh is not None:
        words.append(f"export {body.export_wh / 1000:.3f} kWh")
    if body.volume_l is not None:
        words.append(f"gas {body.volume_l / 1000:.3f} m3")
    if body.power_w is not None:
        words.append(f"{body.power_w} W")
    if body.balance_e5 is not None:
        words.append(f"balance {format_e5(body.balance_e5)}")
    if body.supply is not None:
        words.append(f"supply {body.supply}")
    return words or ["nothing measured"]


def _status_words(status: Status) -> str:
    backlog = sum((status.backlog or {}).values())
    radio = f", radio {status.radio}" if status.radio else ""
    return f"{status.state}{radio}" + (f", {backlog} waiting" if backlog else "")
