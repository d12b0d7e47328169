"""Which hub speaks when: a share of the spread that is the hub's own for this outage, the same at every try."""

import hashlib


def share(hub: str, outage_id: str) -> float:
    """A number from 0 up to, not including, 1, even over hubs and over outages.

    It comes from a hash, not from chance: a hub that starts again in the middle of its wait keeps its place.
    """
    digest = hashlib.sha256(f"{hub}/{outage_id}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
