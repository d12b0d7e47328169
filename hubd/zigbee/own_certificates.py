"""The hub's own certificates, out of the files that the configuration names.

Reading is quick and done at the start, so that a wrong file is told then; the arithmetic that proves that key and
certificate fit takes up to a second on a small hub and is done in a thread (`readiness`).
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hubd.errors import ConfigurationError, SecurityError
from hubd.model.identity import Eui64
from hubd.zigbee.cbke import certificate_text, labelled_text
from hubd.zigbee.cbke.certificate_text import CertificateText
from hubd.zigbee.cbke.credentials import Credentials
from hubd.zigbee.cbke.generate_times import measured
from hubd.zigbee.cbke.suite import Suite
from hubd.zigbee.se.key_establishment import GenerateTimes

_LONGEST_FILE = 64 * 1024


@dataclass(frozen=True, slots=True)
class OwnCertificates:
    """One certificate a suite, each with the file that it came from. Empty: key establishment is not done here."""

    by_suite: Mapping[Suite, tuple[Path, CertificateText]]

    def refuse_anothers(self, coordinator: Eui64) -> None:
        """A certificate is of one radio. Raises SecurityError where it names another than this hub's."""
        for path, text in self.by_suite.values():
            if text.certificate.subject != coordinator:
                raise SecurityError(
                    f"{path}: is the certificate of {text.certificate.subject}, and this radio is {coordinator}."
                    f" Cure: have one issued for {coordinator} (hubctl ca issue, or your certificate service)"
                )

    def prove(self) -> dict[Suite, Credentials]:
        """That certificate, key and authority of each belong together: takes up to a second on a small hub. Raises
        SecurityError, ConfigurationError where they do not.
        """
        return {suite: _proven(path, text) for suite, (path, text) in self.by_suite.items()}


def measured_times(
    credentials: Mapping[Suite, Credentials], random: Callable[[int], bytes]
) -> Mapping[Suite, GenerateTimes]:
    """Honest times to advertise, of credentials that were proven: takes as long as an exchange of each suite."""
    return {suite: measured(each, random, time.monotonic) for suite, each in credentials.items()}


def read(paths: Iterable[Path]) -> OwnCertificates:
    """Read each file (mode 0600). Raises ConfigurationError naming file and cure."""
    found: dict[Suite, tuple[Path, CertificateText]] = {}
    for path in paths:
        text = certificate_text.parse(_private_text(path), str(path))
        if text.suite in found:
            other = found[text.suite][0]
            raise ConfigurationError(f"{path} and {other} are both of suite {text.suite.number}. Cure: name one")
        if text.private is None:
            raise ConfigurationError(f"{path}: the line {certificate_text.PRIVATE!r}, the private key, is missing")
        found[text.suite] = (path, text)
    return OwnCertificates(found)


def _proven(path: Path, text: CertificateText) -> Credentials:
    try:
        return text.credentials(str(path))
    except SecurityError as error:
        raise SecurityError(f"{path}: {error}") from None


def _private_text(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigurationError(f"{path}: others may read this private key. Cure: chmod 600 {path}")
        with path.open("rb") as file:
            octets = file.read(_LONGEST_FILE)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read: {error.strerror}. Cure: hubctl ca issue makes one for a bench"
        ) from None
    return labelled_text.decoded(octets, str(path))
