"""Putting a device's link key into the radio, and taking it out.

MT has commands for it (ZDO_SET_LINK_KEY and its kin). Whether a firmware obeys them, leaves them out, or answers
success and does nothing cannot be known beforehand (docs/limits.md): so what was put in is read back where that is
possible, and a radio that does not hold the key is an error here and not a silent loss of every frame.
"""

import logging
from enum import Enum
from typing import Any

import zigpy.types as t
import zigpy_znp.commands as c  # type: ignore[import-untyped]
import zigpy_znp.types as znp_t  # type: ignore[import-untyped]
from zigpy_znp.exceptions import CommandNotRecognized  # type: ignore[import-untyped]

from hubd.errors import LinkError
from hubd.model.identity import Eui64
from hubd.model.secret import Secret

log = logging.getLogger(__name__)


class NotHeld(Enum):
    """Why there is no key to show. The two are not the same: a radio that holds none cannot read a single frame."""

    NONE = "it holds none"
    UNTOLD = "it does not tell"


async def install(znp: Any, device: Eui64, nwk: t.NWK, key: Secret[bytes]) -> None:
    """From now on the radio uses this key (16 octets) for the device, in and out. Raises LinkError where it does
    not.
    """
    ieee = t.EUI64.convert(device)
    try:
        answer = await znp.request(c.ZDO.SetLinkKey.Req(NWK=nwk, IEEE=ieee, LinkKeyData=t.KeyData(key.reveal())))
    except CommandNotRecognized:
        raise LinkError("this radio's firmware takes no link keys (ZDO_SET_LINK_KEY); see docs/limits.md") from None
    except Exception as error:
        raise LinkError(f"the radio fell silent over a link key ({type(error).__name__})") from None
    if answer.Status != znp_t.Status.SUCCESS:
        raise LinkError(f"the radio did not take the link key of {device}: {answer.Status.name}")
    there = await held(znp, device)
    if there is NotHeld.UNTOLD or (isinstance(there, Secret) and there.reveal() == key.reveal()):
        return
    holds = "none" if there is NotHeld.NONE else "another"
    raise LinkError(f"the radio says that it took the link key of {device}, and holds {holds}; see docs/limits.md")


async def held(znp: Any, device: Eui64) -> Secret[bytes] | NotHeld:
    """The key that the radio holds for the device. One that refuses to tell (any status but success) has none, as
    Z-Stack answers then; one that does not know the question, or falls silent over it, does not tell.
    """
    try:
        told = await znp.request(c.ZDO.GetLinkKey.Req(IEEE=t.EUI64.convert(device)))
    except Exception as error:
        log.debug(
            "the radio does not tell its link keys (%s): that of %s is unverified", type(error).__name__, device
        )
        return NotHeld.UNTOLD
    return Secret(told.LinkKeyData.serialize()) if told.Status == znp_t.Status.SUCCESS else NotHeld.NONE


async def forget(znp: Any, device: Eui64) -> None:
    """The radio shares no key with the device any more; nothing happens where it cannot do that."""
    try:
        await znp.request(c.ZDO.RemoveLinkKey.Req(IEEE=t.EUI64.convert(device)))
    except Exception as error:
        log.debug("the radio did not remove the link key of %s (%s)", device, type(error).__name__)
