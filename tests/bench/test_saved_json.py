"""R4: what the bench remembers holds keys, and is its user's alone."""

from pathlib import Path

import pytest

from hubd.bench import saved_json
from hubd.bench.coordinator.serve import CoordinatorOptions, VirtualCoordinator
from hubd.bench.devices.devices_file import devices_of
from hubd.bench.house.layout import METER


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_a_coordinator_s_memory_and_its_devices_are_of_mode_0600_r4(tmp_path: Path):
    table = {"kind": "electricity_meter", "ieee": METER.ieee, "install_code": METER.install_code}
    nv, state = tmp_path / "nv.json", tmp_path / "house.json"
    options = CoordinatorOptions(
        nodes=tuple(devices_of({"device": [table]}, "test", 1)), pty=tmp_path / "radio", nv=nv, state=state
    )
    virtual = VirtualCoordinator(options)
    virtual.open()
    virtual.close()
    assert (mode(nv), mode(state)) == (0o600, 0o600)


@pytest.mark.parametrize("left", ["memory.json", "memory.json.new"])
def test_a_file_that_others_could_read_is_closed_when_it_is_written_r4(tmp_path: Path, left: str):
    (tmp_path / left).write_text("{}")
    (tmp_path / left).chmod(0o644)
    saved_json.replace(tmp_path / "memory.json", b'{"a": 1}')
    assert mode(tmp_path / "memory.json") == 0o600
    (tmp_path / "memory.json").chmod(0o644)
    assert saved_json.load(tmp_path / "memory.json") == {"a": 1}
    assert mode(tmp_path / "memory.json") == 0o600, "one of an earlier version, which is only read"
