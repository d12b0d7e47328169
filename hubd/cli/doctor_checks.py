"""The checks of `hubd doctor`, one function each; a check that fails names its cure."""

import os
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from hubd.cli import doctor_certificates, doctor_supply
from hubd.cli.doctor_finding import Finding
from hubd.errors import HubdError

LEAST_FREE_MB = 200
WARN_CERTIFICATE_DAYS = 30
CONNECT_WITHIN_S = 3.0


def examine(utility: Path, consumer: Path) -> list[Finding]:
    """Everything, in the order in which a hub needs it."""
    findings = [_python()]
    findings += _utility(utility)
    findings += _consumer(consumer)
    return findings


def _python() -> Finding:
    good = sys.version_info >= (3, 11)
    return Finding("Python", good, sys.version.split()[0], "" if good else "install Python 3.11 or newer")


def _utility(path: Path) -> Iterator[Finding]:
    from hubd.utility.config import load

    try:
        config = load(path)
    except HubdError as error:
        yield Finding("utility configuration", False, str(error), f"mend {path}; hubd check-config shows the same")
        return
    yield Finding("utility configuration", True, str(path))
    yield doctor_certificates.certificates(config.security)
    yield _radio(config.radio.path)
    yield _secret_file(config.wan.key)
    yield _certificate(config.wan.certificate)
    yield _reads("role keys", lambda: _role_keys(config.wan.role_keys), "copy role-keys.toml from the head-end")
    yield _reaches("broker of the WAN", config.wan.host, config.wan.port)
    yield _room_for_state(config.state)
    yield doctor_supply.supply(config.supply)
    if config.supply is not None:
        yield doctor_supply.shedding(config.supply)
    yield _clock(config.time.assume_synced)


def _consumer(path: Path) -> Iterator[Finding]:
    from hubd.consumer.config import load

    try:
        config = load(path)
    except HubdError as error:
        yield Finding("consumer configuration", False, str(error), f"mend {path}; hubd check-config shows the same")
        return
    yield Finding("consumer configuration", True, str(path))
    yield _reaches("broker of Home Assistant", config.home_assistant.host, config.home_assistant.port)


def _radio(path: str) -> Finding:
    if path.startswith("socket://"):
        host, _, port = path.removeprefix("socket://").rpartition(":")
        return _reaches("radio", host, int(port))
    device = Path(path)
    if not device.exists():
        return Finding(
            "radio", False, f"{path} is not there", "plug the stick in; ls -l /dev/serial/by-id shows its name"
        )
    if not os.access(device, os.R_OK | os.W_OK):
        return Finding("radio", False, f"{path} may not be opened by this user", "add the user to the group dialout")
    return Finding("radio", True, path)


def _secret_file(path: Path) -> Finding:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        return Finding("private key", False, f"{path}: {error.strerror}", "hubctl head init makes one; copy it here")
    if mode & 0o077:
        return Finding("private key", False, f"{path} may be read by others ({mode:o})", f"chmod 600 {path}")
    return Finding("private key", True, f"{path} ({mode:o})")


def _certificate(path: Path) -> Finding:
    from hubd.wan.tls import read_certificate

    try:
        certificate = read_certificate(path)
    except HubdError as error:
        return Finding("certificate", False, str(error), "ask the utility for the hub's certificate")
    days = (certificate.not_valid_after_utc - datetime.now(UTC)).days
    cure = "" if days >= WARN_CERTIFICATE_DAYS else "ask the utility for a new certificate"
    return Finding("certificate", days >= WARN_CERTIFICATE_DAYS, f"{path}: {days} days left", cure)


def _role_keys(path: Path) -> str:
    from hubd.wan import role_keys

    role_keys.load(path)
    return str(path)


def _reads(what: str, read: Callable[[], str], cure: str) -> Finding:
    try:
        return Finding(what, True, read())
    except HubdError as error:
        return Finding(what, False, str(error), cure)


def _reaches(what: str, host: str, port: int) -> Finding:
    try:
        socket.create_connection((host, port), CONNECT_WITHIN_S).close()
    except OSError as error:
        return Finding(
            what, False, f"{host}:{port}: {error}", "see that it runs and that the network lets it be reached"
        )
    return Finding(what, True, f"{host}:{port} answers")


def _room_for_state(path: Path) -> Finding:
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    free_mb = shutil.disk_usage(there).free // 1_000_000
    if not os.access(there, os.W_OK):
        return Finding("state", False, f"{there} may not be written by this user", "run as the hub's own user")
    cure = "" if free_mb >= LEAST_FREE_MB else "make room on the card"
    return Finding("state", free_mb >= LEAST_FREE_MB, f"{path}: {free_mb} MB free", cure)


def _clock(assume_synced: bool) -> Finding:
    from hubd.model.stamp import TimeTrust
    from hubd.utility.clock import HubClock

    trust = HubClock(assume_synced).trust()
    good = trust is not TimeTrust.UNSYNCED
    return Finding("time", good, str(trust), "" if good else "see that NTP runs: timedatectl timesync-status")
