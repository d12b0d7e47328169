"""A certificate for each hub of a fleet, quickly: one key for all of them, names of their own.

`headend/pki.py` makes what a real hub gets, with a key each and every file flushed: a minute for ten thousand.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hubd.headend.home import Home


def issue(home: Home, hubs: Iterable[str], folder: Path) -> None:
    """`<hub>.crt` for each, `hubs.key`, and the authority as `ca.crt`."""
    folder.mkdir(mode=0o700)
    authority = x509.load_pem_x509_certificate(home.ca.read_bytes())
    signing = serialization.load_pem_private_key(home.key("ca").read_bytes(), password=None)
    assert isinstance(signing, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "hubs.key").write_bytes(pem)
    (folder / "ca.crt").write_bytes(home.ca.read_bytes())
    now = datetime.now(UTC)
    client = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    for hub in hubs:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hub)]))
            .issuer_name(authority.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(client, critical=False)
        )
        certificate = builder.sign(signing, hashes.SHA256())
        (folder / f"{hub}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
