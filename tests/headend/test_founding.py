"""Founding: one folder, safe to make again (R4, R5)."""

import tomllib
from pathlib import Path

import pytest

from hubd.errors import ConfigurationError, SecurityError
from hubd.headend import founding, role_keys
from hubd.headend.home import Home
from hubd.model.roles import Role


def test_a_second_founding_changes_nothing(founded: Path) -> None:
    before = {path: path.read_bytes() for path in founded.rglob("*") if path.is_file()}
    assert founding.create(founded, ["hub-0001"]) == []
    assert {path: path.read_bytes() for path in founded.rglob("*") if path.is_file()} == before


def test_another_broker_address_is_written_and_other_settings_are_kept(tmp_path: Path) -> None:
    founding.create(tmp_path, [])
    file = Home(tmp_path).configuration
    file.write_text(file.read_text().replace("resend_s = 30.0", "resend_s = 5.0"))
    assert "headend.toml: changed (broker 127.0.0.1:2000)" in founding.create(tmp_path, [], "127.0.0.1", 2000)
    config = Home(tmp_path).config()
    assert (config.broker.port, config.orders.resend_s) == (2000, 5.0)
    assert "listener 2000 127.0.0.1" in (tmp_path / "broker" / "mosquitto.conf").read_text()


def test_nothing_but_certificates_and_public_keys_is_open_to_others_r4(founded: Path) -> None:
    assert founded.stat().st_mode & 0o777 == 0o700
    public = {".crt", ".toml"}
    for path in founded.rglob("*"):
        if path.is_file() and path.suffix not in public:
            assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("name", ["headend", "vending", "observer", "group", "Hub 1", "a/b", "+"])
def test_a_hub_cannot_have_a_name_that_means_something_else_r5(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError):
        founding.create(tmp_path, [name])


def test_hubs_get_the_public_halves_and_only_those_r5(founded: Path) -> None:
    keys = tomllib.loads(Home(founded).public_role_keys.read_text())["key"]
    assert [(key["id"], key["role"]) for key in keys] == [(f"{role}-1", str(role)) for role in Role]
    assert len({key["public"] for key in keys}) == len(Role)
    assert "PRIVATE" not in Home(founded).public_role_keys.read_text()


def test_a_signing_key_that_others_may_read_is_not_used_r4(tmp_path: Path) -> None:
    home = Home(tmp_path)
    role_keys.create(home)
    home.role_key(Role.VENDING).chmod(0o640)
    with pytest.raises(SecurityError, match="chmod 600"):
        role_keys.load(home, Role.VENDING)


def test_a_folder_without_a_head_end_is_named_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="hubctl head init"):
        Home(tmp_path).config()
