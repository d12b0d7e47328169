"""What a process uses, as Linux tells it."""

import os
import subprocess
import sys
import time

import pytest

from hubd.bench.memory import cpu_s, pss_kb


def test_memory_grows_by_what_is_taken() -> None:
    before_kb = pss_kb(os.getpid())
    taken = bytearray(os.urandom(1)) * 20_000_000
    after_kb = pss_kb(os.getpid())
    assert 10_000 < after_kb - before_kb < 40_000
    assert len(taken) == 20_000_000


def test_cpu_seconds_are_those_that_were_spent() -> None:
    before_s, began_s = cpu_s(os.getpid()), time.process_time()
    while time.process_time() - began_s < 0.08:
        pass
    assert 0.04 <= cpu_s(os.getpid()) - before_s <= 0.5


@pytest.mark.process
def test_a_process_that_is_gone_is_an_os_error() -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    child.wait(10)
    for measure in (pss_kb, cpu_s):
        with pytest.raises(OSError):
            measure(child.pid)
