"""A sender on the air, with the numbers that every layer of it counts."""

from dataclasses import dataclass

from hubd.bench.capture.nwk import Sender


@dataclass(slots=True)
class Station:
    """`octets` is its IEEE address in wire order. One frame counter serves NWK and APS security: all that matters is
    that it never repeats under a key.
    """

    octets: bytes
    nwk: int
    frame_counter: int = 0
    mac_sequence: int = 0
    nwk_sequence: int = 0
    aps_counter: int = 0

    def next_mac(self) -> int:
        """The MAC sequence number of its next frame."""
        self.mac_sequence = (self.mac_sequence + 1) & 0xFF
        return self.mac_sequence

    def next_aps(self) -> int:
        """The APS counter of its next frame."""
        self.aps_counter = (self.aps_counter + 1) & 0xFF
        return self.aps_counter

    def next_frame_counter(self) -> int:
        """The security counter of its next secured frame."""
        self.frame_counter += 1
        return self.frame_counter

    def sender(self) -> Sender:
        """The numbers of its next NWK frame."""
        self.nwk_sequence = (self.nwk_sequence + 1) & 0xFF
        return Sender(self.octets, self.nwk, self.nwk_sequence, self.next_frame_counter())
