"""What an independent decoder says of a capture of a visit: the checks of `make oracle`."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hubd.bench.capture import pcap, tshark

TOP_UP_CODE = "zbee_zcl_se.pp.consumer_top_up.top_up_code"
_INFO, _MALFORMED, _CLUSTER, _PROFILE = "_ws.col.Info", "_ws.malformed", "zbee_aps.cluster", "zbee_aps.profile"
_SMART_ENERGY = "0x0109"
_KEY_ESTABLISHMENT = 0x0800


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    good: bool
    found: str


def examine(capture: Path, meter: str, sold: str) -> Iterator[Finding]:
    """Look at a capture whose keys stand beside it. `meter` is the IEEE address of a meter that was sold the code
    `sold`.
    """
    keys = tshark.keys_beside(capture)
    rows = tshark.read(capture, [_INFO, _MALFORMED, _CLUSTER, _PROFILE], keys)
    written = len(pcap.packets(capture.read_bytes(), capture)[0])
    yield Finding("every packet is read", len(rows) == written > 0, f"{len(rows)} of {written}")
    malformed = [row[_INFO] for row in rows if row[_MALFORMED]]
    yield Finding("no field is malformed", not malformed, _some(malformed))
    closed = [row[_INFO] for row in rows if "Encrypted" in row[_INFO]]
    yield Finding("with all keys nothing stays closed", not closed, _some(closed))
    energy = [row for row in rows if row[_PROFILE] == _SMART_ENERGY and not row[_INFO].startswith("APS: Ack")]
    named = [row for row in energy if row[_INFO].startswith("ZCL") or "(fragment" in row[_INFO]]
    found = ", ".join(
        f"{count} of {cluster}" for cluster, count in sorted(Counter(r[_CLUSTER] for r in energy).items())
    )
    yield Finding("every Smart Energy frame is decoded", len(named) == len(energy) > 0, found)
    yield from _secrecy(capture, meter, sold)


def _secrecy(capture: Path, meter: str, sold: str) -> Iterator[Finding]:
    """Under which keys a top-up can be read."""
    network = tshark.keys_beside(capture, "network key")
    own = tshark.keys_beside(capture, f"link key with {meter}")
    opened = tshark.read(capture, [TOP_UP_CODE], network, only=TOP_UP_CODE)
    closed = tshark.read(capture, [_INFO], network, only=_under_the_link_key(0x0705))
    yield Finding(
        "with the network key alone a top-up stays opaque",
        not opened and len(closed) > 0,
        f"{len(opened)} codes read; {len(closed)} frames of Prepayment closed",
    )
    established = tshark.read(
        capture, [_INFO], tshark.keys_beside(capture), only=f"zbee_aps.cluster == {_KEY_ESTABLISHMENT}"
    )
    before, last = own[:-1], own[-1:]
    yield Finding("a key was established", len(established) > 0, f"{len(established)} frames of Key Establishment")
    early = tshark.read(capture, [TOP_UP_CODE], network + before, only=TOP_UP_CODE)
    yield Finding(
        "with the key of joining beside it, it still does",
        bool(before) and not early,
        f"{len(before)} keys, {len(early)} codes read",
    )
    read = tshark.read(capture, [TOP_UP_CODE], network + last, only=TOP_UP_CODE)
    codes = {bytes.fromhex(row[TOP_UP_CODE].replace(":", "")).decode("ascii", "replace") for row in read}
    found = f"{len(read)} codes read, the one that was sold {'is' if sold in codes else 'is NOT'} among them"
    yield Finding("with the key from key establishment it is read", sold in codes, found)


def _under_the_link_key(cluster: int) -> str:
    return f"zbee_aps.cluster == {cluster} && zbee_aps.security == 1 && !zbee_zcl && zbee_aps.type == 0"


def _some(rows: list[str]) -> str:
    return "none" if not rows else f"{len(rows)}: {'; '.join(rows[:3])}"
