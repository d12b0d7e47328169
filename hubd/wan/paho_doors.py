"""What aiomqtt 2.5 does not offer and the paho client inside it does (docs/adr/0003). A contract test holds it.

Acknowledging by hand: without it paho tells the broker to forget a token before it is on disk.
Reasons of PUBACK: without them a broker's "not authorized" looks like success.
"""

from collections.abc import Callable
from typing import Any

import aiomqtt


def acknowledge_by_hand(client: aiomqtt.Client) -> None:
    """From now on nothing that comes is acknowledged but by `acknowledge`. To be called before connecting."""
    client._client.manual_ack_set(True)


def acknowledge(client: aiomqtt.Client, message: aiomqtt.Message) -> None:
    """Tell the broker that this message is done with. To be called in the order of arrival (MQTT-4.6.0-2)."""
    client._client.ack(message.mid, message.qos)


def on_refused_publish(client: aiomqtt.Client, refused: Callable[[str], None]) -> None:
    """Be told, in words, when the broker took a message but will not pass it on."""
    inner = client._client
    pass_on = inner.on_publish

    def watched(client_: Any, userdata: Any, mid: int, reason_code: Any, properties: Any) -> None:
        if reason_code.is_failure:
            refused(str(reason_code))
        if pass_on is not None:
            pass_on(client_, userdata, mid, reason_code, properties)  # type: ignore[call-arg]

    inner.on_publish = watched
