"""Founding a head-end: everything in its folder, made once, and looked after when it is run again."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hubd.errors import ConfigurationError
from hubd.headend import book, broker_config, pki, role_keys
from hubd.headend.files import write_whole
from hubd.headend.home import RESERVED_NAMES, BrokerTable, HeadEndConfig, Home
from hubd.model.identity import HubId, parse_hub_id

_ISSUER = re.compile(r"[a-z][a-z0-9-]{1,23}")


def create(
    path: Path,
    hubs: Sequence[str],
    host: str | None = None,
    port: int | None = None,
    issuers: Sequence[str] = (),
) -> list[str]:
    """Make the folder with all that is in it, or add what is missing; what is there is kept. Returns a line for each
    thing made or renewed, none of them secret. Raises ConfigurationError.
    """
    for issuer in issuers:
        if not _ISSUER.fullmatch(issuer):
            raise ConfigurationError(
                f"{issuer!r} cannot name an issuer: 2 to 24 of a-z, 0-9 and -, with a letter first. "
                "Cure: other-supplier or the like"
            )
    home = Home(path)
    names = [_hub_name(hub) for hub in hubs]
    _make_folder(path)
    config, done = _configuration(home, host, port)
    done += pki.create(home, names, (config.broker.host,))
    done += role_keys.create(home, issuers)
    if not home.database.exists():
        done.append("headend.sqlite: made")
    book.open_book(home).close()
    broker_config.wan_broker(path, config.broker.host, config.broker.port)
    return done


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be made: {error.strerror}. Cure: name another folder") from None


def _hub_name(text: str) -> HubId:
    try:
        name = parse_hub_id(text)
    except ValueError as error:
        raise ConfigurationError(f"{error}. Cure: hub-0001 or the like") from None
    if name in RESERVED_NAMES:
        raise ConfigurationError(
            f"{text!r} cannot be a hub's name: it means something else. Cure: hub-0001 or the like"
        )
    return name


def _configuration(home: Home, host: str | None, port: int | None) -> tuple[HeadEndConfig, list[str]]:
    before = home.config() if home.configuration.exists() else None
    config = before or HeadEndConfig()
    broker = BrokerTable(host or config.broker.host, port or config.broker.port)
    config = replace(config, broker=broker)
    if config == before:
        return config, []
    write_whole(home.configuration, _toml(config).encode(), 0o600)
    return config, [f"headend.toml: {'changed' if before else 'made'} (broker {broker.host}:{broker.port})"]


def _toml(config: HeadEndConfig) -> str:
    return f"""# The reference head-end. See docs/head-end.md.

[broker]
host = "{config.broker.host}"
port = {config.broker.port}

[orders]
resend_s = {config.orders.resend_s}              # an order without a final receipt is sent again
vend_lifetime_s = {config.orders.vend_lifetime_s}   # a top-up is tried so long
command_lifetime_s = {config.orders.command_lifetime_s}  # every other command

[vending]
max_pence = {config.vending.max_pence}            # the most one payment may be
max_debt_percent = {config.vending.max_debt_percent}        # the most of it that all debts together may take
"""
