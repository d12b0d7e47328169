"""A virtual meter on a bare table: frames in, frames out."""

from collections.abc import Callable
from typing import Any

import pytest

from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.electricity_meter import ElectricityMeter
from hubd.bench.devices.zcl import Header
from hubd.bench.devices.zcl.header import decode_header

NOW = 1_764_028_800.0  # 2025-11-25 00:00 UTC
PREPAYMENT = {
    "pan": "600727000000000009",
    "vending_key": "abababababababab949494949494949401234567",
    "sgc": "123457",
    "krn": 1,
    "kt": 2,
    "ti": "01",
    "base": 1993,
}


class Air:
    """One meter, spoken to as the coordinator does."""

    def __init__(self, meter: ElectricityMeter) -> None:
        self.meter = meter
        self.now = NOW
        self.meter.on_time(self.now)

    def send(self, cluster: int, header: Header, payload: bytes = b"", secured: bool = True) -> list[ApsFrame]:
        return self.meter.on_frame(ApsFrame(0x0109, cluster, 1, 1, header.encode() + payload, secured), self.now)

    def command(self, cluster: int, command: int, payload: bytes = b"") -> tuple[int, bytes]:
        """Command and payload of the first answer."""
        answer = self.send(cluster, Header(7, command, cluster_specific=True), payload)[0]
        header, body = decode_header(answer.data)
        assert answer.secured
        assert header.tsn == 7
        return header.command, body

    def read(self, cluster: int, attribute: int) -> bytes:
        """The octets of one attribute behind its type."""
        [answer] = self.send(cluster, Header(7, 0x00), attribute.to_bytes(2, "little"))
        body = answer.data[3:]
        assert body[2] == 0, f"status {body[2]:#x}"
        return body[4:]

    def top_up(self, digits: str) -> tuple[int, int | None, int | None]:
        """Result, value and credit of Consumer Top Up Response."""
        command, body = self.command(0x0705, 0x04, bytes([0, len(digits)]) + digits.encode())
        assert (command, len(body), body[5]) == (0x03, 10, 0)
        value, credit = (
            None if part == b"\xff" * 4 else int.from_bytes(part, "little", signed=True)
            for part in (body[1:5], body[6:10])
        )
        return body[0], value, credit

    def pass_time(self, seconds: float) -> list[ApsFrame]:
        """Wake the meter whenever it wants; all that it sent."""
        end, sent = self.now + seconds, []
        while (due := self.meter.next_due_unix_s()) is not None and due <= end:
            self.now = max(self.now, due)
            sent += self.meter.on_time(self.now)
        self.now = end
        return sent


@pytest.fixture
def air() -> Callable[..., Air]:
    def make(
        prepayment: dict[str, Any] | None = None, load: dict[str, Any] | None = None, seed: int = 1, **table: Any
    ) -> Air:
        entry: dict[str, Any] = {
            "kind": "electricity_meter",
            "ieee": "00:0d:6f:00:0a:90:69:e7",
            "open": True,
            "prepayment": PREPAYMENT | (prepayment or {}),
            "load": {"curve": "flat", "base_w": 1_000} | (load or {}),
        }
        return Air(ElectricityMeter.from_table(entry | table, seed))

    return make
