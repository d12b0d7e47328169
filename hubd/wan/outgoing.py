"""Publishing within one session: sent at once, answered by a callback, and never waited for.

aiomqtt's `publish` waits for each PUBACK, one after the other, and gives up after ten seconds, which a narrow-band
radio link may need. So messages go straight to the paho client inside.
"""

import asyncio
from collections.abc import Callable

import aiomqtt
from paho.mqtt.enums import MQTTErrorCode

from hubd.mqtt import paho_doors

Answered = Callable[[], None]


class Outgoing:
    """One session's way out. Everything is QoS 1."""

    def __init__(self, client: aiomqtt.Client, most_in_flight: int) -> None:
        self._client = client
        self._unanswered: dict[int, Answered] = {}
        self._all_answered = asyncio.Event()
        paho_doors.on_puback(client, self._puback)
        paho_doors.allow_in_flight(client, most_in_flight)

    def send(self, topic: str, payload: bytes, answered: Answered, *, retain: bool = False) -> None:
        """Hand a message to the connection; `answered` is called at the broker's PUBACK. Raises aiomqtt.MqttError
        where the connection is gone.
        """
        code, mid = paho_doors.send(self._client, topic, payload, retain=retain)
        if code is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise aiomqtt.MqttCodeError(code, "the connection is gone")
        self._all_answered.clear()
        self._unanswered[mid] = answered

    async def all_answered(self) -> None:
        """Until the broker has answered everything that was sent."""
        if self._unanswered:
            await self._all_answered.wait()

    def _puback(self, mid: int) -> None:
        if (answered := self._unanswered.pop(mid, None)) is not None:
            answered()
        if not self._unanswered:
            self._all_answered.set()
