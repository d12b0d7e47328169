"""Resume the network, or form the first one. Never anything in between.

zigpy would form a network, or restore an old backup, whenever the radio's memory is empty. Here a network is formed
only where the radio has none and this hub never had one either; where the two disagree, the hub stays off the air.
"""

import asyncio
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zigpy.state
import zigpy.types
from zigpy.exceptions import NetworkNotFormed
from zigpy.zdo.types import LogicalType

from hubd.errors import SecurityError
from hubd.model.identity import Eui64
from hubd.zigbee import network_identity
from hubd.zigbee.network_identity import NetworkIdentity
from hubd.zigbee.supervised_application import SupervisedApplication

t: Any = zigpy.types
"""zigpy's number types carry no hints that mypy could follow."""
_SECURITY_LEVEL = 5
"""AES-128 with a four-octet code: the level of every Zigbee network."""
_TX_POWER_DBM = 8
"""Allowed in every region."""


async def resume_or_form(
    app: SupervisedApplication, channel: int, identity_file: Path | None, about_to_form: Callable[[], None]
) -> NetworkIdentity:
    """Bring a connected radio to a network in its memory that is this hub's; returns which. Starting it comes next.

    `about_to_form` is called before the long way is taken. Raises SecurityError where radio and hub disagree, and
    whatever zigpy raises.
    """
    remembered = await asyncio.to_thread(network_identity.load, identity_file) if identity_file else None
    try:
        await app.load_network_info()
    except NetworkNotFormed:
        if remembered is not None or app.devices:
            raise SecurityError(
                "the radio holds no network, but this hub has one: the radio lost its memory, or is another one."
                " Cure: put the right radio back, or migrate the network"
            ) from None
        about_to_form()
        await app.write_network_info(network_info=_new_network(channel), node_info=_coordinator())
        await app.load_network_info()
    found = NetworkIdentity(
        coordinator=Eui64(str(app.state.node_info.ieee)), extended_pan_id=str(app.state.network_info.extended_pan_id)
    )
    if remembered is not None:
        network_identity.require_same(remembered, found)
    elif identity_file:
        await asyncio.to_thread(network_identity.save, identity_file, found)
    return found


def _new_network(channel: int) -> zigpy.state.NetworkInfo:
    """A fresh network: random PAN ids and key. Nothing of it is kept outside the radio but the extended PAN id."""
    return zigpy.state.NetworkInfo(
        extended_pan_id=t.ExtendedPanId(os.urandom(8)),
        pan_id=t.PanId(random.SystemRandom().randint(0x0001, 0xFFFE)),
        nwk_update_id=t.uint8_t(0),
        nwk_manager_id=t.NWK(0x0000),
        channel=t.uint8_t(channel),
        channel_mask=t.Channels.from_channel_list([channel]),
        security_level=t.uint8_t(_SECURITY_LEVEL),
        tx_power=_TX_POWER_DBM,
        network_key=zigpy.state.Key(
            key=t.KeyData(os.urandom(16)), tx_counter=t.uint32_t(0), rx_counter=t.uint32_t(0), seq=t.uint8_t(0)
        ),
        tc_link_key=zigpy.state.Key(
            key=t.KeyData(b"ZigBeeAlliance09"),  # built into Z-Stack; no device joins with it (`admissions`)
            tx_counter=t.uint32_t(0),
            rx_counter=t.uint32_t(0),
            seq=t.uint8_t(0),
            partner_ieee=t.EUI64.UNKNOWN,
        ),
        children=[],
        key_table=[],
        nwk_addresses={},
        stack_specific={},
    )


def _coordinator() -> zigpy.state.NodeInfo:
    return zigpy.state.NodeInfo(nwk=t.NWK(0x0000), ieee=t.EUI64.UNKNOWN, logical_type=LogicalType.Coordinator)
