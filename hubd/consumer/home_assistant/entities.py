"""What a meter shows in Home Assistant: a table of entities, which discovery and states are both made from. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from hubd.consumer.meter import KnownMeter
from hubd.feed.frames import When
from hubd.model.credit_status import CreditStatus
from hubd.model.money import format_e5
from hubd.model.stamp import TimeTrust
from hubd.model.top_up_case import TopUpCase
from hubd.model.top_up_words import WORDS

UNKNOWN = "None"
"""The payload that Home Assistant reads as: no value now."""

Options = dict[str, object]


@dataclass(frozen=True, slots=True)
class Entity:
    """One row. It exists for a meter where `field` of the KnownMeter has been said.

    `key` is the last level of its topic and of its unique id: never change it, or the household's history is lost.
    `text` is asked only where the field is not None.
    """

    key: str
    field: str
    platform: Literal["sensor", "binary_sensor"]
    name: str
    options: Callable[[KnownMeter], Options]
    text: Callable[[KnownMeter], str]
    also_when_away: bool = False
    """Shown while the meter is unavailable too: it tells of the feed and the link, or of something that has happened
    whatever the meter does now."""


def _always(**options: object) -> Callable[[KnownMeter], Options]:
    return lambda meter: options


_ENERGY = _always(dev_cla="energy", stat_cla="total_increasing", unit_of_meas="kWh", sug_dsp_prc=2)


_GAS = _always(dev_cla="gas", stat_cla="total_increasing", unit_of_meas="m³", sug_dsp_prc=2)


def _money(meter: KnownMeter) -> Options:
    # Without a state class: a balance goes up and down, and has no sum to keep statistics of.
    return {"dev_cla": "monetary", "unit_of_meas": meter.currency, "sug_dsp_prc": 2}


def _kwh(wh: int | None) -> str:
    assert wh is not None
    return f"{wh // 1000}.{wh % 1000:03d}"


def _m3(volume_l: int | None) -> str:
    return _kwh(volume_l)  # thousandths, both


def _amount(amount_e5: int | None) -> str:
    assert amount_e5 is not None
    return format_e5(amount_e5)


def _moment(at: When | None) -> str:
    """A time that nobody vouches for is shown as unknown, never as a wrong time (docs/adr/0006)."""
    assert at is not None
    if at.trust is TimeTrust.UNSYNCED:
        return UNKNOWN
    return datetime.fromtimestamp(at.unix_s, UTC).isoformat(timespec="seconds")


def _last_top_up(meter: KnownMeter) -> str:
    """What happened and what to do, in the words that `hubctl` and the seller's receipt have too."""
    return WORDS[TopUpCase(meter.top_up)].both if meter.top_up in list(TopUpCase) else UNKNOWN


ENTITIES = (
    Entity("import", "import_wh", "sensor", "Import", _ENERGY, lambda m: _kwh(m.import_wh)),
    Entity("export", "export_wh", "sensor", "Export", _ENERGY, lambda m: _kwh(m.export_wh)),
    Entity(
        "power",
        "power_w",
        "sensor",
        "Power",
        _always(dev_cla="power", stat_cla="measurement", unit_of_meas="W"),
        lambda m: str(m.power_w),
    ),
    Entity("volume", "volume_l", "sensor", "Gas", _GAS, lambda m: _m3(m.volume_l)),
    Entity("balance", "balance_e5", "sensor", "Balance", _money, lambda m: _amount(m.balance_e5)),
    Entity(
        "emergency_credit",
        "emergency_credit_e5",
        "sensor",
        "Emergency credit",
        _money,
        lambda m: _amount(m.emergency_credit_e5),
    ),
    Entity("debt", "debt_e5", "sensor", "Debt", _money, lambda m: _amount(m.debt_e5)),
    Entity(
        "credit_low",
        "credit_low",
        "binary_sensor",
        "Credit low",
        _always(dev_cla="problem"),
        lambda m: _on_off(m.credit_low is True),
    ),
    Entity(
        "credit_status",
        "credit_status",
        "sensor",
        "Credit status",
        _always(dev_cla="enum", ops=[*map(str, CreditStatus)]),
        lambda m: str(m.credit_status),
    ),
    Entity(
        "credit_until",
        "low_credit_warning",
        "sensor",
        "Credit lasts until",
        _always(dev_cla="timestamp"),
        lambda m: _moment(m.credit_until) if m.low_credit_warning and m.credit_until else UNKNOWN,
    ),
    Entity("last_top_up", "top_up", "sensor", "Last top-up", _always(ic="mdi:cash-check"), _last_top_up, True),
    Entity(
        "last_top_up_at",
        "top_up_at",
        "sensor",
        "Last top-up at",
        _always(dev_cla="timestamp"),
        lambda m: _moment(m.top_up_at),
        also_when_away=True,
    ),
    Entity(
        "supply", "supply", "binary_sensor", "Supply", _always(dev_cla="power"), lambda m: _on_off(m.supply == "on")
    ),
    Entity(
        "supply_state",
        "supply",
        "sensor",
        "Supply state",
        _always(dev_cla="enum", ops=["off", "armed", "on"], ent_cat="diagnostic"),
        lambda m: str(m.supply),
    ),
    Entity(
        "measured_at",
        "measured_at",
        "sensor",
        "Measured at",
        _always(dev_cla="timestamp", ent_cat="diagnostic"),
        lambda m: _moment(m.measured_at),
    ),
    Entity(
        "connection",
        "kind",
        "binary_sensor",
        "Connection",
        _always(dev_cla="connectivity", ent_cat="diagnostic"),
        lambda m: _on_off(m.available),
        also_when_away=True,
    ),
)


def _on_off(on: bool) -> str:
    return "ON" if on else "OFF"


def shown_of(meter: KnownMeter) -> list[Entity]:
    """The entities that this meter has. Export only where the meter has said that it measures export."""
    return [
        entity
        for entity in ENTITIES
        if getattr(meter, entity.field) is not None and (entity.key != "export" or meter.has_export)
    ]
