"""Whether the hub can hold an exchange of keys: its certificates are proven at the start, once; what it advertises is
measured before the first exchange, once. Both in a thread.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping

from hubd.errors import HubdError
from hubd.model.han import OwnCertificateUnusable
from hubd.model.identity import Eui64
from hubd.zigbee.cbke.credentials import Credentials
from hubd.zigbee.cbke.exchange import KeyEstablishment
from hubd.zigbee.cbke.suite import Suite
from hubd.zigbee.own_certificates import OwnCertificates, measured_times
from hubd.zigbee.se.key_establishment import GenerateTimes

log = logging.getLogger(__name__)


class Readiness:
    """`objection`: why no exchange can be held, for people, once `prove` has found that out."""

    def __init__(self, certificates: OwnCertificates, tell: Callable[[OwnCertificateUnusable], None]) -> None:
        self._certificates = certificates
        self._tell = tell
        self._credentials: Mapping[Suite, Credentials] = {}
        self._times: Mapping[Suite, GenerateTimes] | None = None
        self.objection: str | None = None

    async def prove(self) -> None:
        """To be done before anything else. Never raises: what is wrong is an alarm, and then the objection."""
        try:
            self._credentials = await asyncio.to_thread(self._certificates.prove)
        except HubdError as error:
            self.objection = f"the hub's own certificate cannot be used: {error}"
            log.error("no device can make a key: %s", self.objection)
            self._tell(OwnCertificateUnusable(str(error)))

    async def fresh(self, own: Eui64) -> KeyEstablishment:
        """The machine at its beginning. Only where there is no objection."""
        if self._times is None:
            self._times = await asyncio.to_thread(measured_times, self._credentials, secrets.token_bytes)
        return KeyEstablishment(own, self._credentials, self._times)
