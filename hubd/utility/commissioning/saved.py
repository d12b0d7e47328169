"""A way on disk and back. Its times stay behind: they belong to the process that is gone (pure)."""

from dataclasses import replace

import msgspec

from hubd.utility.commissioning.way import Way


def encode(way: Way) -> bytes:
    """As JSON; it holds no code and no token."""
    return msgspec.json.encode(replace(way, asked=False, ends_at_s=None, ask_at_s=None))


def decode(octets: bytes) -> Way:
    """The reverse. Raises msgspec.DecodeError for what an other version wrote."""
    return msgspec.json.decode(octets, type=Way)


def decode_if_readable(octets: bytes) -> Way | None:
    """The reverse of `encode`; None for what an other version wrote."""
    try:
        return decode(octets)
    except msgspec.DecodeError:
        return None
