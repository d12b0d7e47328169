"""What a device says of itself, in the Basic cluster (0x0000).

Read through zigpy under the network key: Basic belongs to the interview, before there is a link key. A string that is
no text, or one that is empty, was not told.
"""

import asyncio
from typing import Any, Final

import zigpy.types as t
from zigpy.application import ControllerApplication
from zigpy.device import ZigbeeDevice

from hubd.errors import LinkError
from hubd.model.identity import Eui64
from hubd.model.nameplate import Nameplate
from hubd.zigbee.se import profile

_APPLICATION_VERSION: Final = 0x0001
_HARDWARE_VERSION: Final = 0x0003
_MANUFACTURER: Final = 0x0004
_MODEL: Final = 0x0005
_DATE_CODE: Final = 0x0006
_PRODUCT_CODE: Final = 0x000A
_SERIAL_NUMBER: Final = 0x000D
_SOFTWARE_BUILD: Final = 0x4000

_ASKED: Final = (
    (_MANUFACTURER, _MODEL, _APPLICATION_VERSION, _HARDWARE_VERSION),
    (_DATE_CODE, _PRODUCT_CODE, _SERIAL_NUMBER, _SOFTWARE_BUILD),
)
"""Two questions: the answer to one would not fit a frame."""


async def read_nameplate(app: ControllerApplication, device: Eui64, timeout_s: float) -> Nameplate:
    """Ask the device. Raises LinkError where it does not answer."""
    cluster = _basic(app, device)
    told: dict[int, Any] = {}
    for attributes in _ASKED:
        try:
            async with asyncio.timeout(timeout_s):
                answered, _ = await cluster.read_attributes(list(attributes), allow_cache=False)
        except Exception as error:  # zigpy raises of every kind where a device is silent
            raise LinkError(f"{device} does not tell what it is ({type(error).__name__})") from None
        told |= answered
    return Nameplate(
        manufacturer=_text(told.get(_MANUFACTURER)),
        model=_text(told.get(_MODEL)),
        serial=_text(told.get(_SERIAL_NUMBER)),
        product_code=_text(told.get(_PRODUCT_CODE)),
        hardware_version=_whole(told.get(_HARDWARE_VERSION)),
        application_version=_whole(told.get(_APPLICATION_VERSION)),
        firmware=_text(told.get(_SOFTWARE_BUILD)),
        date_code=_text(told.get(_DATE_CODE)),
    )


def _basic(app: ControllerApplication, device: Eui64) -> Any:
    known = app.devices.get(t.EUI64.convert(device))
    endpoints = known.non_zdo_endpoints if isinstance(known, ZigbeeDevice) else []
    for endpoint in endpoints:
        if endpoint.profile_id == profile.PROFILE_ID and profile.BASIC in endpoint.in_clusters:
            return endpoint.in_clusters[profile.BASIC]
    raise LinkError(f"{device} has no Basic cluster on a Smart Energy endpoint")


def _text(value: object) -> str | None:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        return None
    printable = "".join(each for each in text if each.isprintable()).strip()
    return printable or None


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int) else None
