"""A bench's authorities, and certificates of theirs."""

import secrets
from pathlib import Path

from hubd.model.identity import Eui64
from hubd.zigbee.cbke import authority, certificate_text, ecqv
from hubd.zigbee.cbke.authority import Authority
from hubd.zigbee.cbke.credentials import Credentials
from hubd.zigbee.cbke.suite import Suite

COORDINATOR = "00:12:4b:00:00:00:00:01"


def found(name: bytes, suite: Suite = Suite.ONE) -> Authority:
    issuer = Eui64(":".join(f"{octet:02x}" for octet in name))
    return authority.found(suite, issuer, secrets.token_bytes(ecqv.random_octets(suite.curve)))


OURS = {suite: found(b"HUBDTEST", suite) for suite in Suite}
FOREIGN = found(b"FOREIGN!")
NAMESAKE = found(b"HUBDTEST")


def issue(by: Authority, subject: str) -> Credentials:
    return by.issue(Eui64(subject), 1_795_348_800, secrets.token_bytes(by.random_octets_to_issue))


def hubs_certificate(folder: Path, *suites: Suite, subject: str = COORDINATOR) -> tuple[Path, ...]:
    files = []
    for suite in suites or (Suite.ONE,):
        file = folder / f"hub-suite{suite.number}.txt"
        file.touch(mode=0o600)
        file.write_text(certificate_text.write(issue(OURS[suite], subject)))
        files.append(file)
    return tuple(files)
