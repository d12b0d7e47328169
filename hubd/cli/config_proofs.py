"""What a configuration file names, looked at as the daemon will: the files it opens, the places it makes.

`load` of a configuration judges the file alone; a daemon that starts reads on from there.
"""

import ssl
from pathlib import Path

from hubd.consumer.config import ConsumerConfig
from hubd.errors import ConfigurationError
from hubd.utility.config import UtilityConfig
from hubd.wan import role_keys, tls
from hubd.zigbee import own_certificates

RUN = Path("/run")
"""What is below, the service manager makes at the start."""


def of_utility(config: UtilityConfig) -> None:
    """The files that open the WAN, those for key establishment with the arithmetic that the daemon leaves for later,
    and the places. Raises ConfigurationError or SecurityError.
    """
    tls.client_context(config.wan.ca, config.wan.certificate, config.wan.key)
    tls.refuse_another_hubs(config.wan.certificate, config.hub_id)
    role_keys.load(config.wan.role_keys)
    own_certificates.read(config.security.certificates).prove()
    _is_folder("console.socket", config.console.socket.parent)
    _is_folder("feed.fifo", config.feed.fifo.parent)
    _may_become_folder("state", config.state)


def of_consumer(config: ConsumerConfig) -> None:
    """What the broker's certificate is held against, and the places. Raises ConfigurationError."""
    if (ca := config.home_assistant.ca) is not None:
        try:
            tls.read_certificate(ca)
            ssl.create_default_context(cafile=str(ca))
        except (ssl.SSLError, ConfigurationError):
            raise ConfigurationError(
                f"home_assistant.ca: {ca} is no readable certificate in PEM form. Cure: that of its authority"
            ) from None
    _is_folder("feed.fifo", config.feed.fifo.parent)
    _may_become_folder("state", config.state)


def _may_become_folder(key: str, folder: Path) -> None:
    """It and what is above it are made where they are missing."""
    _is_folder(key, next(place for place in (folder, *folder.parents) if place.exists()))


def _is_folder(key: str, folder: Path) -> None:
    if not folder.is_dir() and RUN not in folder.parents:
        raise ConfigurationError(f"{key}: {folder} is no folder. Cure: make it, or name another place")
