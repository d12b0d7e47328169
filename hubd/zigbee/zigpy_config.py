"""zigpy's configuration, as this hub wants it: nothing that reaches the internet, writes keys or costs time."""

import os
from typing import Any

from hubd.zigbee.radio_config import RadioConfig


def zigpy_config(config: RadioConfig) -> dict[str, Any]:
    """What zigpy's application is built from."""
    return {
        "device": {"path": config.path, "baudrate": config.baudrate},
        "database_path": str(config.database) if config.database else None,
        "network": {
            "channel": config.channel,
            "channels": [config.channel],
        },
        "backup_enabled": False,  # a backup is the network key in clear JSON
        "ota": {"enabled": False, "disable_default_providers": [], "providers": [], "broadcast_enabled": False},
        "topology_scan_enabled": False,
        "watchdog_enabled": False,  # the session has its own: zigpy's tells of the same loss twice
        "znp_config": {
            "sync_request_timeout": config.radio_timeout_s,
            "led_mode": None,
            **({} if _has_modem_pins(config.path) else {"connect_rts_pin_states": [], "connect_dtr_pin_states": []}),
        },
    }


def _has_modem_pins(path: str) -> bool:
    """Whether DTR and RTS lead anywhere; on a network link or a pseudo-terminal their pattern only costs 0.45 s."""
    return "://" not in path and not os.path.realpath(path).startswith("/dev/pts/")
