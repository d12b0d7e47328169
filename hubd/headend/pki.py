"""The bench's own certificate authority: P-256, two years, one certificate for each who connects (R4).

`create` may run again at any time: it keeps what is good, adds what is missing, and renews, under the same key, what
has less than 30 days left or names too few hosts.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hubd.configuration import read_octets
from hubd.errors import ConfigurationError
from hubd.headend.files import write_whole
from hubd.headend.home import HEADEND_USER, VENDING_USER, Home

LIFETIME = timedelta(days=730)
RENEW_BEFORE = timedelta(days=30)
LOOPBACK = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def create(home: Home, hubs: Sequence[str], broker_hosts: Sequence[str], now: datetime | None = None) -> list[str]:
    """Authority, broker, head-end, vending and each hub. Returns a line for each file made or renewed."""
    at = now or datetime.now(UTC)
    home.pki.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority, done = _authority(home, at)
    done += _leaf(home, authority, "broker", tuple(dict.fromkeys((*LOOPBACK, *broker_hosts))), at)
    for name in (HEADEND_USER, VENDING_USER, *hubs):
        done += _leaf(home, authority, name, (), at)
    return done


def issue(home: Home, name: str, now: datetime | None = None) -> list[str]:
    """One more client certificate, named `name`: for a watcher, or for a stranger in a test."""
    at = now or datetime.now(UTC)
    authority, done = _authority(home, at)
    return done + _leaf(home, authority, name, (), at)


def expiries(home: Home) -> dict[str, datetime]:
    """When each certificate of the folder ends."""
    return {path.stem: _read_certificate(path).not_valid_after_utc for path in sorted(home.pki.glob("*.crt"))}


def _authority(home: Home, at: datetime) -> tuple[_Authority, list[str]]:
    certificate_path, key_path = home.ca, home.key("ca")
    if certificate_path.exists() and not key_path.exists():
        raise ConfigurationError(
            f"{key_path}: the authority's key is gone, so nothing can be issued. Cure: restore it, or a new folder"
        )
    key = _key(key_path)
    if certificate_path.exists():
        certificate = _read_certificate(certificate_path)
        if certificate.not_valid_after_utc - at > RENEW_BEFORE:
            return _Authority(certificate, key), []
    made = "renewed" if certificate_path.exists() else "made"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hubd bench authority")])
    certificate = (
        _builder(name, name, key, at)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_whole(certificate_path, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    return _Authority(certificate, key), [f"pki/ca.crt: {made}"]


def _leaf(home: Home, authority: _Authority, name: str, hosts: tuple[str, ...], at: datetime) -> list[str]:
    path = home.certificate(name)
    key = _key(home.key(name))
    made = "renewed" if path.exists() else "made"
    if path.exists() and _still_good(_read_certificate(path), authority, key, hosts, at):
        return []
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = ExtendedKeyUsageOID.SERVER_AUTH if hosts else ExtendedKeyUsageOID.CLIENT_AUTH
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        _builder(subject, authority.certificate.subject, key, at)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issuer_key, critical=False)
    )
    if hosts:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(h) for h in hosts]), critical=False
        )
    certificate = builder.sign(authority.key, hashes.SHA256())
    write_whole(path, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    return [f"pki/{name}.crt: {made}"]


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, at: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + LIFETIME)
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _still_good(
    certificate: x509.Certificate,
    authority: _Authority,
    key: ec.EllipticCurvePrivateKey,
    hosts: tuple[str, ...],
    at: datetime,
) -> bool:
    if certificate.public_key() != key.public_key() or certificate.not_valid_after_utc - at <= RENEW_BEFORE:
        return False
    try:
        certificate.verify_directly_issued_by(authority.certificate)
    except Exception:  # the library raises ValueError, TypeError or InvalidSignature: each means "not by us"
        return False
    return set(hosts) <= _hosts(certificate)


def _hosts(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {str(name.value) for name in names}


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    if path.exists():
        key = _private_key(path)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ConfigurationError(
                f"{path}: not a readable elliptic-curve key. Cure: put it right, or remove it and run head init again"
            )
        return key
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_whole(path, pem, 0o600)
    return key


def _private_key(path: Path) -> object:
    """What the file holds; None: nothing that can be used."""
    try:
        return serialization.load_pem_private_key(read_octets(path), password=None)
    except (OSError, ValueError, TypeError):
        return None


def _read_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(read_octets(path))
    except (OSError, ValueError):
        raise ConfigurationError(
            f"{path}: not a readable certificate. Cure: put it right, or remove it and run head init again"
        ) from None
