"""What a daemon's log holds: the radio stack's frames by somebody's wish alone (R4)."""

import subprocess
import sys

import pytest

SAYS = """
import logging
from hubd.cli import daemons
daemons.log_to_stderr(verbose=True, frames={frames})
for name in ("zigpy.application", "zigpy_znp.uart", "serialx", "aiosqlite"):
    logging.getLogger(name).error("a frame")
"""


@pytest.mark.parametrize(("frames", "times"), [(False, 0), (True, 4)])
def test_the_radio_stack_s_words_are_logged_by_wish_and_then_with_a_warning_r4(frames: bool, times: int):
    done = subprocess.run(
        [sys.executable, "-c", SAYS.format(frames=frames)], capture_output=True, text=True, check=True
    )
    assert done.stderr.count("a frame") == times
    assert ("keys and codes are printed" in done.stderr) is frames
