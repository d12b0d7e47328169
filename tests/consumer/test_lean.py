"""The consumer stays small: at most 45 MB, so it loads none of the utility's libraries and none of the operator's."""

import subprocess
import sys

import pytest

HEAVY = ("zigpy", "cryptography", "jsonschema", "rich", "aiohttp", "sqlite3", "jwt")


@pytest.mark.process
def test_the_daemon_loads_nothing_heavy_and_nothing_of_the_utility_r1() -> None:
    code = "import sys, hubd.cli.hubd.consumer, hubd.consumer.config, hubd.consumer.daemon; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in HEAVY if name in loaded] == []
    ours = {name.split(".")[1] for name in loaded if name.startswith("hubd.")}
    assert ours <= {"cli", "configuration", "consumer", "errors", "feed", "model", "mqtt", "state_folder"}
