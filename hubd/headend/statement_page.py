"""A customer's statement as a page for printing (one file, nothing loaded from elsewhere) and as CSV."""

import csv
import io
from datetime import UTC, datetime
from html import escape

from hubd.headend.customer_statement import Line, Statement
from hubd.headend.debts import format_percent
from hubd.model.money import exact_e5, format_pence
from hubd.model.outside_text import in_a_spreadsheet

CSV_COLUMNS = (
    "at", "what", "request", "tendered_pence", "to_debts_pence", "deductions", "credit_pence", "encoded_e5",
    "debt_change_pence", "code_ends", "at_the_meter",
)  # fmt: skip

_STYLE = """
body{font:14px/1.4 sans-serif;margin:2em auto;max-width:60em;color:#111}
h1{font-size:1.5em;margin:0 0 .3em} h2{font-size:1.1em;margin:1.5em 0 .3em}
table{border-collapse:collapse;width:100%} th,td{padding:.25em .6em;border-bottom:1px solid #ccc;text-align:left}
.n{text-align:right;white-space:nowrap} .s{white-space:nowrap} tfoot td{font-weight:bold;border-top:2px solid #111}
@media print{body{margin:0;max-width:none;font-size:11px}}
"""


def as_html(statement: Statement) -> str:
    """The whole page."""
    currency = escape(statement.currency)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Statement of meter {escape(statement.pan)}</title>
<style>{_STYLE}</style></head><body>
<h1>Prepayment statement</h1>
<p>Meter {escape(statement.pan)}, {_day(statement.from_unix_s)} to {_day(statement.until_unix_s)} (UTC).
All amounts in {currency}. Debt at the beginning: {format_pence(statement.opening_pence)}.</p>
<table><thead><tr><th>When</th><th>What</th><th class="n">Paid</th><th class="n">To debts</th>
<th class="n">Credit</th><th class="n">On the code</th><th>Code ends</th><th>At the meter</th></tr></thead>
<tbody>
{"".join(_row(line) for line in statement.lines)}</tbody>
<tfoot><tr><td colspan="2">Together</td><td class="n">{format_pence(statement.tendered_pence)}</td>
<td class="n">{format_pence(statement.to_debts_pence)}</td><td class="n">{format_pence(statement.credit_pence)}</td>
<td colspan="3"></td></tr></tfoot></table>
<p>The code carries a little more than the credit, because codes are rounded up in the customer's favour.</p>
<h2>Debts</h2>
{_debts(statement)}
<p>Debt at the end: <strong>{format_pence(statement.closing_pence)}</strong>. Debts are deducted from each payment in
this order, each by its percentage of the whole payment; fractions of a penny stay with you.</p>
</body></html>
"""


def _row(line: Line) -> str:
    what = {"sale": "Top-up", "reversal": "Top-up reversed", "debt set": "Debt changed"}[line.what]
    if line.request:
        what += f" {line.request}"
    to_debts = _deductions(line)
    if line.what == "debt set":
        to_debts = f"{'+' if line.change_pence > 0 else ''}{format_pence(line.change_pence)}"
    cells = (
        ("s", _moment(line.at_unix_s)),
        ("", what),
        ("n", _money(line.tendered_pence)),
        ("n", to_debts),
        ("n", _money(line.credit_pence)),
        ("n", exact_e5(line.encoded_e5) if line.encoded_e5 else ""),
        ("s", line.code_ends or ""),
        ("", line.at_the_meter),
    )
    return "<tr>" + "".join(f'<td class="{kind}">{escape(text)}</td>' for kind, text in cells) + "</tr>\n"


def _money(pence: int) -> str:
    return format_pence(pence) if pence else ""


def _deductions(line: Line) -> str:
    return ", ".join(f"{format_pence(one.pence)} {one.debt}" for one in line.deductions)


def _debts(statement: Statement) -> str:
    if not statement.debts:
        return "<p>None.</p>"
    rows = ""
    for one in statement.debts:
        terms = one.terms
        cap = format_pence(terms.cap_pence) if terms.cap_pence is not None else "none"
        rows += (
            f"<tr><td>{escape(terms.debt)}</td><td class='n'>{format_percent(terms.percent_e2)} %</td>"
            f"<td class='n'>{format_pence(terms.minimum_pence)}</td><td class='n'>{cap}</td>"
            f"<td class='n'>{format_pence(one.owed_pence)}</td></tr>"
        )
    head = "<th>Debt</th><th class='n'>Of each payment</th><th class='n'>At least</th><th class='n'>At most</th>"
    return f"<table><thead><tr>{head}<th class='n'>Owed now</th></tr></thead><tbody>{rows}</tbody></table>"


def as_csv(statement: Statement) -> str:
    """A line an event, amounts as whole numbers with their unit in the column's name."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for line in statement.lines:
        deducted = " ".join(f"{one.debt}={one.pence}" for one in line.deductions)
        cells = (
            _moment(line.at_unix_s), line.what, line.request or "", line.tendered_pence,
            sum(one.pence for one in line.deductions), deducted, line.credit_pence, line.encoded_e5,
            line.change_pence, line.code_ends or "", line.at_the_meter,
        )  # fmt: skip
        writer.writerow(map(in_a_spreadsheet, cells))
    return out.getvalue()


def _moment(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%M")


def _day(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d")
