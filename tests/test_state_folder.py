"""A folder of state belongs to one process; a killed one's is free at once (R30)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hubd import state_folder
from hubd.errors import ConfigurationError, InUseError

HOLD = """
import pathlib, sys, time
from hubd import state_folder
held = state_folder.hold(pathlib.Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_the_second_one_is_told_who_the_first_is_and_what_to_do(tmp_path: Path):
    folder = tmp_path / "new" / "state"
    with state_folder.hold(folder):
        assert folder.stat().st_mode & 0o777 == 0o700
        with pytest.raises(InUseError, match=rf"{folder}: process {os.getpid()} works on it already. Cure: end"):
            state_folder.hold(folder)
    state_folder.hold(folder).close()


def test_the_folder_of_a_killed_process_is_free(tmp_path: Path):
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        with pytest.raises(InUseError, match=f"process {first.pid} "):
            state_folder.hold(tmp_path)
        first.kill()
    state_folder.hold(tmp_path).close()


@pytest.mark.parametrize("folder", ["file", "file/below", "/proc/none"])
def test_a_folder_that_cannot_be_made_is_an_error_with_a_cure(tmp_path: Path, folder: str):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"cannot be made or used: .*Cure: name a folder"):
        state_folder.hold(tmp_path / folder)
