"""Configurations for mosquitto 2.0: the WAN's broker, open only to certificates, and the consumer's plain one.

`etc/mosquitto/` holds what this file writes for an installed broker; a test keeps the two equal.
"""

import getpass
from dataclasses import dataclass
from pathlib import Path

from hubd.headend.files import write_whole
from hubd.headend.home import HEADEND_USER, OBSERVER_USER, VENDING_USER
from hubd.model.roles import Role
from hubd.wan.topics import ROOT


@dataclass(frozen=True, slots=True)
class WanListener:
    """Where the WAN's broker listens and where its files are."""

    host: str
    port: int
    ca: Path
    certificate: Path
    key: Path
    acl: Path
    persistence: Path
    user: str


def wan_broker(directory: Path, host: str = "127.0.0.1", port: int = 8883) -> Path:
    """Write `broker/mosquitto.conf` and `broker/acl` of a head-end's folder (certificates in `pki/`). Returns the
    configuration's path, for `mosquitto -c`. The broker runs as whoever starts it, and knows the bench's observer.
    """
    folder = directory.absolute() / "broker"
    persistence = _persistence(folder)
    pki = directory.absolute() / "pki"
    acl = folder / "acl"
    listener = WanListener(
        host, port, pki / "ca.crt", pki / "broker.crt", pki / "broker.key", acl, persistence, getpass.getuser()
    )
    write_whole(acl, wan_acl(observer=True).encode(), 0o600)
    return _written(folder / "mosquitto.conf", wan_configuration(listener))


def consumer_broker(directory: Path, port: int = 1883) -> Path:
    """Write `mosquitto.conf` of a plain broker on loopback into the folder. Returns its path."""
    persistence = _persistence(directory.absolute())
    path = directory.absolute() / "mosquitto.conf"
    return _written(path, consumer_configuration(port, persistence, getpass.getuser()))


def wan_configuration(listener: WanListener) -> str:
    """The text of the WAN broker's configuration."""
    return f"""# The WAN's broker, for mosquitto 2.0: MQTT over TLS 1.3, for certificates of our own authority.
per_listener_settings false
user {listener.user}

# Who may reach it: loopback is this machine only.
listener {listener.port} {listener.host}
tls_version tlsv1.3
cafile {listener.ca}
certfile {listener.certificate}
keyfile {listener.key}
# The name on the certificate is the user of the access list, and the client identifier too: so no hub can take
# over another's session by calling itself by its name.
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
acl_file {listener.acl}

# Sessions and what waits in them survive the broker. Written every second: at every change a queue of some thousand
# messages would be written thousands of times. A broker's word that it has a message is no proof anyway: hub and
# head-end send again until the other end itself has answered.
persistence true
persistence_location {listener.persistence}/
autosave_interval 1
persistent_client_expiration 14d
# More under way to a hub at a time: it writes down together what comes together.
max_inflight_messages 100
max_queued_messages 100000
max_queued_bytes 0

max_packet_size 65536
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
log_type notice
"""


def wan_acl(*, observer: bool) -> str:
    """The text of the WAN broker's access list: who may say and hear what. All else is refused. An observer belongs
    on a bench only: it hears everything, tokens too.
    """
    orders = "\n".join(f"topic write {ROOT}/+/down/{role}" for role in Role if role is not Role.VENDING)
    return f"""# A hub, by the name on its certificate: its own branch and no other.
pattern write {ROOT}/%u/up/#
pattern write {ROOT}/%u/status
pattern read {ROOT}/%u/down/#
pattern read {ROOT}/%u/ack

# The head-end: hears every hub, and orders in every role but vending.
user {HEADEND_USER}
topic read {ROOT}/+/up/#
topic read {ROOT}/+/status
topic write {ROOT}/+/ack
{orders}

# Vending has a credential of its own, which opens nothing else.
user {VENDING_USER}
topic write {ROOT}/+/down/{Role.VENDING}
{_OBSERVER if observer else ""}"""


_OBSERVER = f"""
# The bench's watcher: hears everything, says nothing. Not for an installed broker.
user {OBSERVER_USER}
topic read {ROOT}/#
"""


def consumer_configuration(port: int, persistence: Path, user: str) -> str:
    """The text of the consumer's broker: this machine only, no password."""
    return f"""# The consumer's broker, for mosquitto 2.0: plain, this machine only. Nothing of the utility is on it.
# To let Home Assistant in from another machine, give it a listener of its own with a password file.
per_listener_settings false
user {user}

listener {port} 127.0.0.1
allow_anonymous true

# Retained messages (the devices Home Assistant has discovered) survive the broker.
persistence true
persistence_location {persistence}/
autosave_interval 30

set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
log_type notice
"""


def reference() -> dict[str, str]:
    """The files of `etc/mosquitto/`, by name: for a broker that the system starts, as user mosquitto."""
    etc, state = Path("/etc/mosquitto/hubd"), Path("/var/lib/mosquitto")
    wan = WanListener(
        "127.0.0.1",
        8883,
        etc / "ca.crt",
        etc / "broker.crt",
        etc / "broker.key",
        etc / "wan.acl",
        state / "wan",
        "mosquitto",
    )
    return {
        "wan.conf": wan_configuration(wan),
        "wan.acl": wan_acl(observer=False),
        "consumer.conf": consumer_configuration(1883, state / "consumer", "mosquitto"),
    }


def _persistence(folder: Path) -> Path:
    persistence = folder / "db"
    persistence.mkdir(mode=0o700, parents=True, exist_ok=True)
    return persistence


def _written(path: Path, text: str) -> Path:
    write_whole(path, text.encode(), 0o600)
    return path
