"""The files of `hubctl ca`: an authority's directory, and certificates with their keys. All are of mode 0600."""

import secrets
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hubd.cli.written_file import is_there, write_private
from hubd.configuration import why_unread
from hubd.errors import ConfigurationError
from hubd.model.identity import Eui64
from hubd.zigbee.cbke import authority, certificate_text, ecqv, labelled_text
from hubd.zigbee.cbke.authority import Authority
from hubd.zigbee.cbke.certificate_text import CertificateText
from hubd.zigbee.cbke.suite import Suite

_LONGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Founded:
    """An authority and where it is kept. `new`: made just now."""

    authority: Authority
    file: Path
    new: bool


def found(directory: Path, suite: Suite, issuer: Eui64) -> Founded:
    """The authority of this suite in this directory, made if there is none. One of another name is an error."""
    file = _authority_file(directory, suite)
    if is_there(file):
        there = _authority(suite, file)
        if there.issuer != issuer:
            raise ConfigurationError(
                f"{file} is the authority {there.issuer}, not {issuer}. Cure: another directory, or its own name"
            )
        return Founded(there, file, new=False)
    made = authority.found(suite, issuer, secrets.token_bytes(ecqv.random_octets(suite.curve)))
    write_private(file, authority.write(made).encode())
    return Founded(made, file, new=True)


def authorities(directory: Path, suites: Sequence[Suite], each_wanted: bool) -> list[Authority]:
    """The authorities of these suites; with `each_wanted` every one must be there, otherwise at least one."""
    there = [suite for suite in suites if each_wanted or is_there(_authority_file(directory, suite))]
    if not there:
        raise ConfigurationError(f"there is no authority in {directory}. Cure: hubctl ca init {directory}")
    files = {suite: _authority_file(directory, suite) for suite in there}
    return [_authority(suite, file) for suite, file in files.items()]


def device_file(directory: Path, subject: Eui64, suite: Suite) -> Path:
    """Where a device's certificate is kept unless somebody says otherwise."""
    return directory / "devices" / f"{subject.replace(':', '')}-suite{suite.number}.txt"


def issue(by: Authority, subject: Eui64, file: Path, replace: bool) -> CertificateText:
    """Issue a certificate into this file; what was written is read again and returned."""
    if is_there(file) and not replace:
        raise ConfigurationError(f"{file} is there already. Cure: use it as it is, or --replace it")
    credentials = by.issue(subject, int(time.time()), secrets.token_bytes(by.random_octets_to_issue))
    write_private(file, certificate_text.write(credentials).encode())
    return load(file)


def load(file: Path) -> CertificateText:
    """A certificate with its keys out of a file. Raises ConfigurationError."""
    return certificate_text.parse(_read(file), str(file))


def is_open_to_others(file: Path) -> bool:
    """Whether the file is somebody else's business than its owner's."""
    return bool(file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _authority(suite: Suite, file: Path) -> Authority:
    """An authority out of its file, which must be its owner's alone: who reads it makes devices that hubs believe."""
    text = _read(file)
    if is_open_to_others(file):
        raise ConfigurationError(
            f"{file}: others on this machine can read this authority's private key. Cure: chmod 600 {file}; if"
            " somebody may have, found another authority"
        )
    return authority.parse(suite, text, str(file))


def _authority_file(directory: Path, suite: Suite) -> Path:
    return directory / f"authority-suite{suite.number}.txt"


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            octets = opened.read(_LONGEST + 1)
    except OSError as error:
        raise ConfigurationError(f"{file}: {why_unread(error)}") from None
    if len(octets) > _LONGEST:
        raise ConfigurationError(f"{file} is too long for a file of one certificate and its keys")
    return labelled_text.decoded(octets, str(file))
