"""What happens on the utility HAN, as the radio session tells it."""

from dataclasses import dataclass, field

from hubd.model.identity import Eui64
from hubd.model.metering import MeterReading
from hubd.model.topup import PrepaymentState


@dataclass(frozen=True, slots=True)
class Mirror:
    """A sleeping meter's mirror at the hub: the endpoint it reports to, the form in which it is told what waits
    (NotificationScheme), and how often it said that it reports.
    """

    endpoint: int
    scheme: int
    reports_every_s: int


@dataclass(frozen=True, slots=True)
class RadioUp:
    """The coordinator runs and the network is formed. `coordinator` is its IEEE address."""

    coordinator: Eui64


@dataclass(frozen=True, slots=True)
class RadioLost:
    """The radio session ended; it is being rebuilt. `reason` is for people."""

    reason: str


@dataclass(frozen=True, slots=True)
class DeviceArrived:
    """A device is on the network; it is being interviewed, and cannot be spoken to yet."""

    device: Eui64


@dataclass(frozen=True, slots=True)
class RadioForeign:
    """A radio is there, and it is not the one of this hub's network: it was left alone. `reason` is for people."""

    bound: Eui64
    found: Eui64
    reason: str


@dataclass(frozen=True, slots=True)
class DeviceInterviewed:
    """The network knows the device's endpoints. Smart Energy waits for the key; DeviceJoined says when it may go."""

    device: Eui64


@dataclass(frozen=True, slots=True)
class DeviceJoined:
    """A device joined and was interviewed; it can be spoken to."""

    device: Eui64


@dataclass(frozen=True, slots=True)
class KeyEstablished:
    """The hub and a device made a link key with their certificates; the radio holds it. `suite`: 1 or 2;
    `took_s`: from the first certificate to the key in the radio, both sides' arithmetic and waiting in it.
    """

    device: Eui64
    suite: int
    took_s: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class KeyEstablishmentFailed:
    """An attempt ended without a key; what was agreed before stands. `reason` is for people.

    `status` is the cluster's own (an unknown one as its number), None where no Terminate was sent or received;
    `retry_in_s`: another attempt follows by itself.
    """

    device: Eui64
    reason: str
    status: int | None = None
    retry_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class KeyInDoubt:
    """A key that was established is worth nothing, or seems so; it is to be made anew. `reason` is for people."""

    device: Eui64
    reason: str


@dataclass(frozen=True, slots=True)
class OwnCertificateUnusable:
    """The hub's own certificate does not go with its key or its authority: no device can make a key with it."""

    reason: str


@dataclass(frozen=True, slots=True)
class FrameBeforeKeyRefused:
    """A Smart Energy frame came from a device with which no key was established. It was dropped unread."""

    device: Eui64
    cluster_id: int


@dataclass(frozen=True, slots=True)
class DeviceLeft:
    """A device left the network."""

    device: Eui64


@dataclass(frozen=True, slots=True)
class Heard:
    """A Smart Energy frame of the device came, whatever it says: under its link key, so nobody else's."""

    device: Eui64


@dataclass(frozen=True, slots=True)
class Reported:
    """A device reported values by itself (attribute reports), decoded."""

    device: Eui64
    reading: MeterReading | None = None
    prepayment: PrepaymentState | None = None


@dataclass(frozen=True, slots=True)
class UnsecuredFrameRefused:
    """A Smart Energy frame came without APS security. It was dropped unread."""

    device: Eui64
    cluster_id: int


@dataclass(frozen=True, slots=True)
class UnlistedDeviceRefused:
    """A device that nobody admitted showed up on the network; it was told to leave."""

    device: Eui64


HanEvent = (
    RadioUp
    | RadioLost
    | RadioForeign
    | DeviceInterviewed
    | DeviceJoined
    | KeyEstablished
    | KeyEstablishmentFailed
    | KeyInDoubt
    | OwnCertificateUnusable
    | FrameBeforeKeyRefused
    | DeviceArrived
    | DeviceLeft
    | Heard
    | Reported
    | UnsecuredFrameRefused
    | UnlistedDeviceRefused
)
