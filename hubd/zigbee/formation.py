"""Resume the network, or form the first one. Never anything in between.

zigpy would form a network, or restore an old backup, whenever the radio's memory is empty. Here a network is formed
only where the radio has none and this hub never had one either, or where the hub was told to; where the two disagree,
the hub stays off the air (`network_identity` has the rule).
"""

import os
import random
from collections.abc import Callable
from typing import Any

import zigpy.state
import zigpy.types
from zigpy.exceptions import NetworkNotFormed
from zigpy.zdo.types import LogicalType

from hubd.model.identity import Eui64
from hubd.zigbee.network_identity import IdentityLedger, NetworkIdentity, Step, next_step
from hubd.zigbee.supervised_application import SupervisedApplication

t: Any = zigpy.types
"""zigpy's number types carry no hints that mypy could follow."""
_SECURITY_LEVEL = 5
"""AES-128 with a four-octet code: the level of every Zigbee network."""
_TX_POWER_DBM = 8
"""Allowed in every region."""


async def resume_or_form(
    app: SupervisedApplication, channel: int, ledger: IdentityLedger, about_to_form: Callable[[], None]
) -> NetworkIdentity:
    """Bring a connected radio to a network in its memory that is this hub's; returns which. Starting it comes next.

    `about_to_form` is called before the long way is taken. Raises ForeignRadioError where radio and hub disagree, and
    whatever zigpy raises.
    """
    found = await _held(app)
    step = next_step(await ledger.load(), found, has_devices=bool(app.devices))
    if step is Step.ADOPT:
        await ledger.adopt(found)
    if step is Step.FORM:
        about_to_form()
        await ledger.save(
            NetworkIdentity(found.coordinator, "")
        )  # killed on the way, it forms again, and adopts nothing
        await app.write_network_info(network_info=_new_network(channel), node_info=_coordinator())
        found = await _held(app)
        await ledger.save(found)
    return found


async def _held(app: SupervisedApplication) -> NetworkIdentity:
    """What the radio says of itself; nothing is written to it."""
    try:
        await app.load_network_info()
    except NetworkNotFormed:
        return NetworkIdentity(await app.hardware_address(), "")
    return NetworkIdentity(
        coordinator=Eui64(str(app.state.node_info.ieee)), extended_pan_id=str(app.state.network_info.extended_pan_id)
    )


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
