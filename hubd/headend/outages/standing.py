"""An incident: one cause of many losses, as far as it is known. Pure."""

from dataclasses import dataclass

from hubd.headend.outages.evidence import Rules
from hubd.headend.outages.network import Path


@dataclass(frozen=True, slots=True)
class Incident:
    """`after_s`: of a nested one, when supply returned around it. `returned_s`: when supply first came back under it,
    `returned_told_s` when that was heard. `into`: the incident it turned out to be part of. Unix seconds.
    """

    number: int
    node: Path
    whole: bool
    began_s: float
    opened_s: float
    parent: int | None = None
    after_s: float | None = None
    returned_s: float | None = None
    returned_told_s: float | None = None
    closed_s: float | None = None
    into: int | None = None

    @property
    def over(self) -> bool:
        """Nothing more belongs to it."""
        return self.closed_s is not None or self.into is not None

    @property
    def placed(self) -> bool:
        """Supply has begun to return: the place stands."""
        return self.returned_s is not None

    def moment_s(self, after_s: float, rules: Rules) -> float:
        """So long after supply returned; where the first word of it came late, reckoned back from that."""
        assert self.returned_s is not None
        assert self.returned_told_s is not None
        return max(self.returned_s, self.returned_told_s - rules.stable_s) + after_s
