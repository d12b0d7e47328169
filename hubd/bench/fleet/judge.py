"""What the book says, held against what truly was."""

import contextlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from hubd.bench.fleet.clock import StoryClock
from hubd.bench.fleet.story import RETURNS_S, Story
from hubd.bench.fleet.worker import Outcome
from hubd.headend import book
from hubd.headend.home import Home
from hubd.headend.outages.network import spell
from hubd.headend.outages.picture import Picture, Shown, transformers_in
from hubd.headend.outages.showing import look


class Storm(msgspec.Struct, frozen=True):
    """How the alerts came in. Real seconds; delays from the moment the rules wanted the alert to its storage."""

    alerts: int
    stored: int
    peak_per_s: int
    delay_p50_s: float
    delay_p99_s: float
    delay_most_s: float
    sent_late_p99_s: float
    """Of that, the bench's own lateness: from the due moment to the sending."""
    acknowledged_p99_s: float
    """From the due moment to the head-end's word at the hub, where that came before the hub went dark."""


class Grouping(msgspec.Struct, frozen=True):
    """The incidents while all is off. `wanted`: that, and nothing else, should stand."""

    incidents: list[str]
    wanted: list[str]
    transformers_in_two: int
    grouped: int
    """Alerts that belong to an incident."""


class StillOff(msgspec.Struct, frozen=True):
    """The list of those still off, against the truth. `listed_after_s`: story seconds from the return of supply to
    the last hub's being listed.
    """

    truly_off: int
    listed: int
    missing: int
    wrongly_listed: int
    listed_after_s: float
    asked: int
    nested_incidents: list[str]
    transformers_in_two: int


class Lost(msgspec.Struct, frozen=True):
    """Messages of the hubs that the head-end has not, and sales without a final receipt."""

    messages: int
    missing: int
    sales: int
    without_receipt: int


def storm(home: Home, clock: StoryClock, began_unix_s: float, outcomes: Iterable[Outcome]) -> Storm:
    """Every alert in, and when."""
    alerts = [done for outcome in outcomes for done in outcome.messages if done.kind == "outage_alert"]
    due_s = {(done.hub, done.seq): done.due_s for done in alerts}
    with contextlib.closing(book.open_book(home)) as connection:
        rows = connection.execute(
            "SELECT hub, seq, received_unix_s FROM inbound WHERE kind = 'outage_alert'"
        ).fetchall()
    stored_s = {(hub, seq): clock.real_unix_s(received_s) for hub, seq, received_s in rows}
    delays = sorted(at_s - clock.real_unix_s(began_unix_s + due_s[key]) for key, at_s in stored_s.items())
    peak = Counter(math.floor(at_s) for at_s in stored_s.values())
    return Storm(
        len(due_s), len(stored_s.keys() & due_s.keys()), max(peak.values(), default=0),
        _quantile(delays, 0.5), _quantile(delays, 0.99), _quantile(delays, 1.0),
        _quantile(sorted((done.sent_s - done.due_s) / clock.speed for done in alerts), 0.99),
        _quantile(sorted((done.stored_s - done.due_s) / clock.speed for done in alerts if done.stored_s), 0.99),
    )  # fmt: skip


def grouping(home: Home, story: Story, now_s: float) -> Grouping:
    """The incidents before supply returns."""
    picture = _look(home, now_s)
    standing = [shown for shown in picture.incidents if not shown.incident.over]
    return Grouping(
        [f"{spell(shown.incident.node)}{'' if shown.incident.whole else ' (part)'}" for shown in standing],
        ["F1", spell(story.fuse_on_f2)],
        _twice(transformers_in(standing)),
        sum(len(shown.off) for shown in standing),
    )


def still_off(home: Home, story: Story, began_unix_s: float, now_s: float) -> StillOff:
    """The list at this moment."""
    picture = _look(home, now_s)
    standing = list(_standing(picture.incidents))
    listed = {off.hub: shown for shown in standing for off in shown.off}
    truth = story.off_at_the_end()
    nested = [shown for shown in standing if shown.incident.parent is not None]
    complete = truth == listed.keys()
    last_s = max((shown.incident.opened_s for shown in nested), default=now_s) if complete else now_s
    with contextlib.closing(book.open_book(home)) as connection:
        asked = connection.execute("SELECT count(*) FROM orders WHERE request GLOB 'outage-[0-9]*'").fetchone()[0]
    return StillOff(
        len(truth), len(listed.keys() & truth), len(truth - listed.keys()), len(listed.keys() - truth),
        last_s - began_unix_s - RETURNS_S, int(asked),
        [f"{spell(s.incident.node)}{'' if s.incident.whole else ' (part)'}: {len(s.off)}" for s in nested],
        _twice([node for shown in standing for node in sorted({off.place[:3] for off in shown.off})]),
    )  # fmt: skip


def lost(home: Home, outcomes: Sequence[Outcome]) -> Lost:
    """What a hub said and the book has not."""
    said = {(done.hub, done.lane, done.seq) for outcome in outcomes for done in outcome.messages}
    with contextlib.closing(book.open_book(home)) as connection:
        stored = {tuple(row) for row in connection.execute("SELECT hub, lane, seq FROM inbound")}
        sales = connection.execute("SELECT final FROM orders WHERE cmd = 'vend'").fetchall()
    return Lost(len(said), len(said - stored), len(sales), sum(not row[0] for row in sales))


def _look(home: Home, now_s: float) -> Picture:
    with contextlib.closing(book.open_book(home)) as connection:
        return look(connection, now_s, home.config().outages)


def _standing(incidents: Iterable[Shown]) -> Iterable[Shown]:
    for shown in incidents:
        if not shown.incident.over:
            yield shown
        yield from _standing(shown.nested)


def _twice(nodes: list[tuple[str, ...]]) -> int:
    return sum(count > 1 for count in Counter(nodes).values())


def _quantile(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 4) if ordered else 0.0
