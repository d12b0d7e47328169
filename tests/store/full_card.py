"""A journal on a card that is full, as SQLite sees it."""

from hubd.store.journal import Journal


async def fill(journal: Journal) -> None:
    """SQLite takes no page more than it has."""
    pages = await journal.read(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
    await journal.read(lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchone())


async def make_room(journal: Journal) -> None:
    """There is room again."""
    await journal.read(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchone())
