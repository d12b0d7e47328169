"""Configuration errors name file, key and cure (R4: nothing is guessed)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hubd.configuration import is_host, load_toml
from hubd.errors import ConfigurationError


@dataclass(frozen=True)
class Inner:
    port: int = 1
    long_s: float = 1.0
    file: Path | None = None


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner = field(default_factory=Inner)
    many: tuple[Inner, ...] = ()


def written(folder: Path, text: str) -> Path:
    path = folder / "x.toml"
    path.write_text(text)
    return path


def test_a_good_file_is_decoded_and_its_relative_paths_count_from_its_folder(tmp_path: Path) -> None:
    loaded = load_toml(written(tmp_path, 'name = "n"\n[inner]\nport = 5\nfile = "a/b"\n'), Outer)
    assert loaded == Outer("n", Inner(5, file=tmp_path / "a/b"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('nmae = "n"', ["unknown key nmae", "did you mean name"]),
        ('name = "n"\n[inner]\nprot = 5', ["unknown key inner.prot", "did you mean inner.port"]),
        ('name = "n"\n[[many]]\nport = 5\nfiel = 1', ["unknown key many[0].fiel"]),
        ("name = 3", ["name: expected str, got int"]),
        ("name = ", ["not valid TOML"]),
        ("", ["name is missing"]),
        ('name = "n"\n[inner]\nport = "x"', ["inner.port: expected int, got str"]),
        ('name = "n"\n[inner]\nport = 1' + 400 * "0", ["inner.port is a number of 401 digits"]),
        ('name = "n"\n[inner]\nlong_s = nan', ["inner.long_s is nan: it must be a finite number"]),
        ('name = "n"\n[[many]]\nlong_s = inf', ["many[0].long_s is inf"]),
        ('name = "n"\n[inner]\nfile = ""', ["inner.file: a path is empty"]),
        ('name = "n"\n[inner]\nfile = "a\\u0000b"', ["inner.file: a path is empty, or has a character"]),
        ('name = "n"\n[inner]\nfile = "~nobody-of-that-name/x"', ["Cure: write the path in full"]),
    ],
)
def test_a_bad_file_is_an_error_that_names_file_key_and_cure(tmp_path: Path, text: str, words: list[str]) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        load_toml(path, Outer)
    assert str(path) in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_a_missing_file_is_an_error_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file"):
        load_toml(tmp_path / "none.toml", Outer)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda path: path.mkdir(), "cannot be read: Is a directory. Cure:"),
        (lambda path: path.write_bytes(b"\x80"), "cannot be read: it is not plain text. Cure:"),
        (lambda path: path.symlink_to("/dev/zero"), "cannot be read: File too large. Cure:"),
    ],
)
def test_what_is_no_text_is_an_error_with_a_cure(tmp_path: Path, made: Callable[[Path], object], words: str) -> None:
    made(tmp_path / "x.toml")
    with pytest.raises(ConfigurationError, match=words):
        load_toml(tmp_path / "x.toml", Outer)


@pytest.mark.parametrize(
    "text", ["broker.example", "broker.example.", "10.0.0.1", "::1", "fe80::1%eth0", "haus-1.lan"]
)
def test_a_host_is_a_name_or_an_address(text: str) -> None:
    assert is_host(text)


@pytest.mark.parametrize(
    "text", ["", "a..b", "a" * 64, "broker.example:8883", "[::1]", "mqtt://broker", "a b", "10.0.0.1:80", "a\n"]
)
def test_what_cannot_be_looked_up_is_no_host(text: str) -> None:
    assert not is_host(text)
