"""`/etc/hubd/consumer.toml`: what the consumer daemon is told. Reference: docs/configuration.md."""

import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from hubd.configuration import is_host, load_toml
from hubd.errors import ConfigurationError
from hubd.feed.frames import ALIAS

_LEVEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_LEVELS = re.compile(r"[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,4}")
LONGEST_NAME = 60


@dataclass(frozen=True)
class FeedTable:
    """`[feed]`: the one-way pipe from the utility daemon, which makes it."""

    fifo: Path


@dataclass(frozen=True)
class HomeAssistantTable:
    """`[home_assistant]`: the consumer's own MQTT broker, which Home Assistant is connected to."""

    host: str
    port: int = 1883
    username: str | None = None
    password_file: Path | None = None
    """One line, readable by the daemon's user only; read again at each connection."""
    ca: Path | None = None
    """Certificates to trust. Given: TLS. Absent: none, for a broker on this machine or in the house."""
    discovery_prefix: str = "homeassistant"
    topic_prefix: str = "hubd"
    """First level of the state topics, and the hub's name in unique ids: two hubs on one broker differ in it."""


@dataclass(frozen=True)
class ConsumerConfig:
    """The whole file."""

    state: Path
    feed: FeedTable
    home_assistant: HomeAssistantTable
    names: dict[str, str] = field(default_factory=dict)
    """`[names]`: what the household calls its meters, as `electricity-1 = "House"`."""


def load(path: Path) -> ConsumerConfig:
    """Read and check the file. Raises ConfigurationError."""
    config = load_toml(path, ConsumerConfig)
    home_assistant = config.home_assistant
    if not is_host(home_assistant.host):
        raise ConfigurationError(
            f"{path}: home_assistant.host is {home_assistant.host!r}: a host is needed, as homeassistant.local"
        )
    if home_assistant.port not in range(1, 65_536):
        raise ConfigurationError(f"{path}: home_assistant.port is {home_assistant.port}: a port from 1 to 65535")
    if not _LEVEL.fullmatch(home_assistant.topic_prefix):
        raise ConfigurationError(
            f"{path}: home_assistant.topic_prefix: one topic level of at most 32 letters, digits, - and _, as hubd"
        )
    if not _LEVELS.fullmatch(home_assistant.discovery_prefix):
        raise ConfigurationError(
            f"{path}: home_assistant.discovery_prefix: topic levels of letters, digits, - and _, as homeassistant"
        )
    _check_names(path, config.names)
    _check_password(path, home_assistant)
    return config


def _check_names(path: Path, names: dict[str, str]) -> None:
    for alias, name in names.items():
        if not re.fullmatch(ALIAS, alias):
            raise ConfigurationError(f"{path}: names.{alias}: not a meter's alias, as electricity-1 or gas-1")
        if not (name.isprintable() and 0 < len(name) <= LONGEST_NAME):
            raise ConfigurationError(f"{path}: names.{alias}: 1 to {LONGEST_NAME} printable characters")


def _check_password(path: Path, table: HomeAssistantTable) -> None:
    if table.password_file is None:
        return
    if table.username is None:
        raise ConfigurationError(f"{path}: home_assistant.password_file: a username must stand with it")
    try:
        mode = stat.S_IMODE(table.password_file.stat().st_mode)
    except OSError as error:
        raise ConfigurationError(f"{path}: {table.password_file}: {error.strerror}") from None
    if mode & 0o077:
        raise ConfigurationError(
            f"{path}: {table.password_file} may be read by others. Cure: chmod 600 {table.password_file}"
        )
