"""A card that takes nothing for a while."""

from hubd.store.journal import Journal


async def fill(journal: Journal) -> None:
    """From now on SQLite refuses every write."""
    await journal.read(lambda c: c.execute("PRAGMA query_only = ON") and None)


async def make_room(journal: Journal) -> None:
    """It takes them again."""
    await journal.read(lambda c: c.execute("PRAGMA query_only = OFF") and None)
