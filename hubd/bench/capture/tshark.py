"""Wireshark's own decoder as a witness: what `tshark` makes of a capture, with some keys or none."""

import csv
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from hubd.bench.capture import key_file
from hubd.errors import ConfigurationError, WireError

LONGEST_S = 120.0


def tshark() -> str:
    """The program. Raises ConfigurationError with the cure where it is missing."""
    found = shutil.which("tshark")
    if found is None:
        raise ConfigurationError("tshark is not installed. Cure: sudo apt-get install --no-install-recommends tshark")
    return found


def keys_beside(capture: Path, which: str = "") -> list[str]:
    """Lines of the key file of a capture: all, or those whose label begins with `which`."""
    lines = key_file.beside(capture).read_text(encoding="ascii").splitlines()
    return [line for line in lines if f',"{which}' in line]


def read(capture: Path, fields: Sequence[str], keys: Sequence[str] = (), only: str = "") -> list[dict[str, str]]:
    """The packets that the display filter `only` lets through, with these fields each; a field that occurs more than
    once is joined with commas, one that is absent is empty. Raises WireError where tshark does not read the file.
    """
    command = [tshark(), "-r", str(capture), "-n", "-T", "fields", "-E", "separator=/t", "-E", "quote=d"]
    for key in keys:
        command += ["-o", f"uat:zigbee_pc_keys:{key}"]
    for field in fields:
        command += ["-e", field]
    if only:
        command += ["-Y", only]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    if done.returncode:
        raise WireError(f"{capture}: tshark: {done.stderr.strip().splitlines()[-1]}")
    rows = csv.reader(done.stdout.splitlines(), delimiter="\t")
    return [dict(zip(fields, row, strict=True)) for row in rows]
