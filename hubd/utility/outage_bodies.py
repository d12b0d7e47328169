"""What the last-gasp rules decide, in the words of the WAN. Pure."""

from dataclasses import dataclass
from typing import Literal

from hubd.model.stamp import Stamp, TimeTrust
from hubd.power.brown_out import BrownOutBegan, BrownOutEnded
from hubd.power.outage import LossBegan
from hubd.power.outage_effects import RecordMomentary, SendAlert, SendRestored
from hubd.power.rules import EVENT_CLOSES_S
from hubd.utility.supply_config import SupplyTable
from hubd.wan.messages import When
from hubd.wan.supply_messages import (
    AlertDetail,
    Began,
    BrownOutBody,
    OutageAlertBody,
    OutageMomentaryBody,
    OutageRestoredBody,
)

THREE_MINUTES_S = 180.0

Duration = Literal["under_3_min", "3_min_or_more", "unknown"]


@dataclass(frozen=True, slots=True)
class Place:
    """What every message of the supply says of the hub."""

    table: SupplyTable

    def alert(self, effect: SendAlert, failure: str | None, detail: AlertDetail | None, at: Stamp) -> OutageAlertBody:
        """An alert, as it is at `at`. A hub at a transformer says more."""
        return OutageAlertBody(
            outage=effect.outage_id,
            claim=effect.kind.value,
            began=_began(effect.began, effect.since_first_s, None, at),
            off_for_s=effect.off_for_s,
            operations=effect.operations,
            attempt=effect.attempt,
            hub_class=self.table.hub_class,
            topology=self.table.topology,
            since_first_s=effect.since_first_s,
            failure=failure,
            detail=detail if self.table.hub_class == "transformer" else None,
        )

    def restored(self, effect: SendRestored, up_for_s: float, at: Stamp) -> OutageRestoredBody:
        """A restoration: supply has been back for a minute at `at`. `up_for_s`: since the program's start."""
        ended = Stamp(at.unix_s - EVENT_CLOSES_S, at.trust)
        since_first_s = None if effect.lasted_s is None else effect.lasted_s + EVENT_CLOSES_S
        began = _began(effect.began, since_first_s, up_for_s, at)
        return OutageRestoredBody(
            outage=effect.outage_id,
            began=began,
            ended=_when(ended),
            operations=effect.operations,
            alert_sent=effect.alert_sent,
            duration=_duration(effect.lasted_s, began, ended),
            hub_class=self.table.hub_class,
            topology=self.table.topology,
            sentinel=self.table.sentinel,
            lasted_s=effect.lasted_s,
            failure=effect.failure,
        )

    def momentary(self, effect: RecordMomentary, up_for_s: float, at: Stamp) -> OutageMomentaryBody:
        """A momentary event: supply has been back for a minute at `at`."""
        since_first_s = None if effect.lasted_s is None else effect.lasted_s + EVENT_CLOSES_S
        return OutageMomentaryBody(
            outage=effect.outage_id,
            began=_began(effect.began, since_first_s, up_for_s, at),
            operations=effect.operations,
            hub_class=self.table.hub_class,
            topology=self.table.topology,
            lasted_s=effect.lasted_s,
            failure=effect.failure,
        )

    def brown_out(self, name: str, effect: BrownOutBegan | BrownOutEnded) -> BrownOutBody:
        """The beginning or the end of a brown-out."""
        where = (self.table.hub_class, self.table.topology)
        if isinstance(effect, BrownOutBegan):
            return BrownOutBody(name, "began", round(effect.for_s, 3), round(effect.supply_pu, 3), *where)
        lasted_s, least_pu = round(effect.lasted_s, 3), round(effect.least_pu, 3)
        return BrownOutBody(name, "ended", lasted_s, least_pu, *where, became_loss=effect.became_loss)


def _began(began: LossBegan, since_first_s: float | None, up_for_s: float | None, at: Stamp) -> Began:
    """As it was stamped; reckoned back from now where the clock was not right then, and is by now: the first loss by
    the time since, the end of an unseen interval, which is the program's start, by the time that it has run.
    """
    earliest, latest = _when(began.earliest), _when(began.latest)
    if at.trust is TimeTrust.UNSYNCED or began.latest.trust is not TimeTrust.UNSYNCED:
        return Began(earliest, latest)
    if began.earliest == began.latest:
        moment = latest if since_first_s is None else When(round(at.unix_s - since_first_s, 3), at.trust)
        return Began(moment, moment)
    return Began(earliest, latest if up_for_s is None else When(round(at.unix_s - up_for_s, 3), at.trust))


def _duration(lasted_s: float | None, began: Began, ended: Stamp) -> Duration:
    """GB splits restorations at three minutes. By the monotonic clock, else by wall times that are both believed."""
    if lasted_s is not None:
        return _class(lasted_s)
    trusts = {began.earliest.trust, began.latest.trust, ended.trust}
    if TimeTrust.UNSYNCED in trusts:
        return "unknown"
    shortest, longest = (_class(ended.unix_s - moment.unix_s) for moment in (began.latest, began.earliest))
    return shortest if shortest == longest else "unknown"


def _class(lasted_s: float) -> Duration:
    return "3_min_or_more" if lasted_s >= THREE_MINUTES_S else "under_3_min"


def _when(stamp: Stamp) -> When:
    return When(round(stamp.unix_s, 3), stamp.trust)
