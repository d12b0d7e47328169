"""Voltages: the MCP3008 through gpiozero's mock SPI, the ADS1115 through its registers."""

from collections.abc import Iterator
from typing import Any

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory, MockSPIDevice

from hubd.errors import ConfigurationError, LinkError
from hubd.power.voltage_adc import Ads1115Voltmeter, LinuxI2c, Mcp3008Voltmeter


class Mcp3008(MockSPIDevice):  # type: ignore[misc]
    """Answers as the chip does: start bit, single-ended, three bits of channel, then a null bit and ten bits."""

    def __init__(self, factory: MockFactory) -> None:
        super().__init__(11, 10, 9, 8, pin_factory=factory)
        self.counts = dict.fromkeys(range(8), 0)

    def on_bit(self) -> None:
        bits = [int(bit) for bit in self.rx_buf]
        start = bits.index(1) if 1 in bits else len(bits)
        if len(bits) == start + 5:
            assert bits[start + 1] == 1
            channel = (bits[start + 2] << 2) | (bits[start + 3] << 1) | bits[start + 4]
            self.tx_word(self.counts[channel], 12)


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    before, made = gpiozero.Device.pin_factory, MockFactory()
    gpiozero.Device.pin_factory = made
    yield made
    made.reset()
    gpiozero.Device.pin_factory = before


@pytest.mark.parametrize(("counts", "volts"), [(0, 0.0), (512, 3.3 * 2 / 2), (1023, 3.3 * 2)])
def test_an_mcp3008_gives_the_voltage_before_the_divider(factory: MockFactory, counts: int, volts: float):
    chip = Mcp3008(factory)
    chip.counts[3] = counts
    meter = Mcp3008Voltmeter(3, 3.3, 2.0, clock_pin=11, mosi_pin=10, miso_pin=9, select_pin=8, pin_factory=factory)
    assert meter.volts() == pytest.approx(volts, abs=0.01)
    meter._device.close()
    with pytest.raises(LinkError, match="MCP3008"):
        meter.volts()


class Ads1115:
    """The chip's two registers, at `volts` on each input."""

    def __init__(self, volts: dict[int, float], busy: int = 1) -> None:
        self.volts = volts
        self.busy = busy
        self._config = 0
        self._pointer = 0

    def write(self, octets: bytes) -> None:
        self._pointer = octets[0]
        if len(octets) == 3:
            self._config = int.from_bytes(octets[1:], "big")
            assert self._config & 0x8000
            assert self._config & 0x0E00 == 0x0200

    def read(self, length: int) -> bytes:
        if self._pointer == 1:
            self.busy -= 1
            return (self._config & 0x7FFF | (0x8000 if self.busy < 0 else 0)).to_bytes(length, "big")
        mux = (self._config >> 12) & 7
        assert mux >= 4
        return round(self.volts[mux - 4] / 4.096 * 32_768).to_bytes(length, "big", signed=True)


def test_an_ads1115_gives_the_voltage_before_the_divider():
    chip = Ads1115({0: 2.5, 2: -0.01})
    assert Ads1115Voltmeter(chip, 0, 2.0).volts() == pytest.approx(5.0, abs=0.001)
    assert Ads1115Voltmeter(chip, 2, 2.0).volts() == 0.0


def test_an_ads1115_that_never_finishes_or_is_not_there_is_a_lost_link():
    with pytest.raises(LinkError, match="did not finish"):
        Ads1115Voltmeter(Ads1115({0: 1.0}, busy=100), 0, 1.0).volts()

    class Gone:
        def write(self, octets: bytes) -> None:
            raise OSError(121, "Remote I/O error")

        def read(self, length: int) -> bytes:
            raise OSError(121, "Remote I/O error")

    with pytest.raises(LinkError, match="Remote I/O"):
        Ads1115Voltmeter(Gone(), 0, 1.0).volts()


def test_a_bus_that_is_not_there_is_refused_with_the_cure(tmp_path: Any):
    with pytest.raises(ConfigurationError, match="enable I2C"):
        LinuxI2c(1, 0x48, tmp_path)
