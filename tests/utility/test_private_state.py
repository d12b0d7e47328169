"""What holds secrets is its owner's alone, seen to at each start (R4)."""

import logging
import os
import stat

import pytest

from hubd.errors import SecurityError
from hubd.utility import private_state


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


def test_what_others_could_read_is_closed_and_said_r4(tmp_path, caplog):
    journal, database, other = tmp_path / "journal.sqlite", tmp_path / "zigbee.sqlite-wal", tmp_path / "notes.txt"
    for path in (journal, database, other):
        path.touch(mode=0o644)
        path.chmod(0o644)
    tmp_path.chmod(0o755)
    with caplog.at_level(logging.WARNING):
        assert private_state.require(tmp_path) == [tmp_path, journal, database]
    assert [mode(path) for path in (tmp_path, journal, database, other)] == [0o700, 0o600, 0o600, 0o644]
    assert len(caplog.records) == 3
    assert "could be read by others (644)" in caplog.text
    assert private_state.require(tmp_path) == []


def test_a_link_in_a_secret_s_place_is_refused_r4(tmp_path):
    (tmp_path / "elsewhere").touch()
    (tmp_path / "zigbee.sqlite").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SecurityError, match=r"zigbee\.sqlite: is not a plain file. Cure"):
        private_state.require(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_stranger_s_file_is_refused_with_the_cure_r4(tmp_path):
    journal = tmp_path / "journal.sqlite"
    journal.touch(mode=0o600)
    os.chown(journal, 12345, -1)
    with pytest.raises(SecurityError, match=r"belongs to user 12345.*Cure: chown"):
        private_state.require(tmp_path)
