"""Names of hubs and devices."""

import re
from typing import NewType

Eui64 = NewType("Eui64", str)
"""A device's IEEE address, most significant octet first: `00:0d:6f:00:0a:90:69:e7`."""

HubId = NewType("HubId", str)
"""A hub's name on the WAN; also the common name of its certificate and a level of its topics."""

_EUI64 = re.compile(r"[0-9a-f]{16}")
_HUB = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")


def parse_eui64(text: str) -> Eui64:
    """The IEEE address written in any usual way (colons, dashes or none; either case). Raises ValueError."""
    digits = re.sub(r"[:\-]", "", text.strip().lower()).removeprefix("0x")
    if not _EUI64.fullmatch(digits):
        raise ValueError(f"{text!r} is not an IEEE address: 16 hexadecimal digits, as 00:0d:6f:00:0a:90:69:e7")
    return Eui64(":".join(digits[i : i + 2] for i in range(0, 16, 2)))


def eui64_octets(address: Eui64) -> bytes:
    """The address as 8 octets, most significant first."""
    return bytes.fromhex(address.replace(":", ""))


def parse_hub_id(text: str) -> HubId:
    """A hub's name: 2 to 40 of a-z, 0-9 and dash (it becomes a topic level). Raises ValueError."""
    if not _HUB.fullmatch(text):
        raise ValueError(f"{text!r} is not a hub's name: 2 to 40 of a-z, 0-9 and -, starting with a letter or digit")
    return HubId(text)
