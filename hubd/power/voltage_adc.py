"""Voltages through an analogue-to-digital converter, behind a divider: the capacitor's, or the supply's.

Reading blocks for up to some milliseconds: call it in a thread.
"""

import fcntl
import os
import time
from pathlib import Path
from typing import Any, Protocol

from hubd.errors import ConfigurationError, LinkError
from hubd.power.mains_pin import load_gpiozero

_I2C_SLAVE = 0x0703
"""ioctl of Linux's i2c-dev (linux/i2c-dev.h)."""
_CONVERSION, _CONFIG = 0x00, 0x01
_START_SINGLE = 0x8183
"""ADS1115 Config register: begin one conversion, single shot, 128 samples a second, comparator off."""
_GAIN_4V096 = 0x0200
_FULL_SCALE_V = 4.096
_READY = 0x8000
_CONVERSION_S = 0.009
_TRIES = 5


class Voltmeter(Protocol):
    """Measures one voltage."""

    def volts(self) -> float:
        """The voltage before the divider. Raises LinkError where the converter does not answer."""


class Mcp3008Voltmeter:
    """Channel 0 to 7 of an MCP3008 on SPI, through gpiozero. 10 bits of `reference_v`."""

    def __init__(self, channel: int, reference_v: float, divider: float, **spi: Any) -> None:
        self._factor = reference_v * divider
        try:
            self._device = load_gpiozero().MCP3008(channel, **spi)
        except ConfigurationError:
            raise
        except Exception as error:
            raise ConfigurationError(
                f"supply: the MCP3008 cannot be used: {error}. Cure: enable SPI, and see that its pins are free"
            ) from None

    def volts(self) -> float:
        """The voltage before the divider."""
        try:
            return float(self._device.value) * self._factor
        except Exception as error:
            raise LinkError(f"the MCP3008 does not answer: {error}") from None


class I2cDevice(Protocol):
    """One device on an I2C bus."""

    def write(self, octets: bytes) -> None:
        """One write transfer."""

    def read(self, length: int) -> bytes:
        """One read transfer."""


class Ads1115Voltmeter:
    """Input 0 to 3 of an ADS1115 against ground, at 4.096 V full scale, one conversion at a time."""

    def __init__(self, device: I2cDevice, channel: int, divider: float) -> None:
        self._device = device
        self._config = _START_SINGLE | _GAIN_4V096 | (0x4000 + (channel << 12))
        self._divider = divider

    def volts(self) -> float:
        """The voltage before the divider."""
        try:
            self._device.write(bytes((_CONFIG,)) + self._config.to_bytes(2, "big"))
            self._wait_until_ready()
            self._device.write(bytes((_CONVERSION,)))
            raw = int.from_bytes(self._device.read(2), "big", signed=True)
        except OSError as error:
            raise LinkError(f"the ADS1115 does not answer: {error}") from None
        return max(raw, 0) * _FULL_SCALE_V / 32_768 * self._divider

    def _wait_until_ready(self) -> None:
        for _ in range(_TRIES):
            time.sleep(_CONVERSION_S)
            self._device.write(bytes((_CONFIG,)))
            if int.from_bytes(self._device.read(2), "big") & _READY:
                return
        raise LinkError(f"the ADS1115 did not finish a conversion within {_TRIES * _CONVERSION_S:g} s")


class LinuxI2c:
    """`/dev/i2c-<bus>`, one address. Raises ConfigurationError where it cannot be opened."""

    def __init__(self, bus: int, address: int, folder: Path = Path("/dev")) -> None:
        path = folder / f"i2c-{bus}"
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            fcntl.ioctl(self._fd, _I2C_SLAVE, address)
        except OSError as error:
            raise ConfigurationError(
                f"supply: {path}, address 0x{address:02x}: {error.strerror}. Cure: enable I2C, and put the user into "
                "the group i2c"
            ) from None

    def write(self, octets: bytes) -> None:
        """One write transfer."""
        os.write(self._fd, octets)

    def read(self, length: int) -> bytes:
        """One read transfer."""
        return os.read(self._fd, length)
