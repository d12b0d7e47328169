"""Sequence files: what they may say, and how exactly a mistake is named."""

from pathlib import Path

import pytest

from hubd.errors import ConfigurationError
from hubd.power.sequence import Edge, parse, read


def test_losses_and_returns_stand_at_exact_moments() -> None:
    found = parse('supply = [[5, 0.1], [5, 0.1], [5, 2], ["off"]]', "x.toml")
    assert found == tuple(
        Edge(at_s, on)
        for at_s, on in [
            (0, False),
            (5, True),
            (5.1, False),
            (10.1, True),
            (10.2, False),
            (15.2, True),
            (17.2, False),
        ]
    )


def test_hold_ends_with_supply_and_a_name_may_be_given() -> None:
    assert parse('name = "blip"\nsupply = [[0.5, "hold"]]', "x.toml") == (Edge(0.0, False), Edge(0.5, True))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("supply = [", "x.toml: not TOML"),
        ('suply = [["off"]]', "x.toml: unknown key 'suply': did you mean 'supply'?"),
        ('name = "a"', 'x.toml: the key "supply" is missing'),
        ("supply = 5", "x.toml: supply must be a list of entries"),
        ("supply = []", "x.toml: supply must be a list of entries"),
        ("supply = " + "[" * 5_000, "x.toml: not TOML: brackets stand too deep"),
        ("supply = " + "9" * 5_000, "x.toml: not TOML: "),
        ("supply = [" + "[1, 1]," * 100_000 + '["off"]]', "x.toml: supply has 100001 entries: at most 100000"),
        ('name = 5\nsupply = [["off"]]', "x.toml: name is 5: a text"),
        ('supply = [["off"], [5, "hold"]]', 'entry 1 of 2 ["off"]: only the last entry may be ["off"]'),
        ('supply = [[5, "hold"], ["off"]]', 'entry 1 of 2 [5, "hold"]: only the last entry may end in "hold"'),
        ("supply = [[5, 1], [5, 1]]", 'entry 2 of 2 [5, 1]: the last entry must be ["off"]'),
        ('supply = [[5], ["off"]]', "entry 1 of 2 [5]: must be [seconds off, seconds on]"),
        ('supply = [5, ["off"]]', "entry 1 of 2 5: must be [seconds off, seconds on]"),
        ('supply = [["5", 1], ["off"]]', 'entry 1 of 2 ["5", 1]: seconds off must be a number, not "5"'),
        ('supply = [[5, true], ["off"]]', "seconds on must be a number, not True"),
        ('supply = [[nan, 1], ["off"]]', "seconds off must be a number, not nan"),
        ('supply = [[5, -1], ["off"]]', "seconds on must be more than 0 and at most 31622400, not -1"),
        ('supply = [[0, "hold"]]', "seconds off must be more than 0"),
        ('supply = [[1e300, "hold"]]', "seconds off must be more than 0 and at most 31622400"),
    ],
)
def test_a_mistake_is_named_with_file_entry_and_cure(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "x.toml")
    assert said in str(caught.value)


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="cannot be read: it is not plain text"):
        read(tmp_path / "bytes.toml")


def test_a_file_without_end_is_named_and_not_read_to_it() -> None:
    with pytest.raises(ConfigurationError, match="File too large"):
        read(Path("/dev/zero"))
