"""zigpy's own database: the devices of the network. It holds no key (backups are off) and is private all the same."""

import os
from pathlib import Path


def private_file(path: Path) -> None:
    """Make the file 0600 before zigpy opens it; SQLite gives its journal files the same mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
