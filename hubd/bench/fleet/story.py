"""What happens to the fleet's grid, and to whom: a lock-out of a feeder, its return, and faults that stay under it.

Feeder F1 has all the hubs that are asked for, feeder F2 a few per cent beside it, which keep their supply but for one
transformer. Seconds of the story; the recloser's times are the standard ones of a British network operator.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hubd.headend.outages.network import Level, Path

HOUSES = 40
"""Houses at a transformer, besides the hub at the transformer itself; a quarter of it in a small fleet."""
SMALL = 2_000
TRANSFORMERS_A_SPUR = 12
TRIPS = ((0.0, 5.0), (5.1, 10.1), (10.2, 15.2))
"""Off and on again, while the recloser tries."""
LOCKED_OUT_S = 17.2
RETURNS_S = 220.0
"""Supply comes back to the feeder, after 203 s: two thirds of the hubs live so long on their capacitors."""
FUSE_ON_F2_S = 30.0
ENDS_S = RETURNS_S + 300.0
"""Until then every hub still off must be listed (R44)."""

Edges = tuple[tuple[float, bool], ...]
"""When supply changes, and to what."""


@dataclass(frozen=True, slots=True)
class Story:
    """Where every hub hangs, and the nodes that stay off when the feeder returns."""

    places: dict[str, Path]
    staying_off: tuple[Path, ...]
    fuse_on_f2: Path

    def edges(self, hub: str) -> Edges:
        """What the hub's supply does."""
        place = self.places[hub]
        if place[0] == "F2":
            return ((FUSE_ON_F2_S, False),) if _under(place, self.fuse_on_f2) else TRIP_ON_F2
        trips = tuple(edge for off_s, on_s in TRIPS for edge in ((off_s, False), (on_s, True)))
        edges = (*trips, (LOCKED_OUT_S, False))
        return edges if self.stays_off(place) else (*edges, (RETURNS_S, True))

    def stays_off(self, place: Path) -> bool:
        """Whether a fault stays below the feeder when that returns."""
        return any(_under(place, node) for node in self.staying_off)

    def off_at_the_end(self) -> set[str]:
        """The truth: hubs without supply."""
        return {hub for hub, place in self.places.items() if self.stays_off(place) or _under(place, self.fuse_on_f2)}

    def on_throughout(self) -> list[str]:
        """Hubs that keep their supply: who buys credit during the storm."""
        return [hub for hub, place in self.places.items() if place[0] == "F2" and not _under(place, self.fuse_on_f2)]


TRIP_ON_F2: Edges = ((50.0, False), (50.4, True))
"""A flicker: momentary, and nobody must hear of an outage."""


def story_of(hubs: int) -> Story:
    """So many hubs on F1, in equal transformers on equal spurs, and a twenty-fifth as many on F2."""
    houses = HOUSES if hubs >= SMALL else HOUSES // 4
    places = dict(_feeder("F1", "a", hubs, houses))
    places.update(_feeder("F2", "b", max(hubs // 25, 2 * (houses + 1)), houses))
    transformers = sorted({place[:3] for place in places.values() if place[0] == "F1"})
    whole_spur = transformers[-1][:2]
    others = [node for node in transformers if node[:2] != whole_spur]
    fuses = others[:: max(len(others) // 6, 4)]
    lone = [(*node, f"h{number % houses}") for number, node in enumerate(others[2::7]) if node not in fuses]
    staying = (whole_spur, *fuses, *(house for house in lone if house in set(places.values())))
    return Story(places, staying, min(place[:3] for place in places.values() if place[0] == "F2"))


def _feeder(name: str, letter: str, hubs: int, houses: int) -> Iterator[tuple[str, Path]]:
    spurs = max(hubs // (houses + 1) // TRANSFORMERS_A_SPUR, 2)
    for number in range(hubs):
        transformer, house = divmod(number, houses + 1)
        node = (name, f"S{transformer % spurs:02d}", f"T{transformer:03d}")
        yield f"{letter}{number:05d}", node if house == 0 else (*node, f"h{house - 1}")


def _under(place: Path, node: Path) -> bool:
    return place[: len(node)] == node


def is_transformers(place: Path) -> bool:
    """Whether it is the place of a hub at a transformer."""
    return len(place) == Level.TRANSFORMER


def is_sentinel(place: Path) -> bool:
    """The first house of a transformer says at once that supply is back, as does the hub at the transformer."""
    return is_transformers(place) or place[-1] == "h0"
