"""The grid's file: which hubs hang where, and which devices lose their power with them."""

from dataclasses import dataclass, field
from pathlib import Path

from hubd.configuration import load_toml
from hubd.errors import ConfigurationError


@dataclass(frozen=True)
class HubTable:
    """One `[[hub]]`. `airs`: control sockets of virtual coordinators whose mains devices hang on the same supply."""

    name: str
    topology: str
    mains_pin: int
    mains_on_high: bool = True
    airs: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class GridFile:
    """The whole file. `clock_factor`: how much faster than real time the stories are played."""

    pins: Path
    console: Path
    hub: list[HubTable]
    clock_factor: float = 1.0


def load(path: Path) -> GridFile:
    """Read and check the file. Raises ConfigurationError."""
    grid = load_toml(path, GridFile)
    names = [hub.name for hub in grid.hub]
    if not names or len(set(names)) != len(names):
        raise ConfigurationError(f"{path}: a grid needs at least one [[hub]], each with a name of its own")
    if grid.clock_factor <= 0:
        raise ConfigurationError(f"{path}: clock_factor is {grid.clock_factor:g}: above 0")
    return grid
