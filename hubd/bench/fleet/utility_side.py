"""The utility's side of a fleet: its folder with the network in it, the broker, and the listener."""

import contextlib
import getpass
import os
import resource
import shutil
import sys
from pathlib import Path

from hubd.bench.fleet.clock import StoryClock
from hubd.bench.fleet.story import Story
from hubd.errors import ConfigurationError
from hubd.headend import book, founding
from hubd.headend.broker_config import WanListener, wan_configuration
from hubd.headend.home import HeadEndConfig, Home
from hubd.headend.outages import tables

SPARE_FILES = 500


def found(path: Path, story: Story, speed: float, port: int, plain_port: int) -> Home:
    """A head-end that knows the network, and `broker/fleet.conf` for the two ports."""
    founding.create(path, [], "127.0.0.1", port)
    home = Home(path)
    with home.configuration.open("a") as file:
        file.write(f"\n[outages]\nlook_s = {HeadEndConfig().outages.look_s / speed}\n")
    with contextlib.closing(book.open_book(home)) as connection, book.transaction(connection):
        tables.import_places(connection, story.places)
    (home.broker / "fleet.conf").write_text(_broker(home, port, plain_port))
    return home


def _broker(home: Home, port: int, plain: int) -> str:
    """As on the WAN, with two differences: a plain listener for hubs without TLS, and what the broker keeps is
    written whole every five minutes, not every second (with thousands of sessions it does little else).
    """
    pki, broker = home.pki.absolute(), home.broker.absolute()
    listener = WanListener(
        "127.0.0.1", port, pki / "ca.crt", pki / "broker.crt", pki / "broker.key", broker / "acl", broker / "db",
        getpass.getuser(),
    )  # fmt: skip
    text = wan_configuration(listener)
    for before, after in (
        ("autosave_interval 1\n", "autosave_interval 300\n"),
        ("allow_anonymous false\n", "allow_anonymous true\n"),
    ):
        assert before in text
        text = text.replace(before, after)
    return text + f"\nlistener {plain} 127.0.0.1\n"


def broker_command(home: Home) -> list[str]:
    """How the broker is started. Raises ConfigurationError where it is not installed."""
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise ConfigurationError("mosquitto is not installed. Cure: make setup")
    return [program, "-c", str(home.broker / "fleet.conf")]


def listen_command(home: Home, clock: StoryClock) -> list[str]:
    """How the listener is started."""
    if clock.speed == 1.0:
        return [str(Path(sys.executable).parent / "hubctl"), "head", "listen", "--json", "--home", str(home.path)]
    return [
        sys.executable,
        "-m",
        "hubd.bench.fleet.listener",
        str(home.path),
        str(clock.zero_unix_s),
        str(clock.speed),
    ]


def allow_files(hubs: int) -> None:
    """The broker needs an open file for each connection; children inherit the limit. Raises ConfigurationError."""
    needed = int(hubs * 1.05) + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        if hard < needed:
            raise ConfigurationError(
                f"{hubs} connections need {needed} open files, the limit is {hard}. Cure: as root, ulimit -n {needed}"
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
