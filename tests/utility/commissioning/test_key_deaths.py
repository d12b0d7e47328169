"""Deaths inside a real key establishment: the exchange begins anew, and hub and meter end with one key (R6, R14)."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hubd.model.identity import eui64_octets
from hubd.zigbee.cbke.suite import Suite

from .hub import MortalHub
from .one_meter import ADDRESS, admission, bodies, hub_with, token, trial

ON_THE_WIRE = eui64_octets(ADDRESS)[::-1]


def node(hub: MortalHub):
    return next(each for each in hub.coordinator.air.nodes.values() if each.device.ieee == ADDRESS)


def key_in_the_radio(hub: MortalHub) -> bytes | None:
    return hub.coordinator.coordinator.trust.link_key(ON_THE_WIRE)


def is_written_down(hub: MortalHub) -> bool:
    file = hub.folder / "zigbee.keys.json"
    return file.exists() and ADDRESS in json.loads(file.read_bytes())


def is_made(hub: MortalHub) -> bool:
    """The radio holds a key, and it is not that of the install code."""
    key, joined_with = key_in_the_radio(hub), node(hub).install_code_key
    return key is not None and joined_with is not None and key != joined_with.reveal()


def in_the_middle(hub: MortalHub) -> bool:
    return node(hub).key_maker._state.exchange is not None and not is_made(hub)


def put_into_the_radio(hub: MortalHub) -> bool:
    return is_made(hub) and not is_written_down(hub)


def written_down(hub: MortalHub) -> bool:
    """The journal does not know of it."""
    return is_written_down(hub) and not hub.on_disk(ADDRESS).get("keyed")


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("moment", [in_the_middle, put_into_the_radio, written_down])
async def test_a_death_while_a_key_is_made_costs_an_exchange_and_no_visit_r6_r14(
    tmp_path: Path, moment: Callable[[MortalHub], bool]
) -> None:
    hub, meter = hub_with(tmp_path, admission(), trial(token(6_700_000)), suite=Suite.ONE)
    try:
        async with hub.living(dies_at_once_when=lambda: moment(hub)) as life:
            assert not await hub.until(life, lambda: hub.place(ADDRESS).startswith("clock_check"))
        just_written = moment is put_into_the_radio and written_down(hub)  # the file was in its thread already
        assert moment(hub) or just_written, "it died in that very moment"
        async with hub.living() as life:
            assert await hub.until(life, lambda: (g := life.visits.guest(ADDRESS)) and g.way.done, 60.0)
        agreed = node(hub).key_maker.key
        assert agreed is not None
        assert agreed.reveal() == key_in_the_radio(hub)
        assert is_written_down(hub)
        assert [row["amount_e5"] for row in meter.view()["accepted"]] == [0]  # type: ignore[attr-defined]
        assert len(bodies(hub, "event", name="commissioned")) == 1
    finally:
        hub.coordinator.close()
