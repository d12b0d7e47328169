"""Lines out of a stream of bytes that may hold anything. Pure."""

from hubd.feed.frames import MAX_FRAME_BYTES


class Lines:
    """Splits at newlines. What is too long for a frame is thrown away up to the next newline and counted."""

    def __init__(self) -> None:
        self._begun = bytearray()
        self._too_long = False
        self.overlong = 0
        """Lines thrown away so far."""

    def feed(self, octets: bytes) -> list[bytes]:
        """The lines that end in these bytes, newlines included, none longer than a frame may be."""
        *ended, begun = octets.split(b"\n")
        lines = [line for part in ended if (line := self._end(part)) is not None]
        self._continue(begun)
        return lines

    def forget(self) -> None:
        """The stream broke off: a line that was begun will not be ended by what comes next."""
        self._begun.clear()
        self._too_long = False

    def _continue(self, octets: bytes) -> None:
        if not self._too_long:
            self._begun += octets
        if len(self._begun) >= MAX_FRAME_BYTES:
            self._begun.clear()
            self._too_long = True

    def _end(self, octets: bytes) -> bytes | None:
        self._continue(octets)
        line, too_long = bytes(self._begun) + b"\n", self._too_long
        self.forget()
        if too_long:
            self.overlong += 1
            return None
        return line
