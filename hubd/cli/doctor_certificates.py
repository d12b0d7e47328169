"""What `hubd doctor` says of the hub's own certificates for key establishment."""

from typing import TYPE_CHECKING

from hubd.cli.doctor_finding import Finding
from hubd.errors import HubdError

if TYPE_CHECKING:
    from hubd.utility.config import SecurityTable

_WHAT = "certificates of the utility HAN"


def certificates(security: "SecurityTable") -> Finding:
    """Read, and proven with the arithmetic: certificate, private key and authority of each belong together."""
    from hubd.zigbee import own_certificates

    if not security.certificates:
        return Finding(_WHAT, True, "none: devices are spoken to under the key of their install code (a lab's way)")
    try:
        proven = own_certificates.read(security.certificates).prove()
    except HubdError as error:
        return Finding(_WHAT, False, str(error), "hubctl ca show FILE says which part does not fit")
    told = (f"suite {suite.number} of {each.subject}" for suite, each in proven.items())
    return Finding(_WHAT, True, ", ".join(told))
