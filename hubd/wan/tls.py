"""TLS 1.3 with certificates on both sides, and words for what is wrong with them."""

import ssl
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from hubd.configuration import read_octets
from hubd.errors import ConfigurationError
from hubd.model.identity import HubId

_COPY = "Cure: copy the one here that the utility gave; on a bench hubctl head init makes it"


def client_context(ca: Path, certificate: Path, key: Path) -> ssl.SSLContext:
    """What a client of the WAN broker shows and accepts. Raises ConfigurationError, which names file and cure."""
    for path in (ca, certificate, key):
        try:
            read_octets(path)
        except OSError as error:
            raise ConfigurationError(f"{path}: {error.strerror}. {_cure(error)}") from None
    if key.stat().st_mode & 0o077:
        raise ConfigurationError(f"{key}: others may read this private key. Cure: chmod 600 {key}")
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(ca))
    except ssl.SSLError as error:
        raise ConfigurationError(f"{ca}: not a certificate in PEM form ({error.reason}). {_COPY}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        raise ConfigurationError(
            f"{certificate} and {key}: not a certificate and its key ({error.reason}). Cure: the two that belong "
            "together, both in PEM form, the key without a password"
        ) from None
    return context


def _cure(error: OSError) -> str:
    return "Cure: chown it to the user of hubd utility" if isinstance(error, PermissionError) else _COPY


def _no_password() -> str:
    """For a key that is encrypted OpenSSL would ask at the terminal, which a daemon has not."""
    return ""


def refuse_another_hubs(certificate: Path, hub: HubId) -> None:
    """The certificate must be this hub's own: the broker gives each its branch of topics by the common name. Raises
    ConfigurationError.
    """
    named = _common_name(read_certificate(certificate))
    if named != hub:
        raise ConfigurationError(
            f"{certificate}: is the certificate of {named}. Cure: that of {hub}, or another hub id"
        )


def read_certificate(path: Path) -> x509.Certificate:
    """A PEM file. Raises ConfigurationError."""
    try:
        return x509.load_pem_x509_certificate(read_octets(path))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}. {_cure(error)}") from None
    except ValueError:
        raise ConfigurationError(f"{path}: not a certificate in PEM form. {_COPY}") from None


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else "nobody"
