"""A throwaway authority and a real mosquitto on loopback: mutual TLS 1.3, names from certificates, the hub's ACL."""

import contextlib
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_ACL = """\
pattern write hubd/v1/%u/up/#
pattern write hubd/v1/%u/status
pattern read hubd/v1/%u/down/#
pattern read hubd/v1/%u/ack
user head
topic readwrite hubd/v1/#
"""
_DEAF_ACL = "pattern read hubd/v1/%u/down/#\npattern read hubd/v1/%u/ack\nuser head\ntopic readwrite hubd/v1/#\n"


@dataclass
class Authority:
    """Issues certificates into its folder: `<name>.crt` and `<name>.key`, and its own `ca.crt`."""

    folder: Path
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.folder.name)])
        self._write(self.ca, self._builder(self.name, self.key, days=30, ca=True))

    @property
    def ca(self) -> Path:
        return self.folder / "ca.crt"

    def issue(self, name: str, *, file: str | None = None, days: int = 30, host: str | None = None) -> None:
        """`days` below zero: it has expired so long ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(subject, key, days=days, ca=False)
        if host is not None:
            names = [x509.IPAddress(IPv4Address(host))] if host[0].isdigit() else [x509.DNSName(host)]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        self._write(self.folder / f"{file or name}.crt", builder)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = self.folder / f"{file or name}.key"
        path.touch(0o600)
        path.write_bytes(pem)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, days: int, ca: bool
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=60))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )

    def _write(self, path: Path, builder: x509.CertificateBuilder) -> None:
        path.write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


@dataclass
class Broker:
    """mosquitto on a free port. What it stores is saved at every change, so that only PUBACKed things may be lost."""

    folder: Path
    authority: Authority
    certificate: str = "broker"
    acl: str = _ACL
    port: int = 0
    more: str = ""
    """Further lines of its configuration."""
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.port = self.port or free_port()

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "acl").write_text(self.acl)
        (self.folder / "acl").chmod(0o600)
        (self.folder / "conf").write_text(self._configuration())
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin") or "mosquitto"
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([program, "-c", str(self.folder / "conf")], stdout=log, stderr=log)
        for _ in range(250):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return
            time.sleep(0.02)
        raise AssertionError((self.folder / "log").read_text())

    def kill(self) -> None:
        """SIGKILL: nothing is saved, no session is closed."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def make_deaf(self) -> None:
        """From the next SIGHUP it takes no message of a hub."""
        (self.folder / "acl").write_text(_DEAF_ACL)
        assert self.process is not None
        self.process.send_signal(1)

    def _configuration(self) -> str:
        pki = self.authority.folder
        return f"""\
user root
listener {self.port} 127.0.0.1
tls_version tlsv1.3
cafile {self.authority.ca}
certfile {pki / f"{self.certificate}.crt"}
keyfile {pki / f"{self.certificate}.key"}
require_certificate true
use_identity_as_username true
allow_anonymous false
acl_file {self.folder / "acl"}
persistence true
persistence_location {self.folder}/
autosave_interval 1
autosave_on_changes true
max_queued_messages 0
log_type all
{self.more}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
