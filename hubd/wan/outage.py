"""Words for an outage: why there is no session, and the cure, as far as it can be told from here."""

import socket
import ssl
from datetime import UTC, datetime

from aiomqtt.exceptions import MqttConnectError
from cryptography import x509

from hubd.errors import ConfigurationError, StoreError
from hubd.mqtt import paho_doors
from hubd.wan.config import WanConfig
from hubd.wan.tls import read_certificate

_NOT_TRUSTED = {
    9: "the broker's certificate is not valid yet. Cure: set this machine's clock",
    10: "the broker's certificate has expired. Cure: a new one at the broker, or set this machine's clock",
    62: "the broker's certificate is for another name. Cure: wan.host must be a name that stands in it",
    64: "the broker's certificate is for another address. Cure: wan.host must be an address that stands in it",
}
"""By OpenSSL's verification code (X509_V_ERR_*)."""


def explain(lost: BaseException, config: WanConfig) -> str:
    """Why there is no session, in plain words with the cure, as far as it can be told."""
    if isinstance(lost, StoreError):
        return f"what waits for the head-end cannot be read: {lost}"
    return f"{config.host}:{config.port}: {_words(lost, config)}"


def _words(lost: BaseException, config: WanConfig) -> str:
    cause = lost if lost.__context__ is None else lost.__context__
    match cause:
        case ssl.SSLCertVerificationError():
            not_by_ours = (
                f"the broker's certificate is not signed by {config.ca}. Cure: the authority the broker uses"
            )
            return _NOT_TRUSTED.get(cause.verify_code, not_by_ours)
        case ssl.SSLError():
            return f"no TLS 1.3 session ({cause.reason}). {_own_certificate(config)}"
        case socket.gaierror():
            return "the name is not known. Cure: look at wan.host and at the name server"
        case ConnectionRefusedError():
            return "nobody listens there. Cure: see that the broker runs"
    if isinstance(lost, MqttConnectError) or paho_doors.HUNG_UP in str(lost):
        return f"the broker does not let us in ({lost}). {_own_certificate(config)}"
    return str(lost) or type(lost).__name__


def _own_certificate(config: WanConfig) -> str:
    """What is wrong with the certificate that we show; the broker does not say it."""
    try:
        ours, authority = read_certificate(config.certificate), read_certificate(config.ca)
    except ConfigurationError as error:
        return str(error)
    now = datetime.now(UTC)
    if ours.not_valid_after_utc < now:
        return f"{config.certificate} has expired ({ours.not_valid_after_utc:%Y-%m-%d}). Cure: a new one"
    if ours.not_valid_before_utc > now:
        return f"{config.certificate} is not valid yet. Cure: set this machine's clock"
    if ours.issuer != authority.subject or not _signed_by(ours, authority):
        return (
            f"{config.certificate} is not signed by {config.ca}. Cure: the certificate the utility gave for this hub"
        )
    return f"{config.certificate} looks good from here. Cure: ask whether the broker trusts its authority"


def _signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception:  # ValueError, TypeError or InvalidSignature: each means "not by this one"
        return False
    return True
