"""Whether a partner's certificate is one to go on with: known issuer, usable form, and the partner's own."""

from dataclasses import dataclass

from hubd.errors import WireError
from hubd.model.identity import Eui64
from hubd.zigbee.cbke import certificate
from hubd.zigbee.cbke.certificate import Certificate
from hubd.zigbee.cbke.credentials import Credentials
from hubd.zigbee.se.key_establishment import Status


@dataclass(frozen=True, slots=True)
class NotAdmitted:
    """What to tell the partner, and why, for people."""

    status: Status
    why: str


def admit(own: Credentials, partner: Eui64, identity: bytes) -> Certificate | NotAdmitted:
    """The certificate, if it may be the partner's. That it is shows only when the keys are confirmed."""
    try:
        theirs = certificate.parse(own.suite, identity)
    except WireError as error:
        return NotAdmitted(Status.BAD_MESSAGE, str(error))
    if theirs.issuer != own.issuer:
        return NotAdmitted(
            Status.UNKNOWN_ISSUER, f"its certificate is of issuer {theirs.issuer}; believed here is {own.issuer}"
        )
    unsupported = theirs.unsupported()
    if unsupported is not None:
        return NotAdmitted(Status.INVALID_CERTIFICATE, f"its certificate has {unsupported}")
    if theirs.subject != partner:
        return NotAdmitted(Status.BAD_MESSAGE, f"it presents the certificate of another device, {theirs.subject}")
    if partner == own.subject:
        return NotAdmitted(Status.BAD_MESSAGE, "it goes by our own address")
    return theirs
