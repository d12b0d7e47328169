"""The statement as a page to print: one self-contained HTML document on A4, without a script (pure).

Every word that came from a device or from a keyboard is escaped. What was not read is printed as unknown.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from html import escape
from typing import Final

from hubd.model.money import format_e5
from hubd.wan.messages import When
from hubd.wan.statement import OldMeter, Reading, StatementBody

UNKNOWN: Final = '<i class="unknown">unknown</i>'

_STYLE: Final = """
@page { size: A4; margin: 16mm 15mm 18mm }
* { box-sizing: border-box }
body { font: 10pt/1.4 "Source Sans 3", "Noto Sans", "DejaVu Sans", Arial, sans-serif; color: #16202b; margin: 0 auto;
  max-width: 180mm; padding: 8mm 0 }
header { border-bottom: 2.5pt solid #0b5d6b; padding-bottom: 4mm; margin-bottom: 5mm; display: flex;
  justify-content: space-between; align-items: flex-end; gap: 8mm }
h1 { font-size: 19pt; line-height: 1.15; margin: 0; color: #0b5d6b; letter-spacing: -.2pt }
header p { margin: 1mm 0 0; color: #52606d }
.seal { font-size: 9pt; font-weight: 600; padding: 1.2mm 3mm; border-radius: 2mm; white-space: nowrap }
.whole { background: #dff1e4; color: #12562c }
.part { background: #fdeecb; color: #7a4a00 }
section { margin: 0 0 5.5mm; break-inside: avoid }
h2 { font-size: 11.5pt; margin: 0 0 1.5mm; color: #0b5d6b }
table { border-collapse: collapse; width: 100%; font-size: 9pt }
th { text-align: left; font-weight: 600; color: #52606d; border-bottom: .8pt solid #9fb3c0; padding: 1mm 2mm 1mm 0 }
td { border-bottom: .4pt solid #dbe3e8; padding: 1.1mm 2mm 1.1mm 0; vertical-align: top; overflow-wrap: break-word }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; padding-right: 3mm; padding-left: 1mm }
td.n:last-child, th.n:last-child { padding-right: 0 }
td:first-child, td small { white-space: nowrap }
td small.words { white-space: normal }
td small { color: #52606d; display: block; font-size: 7.8pt }
.unknown { color: #9a3b26; font-style: italic }
.due { background: #fdeecb; border-left: 3pt solid #d38b00; padding: 2mm 3mm; margin: 0 0 5mm }
.note { color: #52606d; font-size: 8.5pt; margin: 1.5mm 0 0 }
.sign { display: flex; gap: 12mm; margin-top: 14mm; break-inside: avoid }
.sign div { flex: 1; border-top: .6pt solid #52606d; padding-top: 1mm; color: #52606d; font-size: 8.5pt }
"""


def page(body: StatementBody, hub: str) -> str:
    """The document. `hub` is the hub's name on the WAN."""
    done = (
        ("whole", "every device is in service") if body.complete else ("part", "not every device is in service yet")
    )
    parts = [
        f"<header><div><h1>Statement of installation</h1><p>Hub {_text(hub)} &middot; visit {_text(body.visit)}<br>"
        f"{_when(body.opened_at)} to {_when(body.closed_at)}<br>{_times(body)}</p></div>"
        f'<span class="seal {done[0]}">{done[1]}</span></header>',
        _follow_up(body),
        _equipment(body),
        _serials(body),
        _readings(body),
        _settings(body),
        _balances(body),
        _old_meters(body.old_meters, body.currency),
        _remarks(body),
        '<div class="sign"><div>installer</div><div>customer</div></div>',
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Statement {_text(body.visit)}</title><style>{_STYLE}</style></head><body>"
        + "\n".join(parts)
        + "</body></html>\n"
    )


def _follow_up(body: StatementBody) -> str:
    if body.follow_up_due is None and not body.follow_up_needed:
        return ""
    day = (
        f" by {_text(body.follow_up_due)}" if body.follow_up_due else ", by a day that is set when the clock is right"
    )
    return f'<p class="due"><b>To be followed up{day}</b>: the electricity meter is still to come.</p>'


def _equipment(body: StatementBody) -> str:
    rows = [
        (
            f"{_text(each.alias)}<small>{_text(each.kind.replace('_', ' '))}</small>",
            f"{_or(each.manufacturer)} {_or(each.model)}<small>{_text(each.device)}</small>",
            f"{_or(each.product_code)}<small>hardware {_or(each.hardware_version)}</small>",
            _or(each.firmware),
            _or(each.supplier),
            "in service" if each.in_service else f"waits: {_or(each.waits_for and each.waits_for.replace('_', ' '))}",
        )
        for each in body.equipment
    ]
    return _section("1. Equipment", ("device", "maker and model", "product", "firmware", "supplier", "state"), rows)


def _serials(body: StatementBody) -> str:
    meters = {each.device for each in body.readings}
    rows = [
        (_text(each.alias), _or(each.nameplate), _or(each.meter) if each.device in meters else "")
        for each in body.serial_numbers
    ]
    return _section("2. Serial numbers", ("device", "on the device", "of the meter"), rows)


def _readings(body: StatementBody) -> str:
    rows = [
        (
            _text(each.alias),
            UNKNOWN if each.measured_at is None else _when(each.measured_at),
            _register(each),
            "" if each.volume_l is not None else _kwh(each.export_wh),
            "" if each.volume_l is not None else _or(each.power_w),
            _or(each.supply),
        )
        for each in body.readings
    ]
    heads = ("meter", "read at", ">register", ">export kWh", ">power W", "supply")
    return _section("3. Readings", heads, rows)


def _settings(body: StatementBody) -> str:
    rows = [
        (
            _text(each.alias),
            UNKNOWN if each.payment_control is None else f"0x{each.payment_control:04X}",
            _two(each.emergency_credit_limit_e5, "from", each.emergency_credit_threshold_e5),
            _money(each.low_credit_e5),
            _two(each.max_credit_e5, "a top-up", each.max_top_up_e5),
            _drift(each.clock_drift_s, each.clock_note),
            "install code" if each.key_suite is None else f"certificate, suite {each.key_suite}",
            f'{_text(each.vend_test)}<small class="words">{_text(each.vend_test_order or "")}</small>',
        )
        for each in body.settings
    ]
    heads = ("meter", "payment", ">emergency", ">low credit", ">most credit", "clock", "key", "vend test")
    note = (
        f"Amounts in {_text(body.currency)}. Payment: the meter's own code for its payment mode. Emergency: how "
        "much, and from which balance on. Most credit: in the account, and in one top-up. Vend test: with its order."
    )
    return _section("4. Settings", heads, rows, note)


def _balances(body: StatementBody) -> str:
    rows = [
        (
            _text(each.alias),
            UNKNOWN if each.measured_at is None else _when(each.measured_at),
            _money(each.balance_e5),
            _money(each.emergency_credit_e5),
            _money(each.debt_e5),
            f"{_money(each.before_vend_test_e5)} / {_money(each.after_vend_test_e5)}",
        )
        for each in body.balances
    ]
    heads = ("meter", "read at", ">balance", ">emergency", ">debt", ">around vend test")
    return _section("5. Balances", heads, rows, f"Amounts in {_text(body.currency)}, as the meter tells them.")


def _old_meters(old: Sequence[OldMeter], currency: str) -> str:
    if not old:
        return _section("Old meters", (), (), "Nothing was entered: readings, balance and debt are unknown.")
    rows = [
        (
            _or(each.serial),
            _or(each.replaced_by),
            "<br>".join(f"{_text(r.register)}: {_text(r.value)} {_text(r.unit)}" for r in each.readings) or UNKNOWN,
            _or(each.balance),
            _or(each.debt),
        )
        for each in old
    ]
    heads = ("serial number", "replaced by", "readings", ">balance", ">debt")
    note = f"As the installer entered it. Amounts in {_text(currency)}."
    return _section("Old meters", heads, rows, note)


def _remarks(body: StatementBody) -> str:
    if body.installer is None and body.remarks is None:
        return ""
    words = f"Installer: {_or(body.installer)}"
    return _section("Remarks", (), (), words + (f"<br>{_text(body.remarks)}" if body.remarks else ""))


def _section(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], note: str = "") -> str:
    """A table; a head that begins with > is of numbers."""
    right = [' class="n"' if head.startswith(">") else "" for head in heads]
    table = ""
    if heads:
        top = "".join(f"<th{side}>{head.removeprefix('>')}</th>" for side, head in zip(right, heads, strict=True))
        lines = "".join(
            "<tr>" + "".join(f"<td{side}>{cell}</td>" for side, cell in zip(right, row, strict=True)) + "</tr>"
            for row in rows
        )
        table = f"<table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>"
    foot = f'<p class="note">{note}</p>' if note else ""
    return f"<section><h2>{title}</h2>{table}{foot}</section>"


def _text(words: str) -> str:
    return escape(words, quote=True)


def _or(value: str | int | None) -> str:
    return UNKNOWN if value is None else _text(str(value))


def _when(when: When) -> str:
    at = datetime.fromtimestamp(when.unix_s, UTC)
    doubt = "" if when.trust != "unsynced" else ' <i class="unknown">(clock not trusted)</i>'
    return f"{at:%Y-%m-%d %H:%M}{doubt}"


def _times(body: StatementBody) -> str:
    if body.zone is None or body.utc_offset_s is None:
        return "All times are UTC."
    zone = timezone(timedelta(seconds=body.utc_offset_s))
    at = datetime.fromtimestamp(body.closed_at.unix_s, zone)
    return f"All times are UTC; at the hub it ended at {at:%H:%M} {_text(body.zone)} ({zone.tzname(None)})."


def _kwh(wh: int | None) -> str:
    return UNKNOWN if wh is None else f"{wh / 1000:,.3f}"


def _register(reading: Reading) -> str:
    """kWh taken from the network, or cubic metres of gas."""
    if reading.volume_l is not None:
        return f"{reading.volume_l / 1000:,.3f} m&sup3;"
    return UNKNOWN if reading.import_wh is None else f"{_kwh(reading.import_wh)} kWh"


def _money(amount_e5: int | None) -> str:
    return UNKNOWN if amount_e5 is None else _text(format_e5(amount_e5))


def _two(amount_e5: int | None, words: str, other_e5: int | None) -> str:
    return f"{_money(amount_e5)}<small>{words} {_money(other_e5)}</small>"


def _drift(drift_s: float | None, note: str) -> str:
    if drift_s is None:
        return f'{UNKNOWN}<small class="words">{_text(note)}</small>'
    return f"{round(drift_s):+d} s" if round(drift_s) else "right"
