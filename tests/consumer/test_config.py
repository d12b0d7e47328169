"""`consumer.toml`: what is wrong is named, with its cure."""

from pathlib import Path

import pytest

from hubd.consumer.config import ConsumerConfig, load
from hubd.errors import ConfigurationError

GOOD = """\
state = "state"

[feed]
fifo = "feed.fifo"

[home_assistant]
host = "127.0.0.1"
"""


def loaded(folder: Path, text: str) -> ConsumerConfig:
    path = folder / "consumer.toml"
    path.write_text(text)
    return load(path)


def test_the_shortest_file_has_the_usual_prefixes_and_paths_beside_it(tmp_path: Path) -> None:
    config = loaded(tmp_path, GOOD)
    assert config.state == tmp_path / "state"
    assert config.feed.fifo == tmp_path / "feed.fifo"
    home_assistant = config.home_assistant
    assert (home_assistant.port, home_assistant.discovery_prefix, home_assistant.topic_prefix) == (
        1883,
        "homeassistant",
        "hubd",
    )


@pytest.mark.parametrize(
    ("addition", "named"),
    [
        ("prot = 5", "did you mean home_assistant.port"),
        ("port = 0", "home_assistant.port is 0"),
        ('topic_prefix = "a/b"', "topic_prefix"),
        ('topic_prefix = "+"', "topic_prefix"),
        ('discovery_prefix = "#"', "discovery_prefix"),
        ('discovery_prefix = "/homeassistant"', "discovery_prefix"),
        ('password_file = "none"', "username"),
        ('username = "u"\npassword_file = "none"', "No such file"),
        ('username = "u"\npassword_file = "consumer.toml"', "chmod 600"),
        ('[names]\nelectricty-1 = "House"', "not a meter's alias"),
        ('[names]\nelectricity-1 = ""', "printable"),
    ],
)
def test_a_key_that_cannot_be_used_is_named(tmp_path: Path, addition: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        loaded(tmp_path, GOOD + addition + "\n")


def test_a_password_file_of_the_user_alone_and_a_name_are_taken(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "password").chmod(0o600)
    text = GOOD + 'username = "u"\npassword_file = "password"\n\n[names]\nelectricity-1 = "House"\n'
    assert loaded(tmp_path, text).names == {"electricity-1": "House"}
