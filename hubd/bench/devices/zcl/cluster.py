"""Clusters of a virtual device as values: attributes to read, commands to answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hubd.bench.devices.zcl.data_type import DataType, Value
from hubd.bench.devices.zcl.status import Status


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute. `read` gives its value now; `write`, where it stands, takes a new one and says how it went."""

    id: int
    kind: DataType
    read: Callable[[], Value]
    reportable: bool = False
    write: Callable[[Value], Status] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command handler answers. With a `command`: that cluster-specific command and its payload;
    without: a Default Response of `status`. `then` are further commands (id, payload) sent after it by the device's
    own initiative.
    """

    command: int | None = None
    payload: bytes = b""
    status: Status = Status.SUCCESS
    then: tuple[tuple[int, bytes], ...] = ()


Handler = Callable[[bytes, float], Reply]
"""(payload, unix_s) to the reply. A WireError it raises becomes MALFORMED_COMMAND."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster the device serves. `secured`: unsecured frames are dropped and counted, its own are secured.
    `heard`: what it takes as the client of the other side, where it is that too.
    """

    id: int
    attributes: tuple[Attribute, ...] = ()
    commands: Mapping[int, Handler] = field(default_factory=dict)
    heard: Mapping[int, Handler] = field(default_factory=dict)
    secured: bool = False

    def attribute(self, attribute_id: int) -> Attribute | None:
        """The attribute of that id, or None."""
        return next((one for one in self.attributes if one.id == attribute_id), None)
