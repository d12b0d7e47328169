"""R39: words for a display go out until it says that it has them, and it is answered when it asks."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from hubd.errors import LinkError
from hubd.model.display_message import DisplayMessage, Importance
from hubd.model.han import Heard, UnsecuredFrameRefused
from hubd.model.identity import Eui64
from hubd.zigbee.device_link import DeviceRefusedError
from hubd.zigbee.se.messaging import MessageConfirmation

from .conftest import MESSAGING, TIME, ScriptedDisplay

MESSAGE = DisplayMessage(0x65A1B2C3, "Hi.", Importance.LOW, 60)
HELLO = "c3b2a165" + "00" + "00000000" + "3c00" + "03" + "48692e"


class Words:
    """Who minds the messages, for these tests."""

    def __init__(self, last: DisplayMessage | None) -> None:
        self.last = last
        self.read: list[tuple[Eui64, MessageConfirmation]] = []

    def last_message(self, device: Eui64) -> DisplayMessage | None:
        return self.last

    def confirmed(self, device: Eui64, confirmation: MessageConfirmation) -> bool:
        self.read.append((device, confirmation))
        return self.last is not None and confirmation.message_id == self.last.message_id


@pytest.fixture
async def home(make_bench: Any) -> AsyncIterator[Any]:
    bench = make_bench([ScriptedDisplay()])
    async with bench.joined():
        yield bench


async def test_a_message_goes_under_the_link_key_to_the_endpoint_that_uses_the_cluster_r5_r39(home: Any) -> None:
    home.meter.answers()
    await home.network.show(home.meter.ieee, MESSAGE)
    (sent,) = home.meter.heard_on(MESSAGING)
    assert (sent.dst_endpoint, sent.secured) == (2, True)
    assert sent.data[:1] + sent.data[2:] == bytes.fromhex("0900" + HELLO)


async def test_a_message_is_taken_back(home: Any) -> None:
    home.meter.answers()
    await home.network.take_back(home.meter.ieee, MESSAGE.message_id)
    assert home.meter.heard_on(MESSAGING)[0].data[2:] == bytes.fromhex("01" + "c3b2a165" + "00")


@pytest.mark.parametrize(
    ("cluster_id", "zcl"),
    [(MESSAGING, "015600"), (MESSAGING, "015701c3b2a16500000000"), (TIME, "0055000000"), (MESSAGING, "10550b0000")],
    ids=["asks for a message", "confirms one", "reads the time", "answers"],
)
async def test_whatever_a_display_says_under_its_key_shows_that_it_is_there(
    home: Any, cluster_id: int, zcl: str
) -> None:
    home.events.clear()
    home.send(home.meter.frame(cluster_id, bytes.fromhex(zcl)))
    await home.until(lambda: home.of(Heard))
    assert home.of(Heard) == [Heard(home.meter.ieee)]


async def test_what_comes_in_a_display_s_name_without_its_key_does_not(home: Any) -> None:
    home.events.clear()
    home.send(home.meter.says("015600", secured=False))
    await home.until(lambda: home.of(UnsecuredFrameRefused))
    assert home.of(Heard) == []


async def test_a_display_that_does_not_answer_has_not_been_told(home: Any) -> None:
    with pytest.raises(LinkError, match="did not answer"):
        await home.network.show(home.meter.ieee, MESSAGE)
    assert len(home.meter.heard_on(MESSAGING)) == 3


async def test_a_like_frame_is_no_answer(home: Any) -> None:
    """The server's own, one to another command, and one cut short."""
    display = home.meter
    display.on_command = lambda _, frame: [
        display.says(like.format(f"{frame.data[1]:02x}")) for like in ("18{}0b0000", "10{}0b0100", "10{}0b00")
    ]
    with pytest.raises(LinkError, match="did not answer"):
        await home.network.show(display.ieee, MESSAGE)


async def test_a_display_that_refuses_is_not_asked_again(home: Any) -> None:
    home.meter.answers(0x81)
    with pytest.raises(DeviceRefusedError, match="UNSUP_CLUSTER_COMMAND"):
        await home.network.show(home.meter.ieee, MESSAGE)
    assert len(home.meter.heard_on(MESSAGING)) == 1


async def test_a_meter_that_uses_no_messages_is_sent_none(bench: Any) -> None:
    async with bench.joined() as network:
        with pytest.raises(LinkError, match="does not use cluster 0x0703"):
            await network.show(bench.meter.ieee, MESSAGE)


ASKED = {
    "last": (MESSAGE, "012100", "192100" + HELLO),
    "no last": (None, "012200", "18220b008b"),
    "last with a payload": (MESSAGE, "01230000", "18230b0080"),
    "read": (MESSAGE, "012401" + "c3b2a165" + "00000001", "18240b0100"),
    "read another": (MESSAGE, "012501" + "01000000" + "00000001", "18250b018b"),
    "read cut short": (MESSAGE, "012601" + "c3b2a165" + "000000", "18260b0180"),
    "unknown": (MESSAGE, "012702", "18270b0281"),
}


async def test_a_display_that_asks_is_answered_under_its_own_number_r39(home: Any) -> None:
    for name, (last, asks, answer) in ASKED.items():
        home.network.messages.keeper = Words(last)
        home.meter.heard.clear()
        home.send(home.meter.says(asks))
        await home.until(lambda: home.meter.heard_on(MESSAGING))
        (heard,) = home.meter.heard_on(MESSAGING)
        assert (heard.data.hex(), heard.secured, heard.dst_endpoint) == (answer, True, 2), name


async def test_a_confirmation_is_told_with_what_the_display_says_of_the_time_r39(home: Any) -> None:
    words = home.network.messages.keeper = Words(MESSAGE)
    home.send(home.meter.says("112101" + "c3b2a165" + "00000001" + "01"))
    await home.until(lambda: words.read)
    assert words.read == [(home.meter.ieee, MessageConfirmation(MESSAGE.message_id, 946_684_800 + 0x01000000))]
    assert home.meter.heard_on(MESSAGING) == [], "it wanted no answer"


async def test_nobody_is_answered_without_the_link_key_or_before_somebody_minds_the_messages_r5(home: Any) -> None:
    words = Words(MESSAGE)
    home.send(home.meter.says("012101" + "c3b2a165" + "00000001", secured=False))
    await home.until(lambda: home.of(UnsecuredFrameRefused))
    home.send(home.meter.says("012200"))
    await home.until(lambda: home.meter.heard_on(MESSAGING))
    assert home.meter.heard_on(MESSAGING)[0].data.hex() == "18220b008b"
    assert words.read == []


async def test_the_radio_is_told_that_the_hub_serves_messaging(home: Any) -> None:
    """A radio drops frames of clusters that its host has not listed."""
    assert MESSAGING in home.virtual.coordinator.endpoints[1].input_clusters
