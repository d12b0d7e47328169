"""What the hub asks of a device, and says to it: each a call that ends with the device's own answer, or raises.

One request is on the air for a device at a time (`device_link`). A request for which there is no radio raises
LinkError; a token for which there is none is NotSent.

To ask something new:
1. its frames and its answer's parser go into the cluster's file in `se/`;
2. a method here puts the two together with `_ask` or `_read`;
3. a test in `tests/zigbee/` asks it of a scripted meter.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from hubd.errors import LinkError
from hubd.model.display_message import DisplayMessage
from hubd.model.friendly_hours import Day, Week, words_of_week
from hubd.model.identity import Eui64
from hubd.model.metering import MeterReading, ProfileBlock
from hubd.model.nameplate import MeterSettings, Nameplate
from hubd.model.prepayment_settings import SetFriendlyHours, SetPaymentMode, Setting
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp
from hubd.model.topup import MeterTopUp, NoAnswer, NotReady, NotSent, PrepaymentState, TopUpAnswer
from hubd.zigbee.device_link import Answer, DeviceLink, DeviceSilentError
from hubd.zigbee.line_test import LineTest
from hubd.zigbee.nameplate import read_nameplate
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.scales import Scales
from hubd.zigbee.se import calendar, messaging, meter_settings, metering, prepayment, prepayment_settings
from hubd.zigbee.se import time as se_time
from hubd.zigbee.se.messaging import ToDisplay
from hubd.zigbee.smart_energy_application import SmartEnergyApplication
from hubd.zigbee.zcl.frame import ZclFrame
from hubd.zigbee.zcl.general import (
    GeneralCommand,
    parse_default_response,
    parse_read_attributes_response,
    read_attributes,
)
from hubd.zigbee.zcl.values import Value

T = TypeVar("T")
POLLED_WITHIN_S = 9.0
_MODE_CHANGED: Answer[object] = Answer(
    prepayment_settings.CHANGE_PAYMENT_MODE_RESPONSE, True, prepayment_settings.parse_change_payment_mode_response
)
_TAKEN: Answer[object] = Answer(GeneralCommand.DEFAULT_RESPONSE, False, parse_default_response)
"""A Default Response that says no is a refusal before it gets here."""
_READ_RESPONSE = Answer(GeneralCommand.READ_ATTRIBUTES_RESPONSE, False, parse_read_attributes_response)


class Questions:
    """Mixed into the network, which says whether the radio is up."""

    _config: RadioConfig
    _stamp: Callable[[], Stamp]

    def __init__(self, config: RadioConfig, stamp: Callable[[], Stamp]) -> None:
        self._config = config
        self._stamp = stamp
        self._links: dict[Eui64, DeviceLink] = {}
        self._scales = Scales(lambda device: self._read(device, metering.CLUSTER_ID, metering.SCALE))
        self._app: SmartEnergyApplication | None = None

    def _up(self) -> SmartEnergyApplication:
        raise NotImplementedError

    def _unanswered(self, device: Eui64) -> None:
        """What was asked under the device's link key came to nothing."""
        raise NotImplementedError

    def has_account(self, device: Eui64) -> bool:
        """Whether the device serves Prepayment. Raises LinkError while the radio is not up."""
        return self._up().endpoint_serving(device, prepayment.CLUSTER_ID) is not None

    async def read_nameplate(self, device: Eui64) -> Nameplate:
        """What the device says of itself, asked now. Raises LinkError."""
        return await read_nameplate(self._up(), device, self._config.read_timeout_s)

    async def read_clock(self, device: Eui64) -> float | None:
        """The device's own time in Unix seconds, asked now; None where it serves no clock. Raises LinkError."""
        if self._up().endpoint_serving(device, se_time.CLUSTER_ID) is None:
            return None
        return se_time.told(await self._read(device, se_time.CLUSTER_ID, (se_time.Attribute.TIME,)))

    async def read_settings(self, device: Eui64) -> MeterSettings:
        """How a meter is set, asked now. Raises LinkError."""
        identity = await self._read(device, metering.CLUSTER_ID, meter_settings.IDENTITY)
        account = (
            await self._read(device, prepayment.CLUSTER_ID, meter_settings.ACCOUNT)
            if self.has_account(device)
            else {}
        )
        return meter_settings.meter_settings(identity, account)

    async def read_metering(self, device: Eui64) -> MeterReading:
        """Registers, demand and supply, asked now. Raises LinkError."""
        scale = await self._scales.get(device)
        values = await self._read(device, metering.CLUSTER_ID, metering.READING)
        reading = metering.reading(values, scale, self._stamp())
        if reading is None:
            raise LinkError(f"{device} has no value for any of its registers")
        return reading

    async def read_prepayment(self, device: Eui64) -> PrepaymentState:
        """The meter's own account, asked now. Raises LinkError."""
        values = await self._read(device, prepayment.CLUSTER_ID, prepayment.STATE)
        state = prepayment.state(values, self._stamp())
        if state is None:
            raise LinkError(f"{device} says nothing of its account")
        return state

    async def read_profile(self, device: Eui64, channel: int, end_unix_s: int, periods: int) -> ProfileBlock:
        """Past intervals (Get Profile); `end_unix_s` 0 asks for the newest. Raises LinkError, also where the meter
        says that it has none.
        """
        scale = await self._scales.get(device)
        answer = Answer(
            metering.GET_PROFILE_RESPONSE,
            True,
            lambda payload: metering.parse_get_profile_response(payload, channel, scale),
        )
        return await self._ask(
            device,
            metering.CLUSTER_ID,
            lambda tsn: metering.get_profile(tsn, channel, end_unix_s, periods),
            answer,
        )

    async def top_up(self, device: Eui64, code: Secret[str]) -> TopUpAnswer | NoAnswer | NotSent | NotReady:
        """Send a token once and wait for the meter's own answer (`top_up_answers` has the rules)."""
        try:
            app = self._up()
        except LinkError as error:
            return NotSent(str(error))
        outcome = await self._link(device).top_up(app, code, self._config.answer_timeout_s)
        if isinstance(outcome, NoAnswer):
            self._unanswered(device)
        return outcome

    async def read_top_ups(self, device: Eui64) -> tuple[MeterTopUp, ...]:
        """The meter's own list of its newest top-ups, oldest first. Raises LinkError."""
        found: list[MeterTopUp] = []
        for place in range(prepayment.KEPT_TOP_UPS):
            values = await self._read(device, prepayment.CLUSTER_ID, prepayment.top_up_attributes(place))
            if (one := prepayment.top_up(values, place)) is None:
                break
            found.insert(0, one)
        return tuple(found)

    async def set_prepayment(self, device: Eui64, setting: Setting, issuer_event_id: int) -> dict[str, int | str]:
        """Set a prepayment meter up, and ask it how it is set now. Raises LinkError, also where the meter refuses.
        Doing it twice has the effect of once.
        """
        if isinstance(setting, SetFriendlyHours):
            return dict(words_of_week(await self._publish(device, setting.week, issuer_event_id)))
        await self._ask(
            device,
            prepayment.CLUSTER_ID,
            lambda tsn: prepayment_settings.frame(tsn, setting, issuer_event_id),
            _MODE_CHANGED if isinstance(setting, SetPaymentMode) else _TAKEN,
        )
        wanted = prepayment_settings.attributes(setting)
        return prepayment_settings.read_back(setting, await self._read(device, prepayment.CLUSTER_ID, wanted))

    async def _publish(self, device: Eui64, week: Week, calendar_id: int) -> Week:
        """Send the week part by part: the meter obeys it when the last has come. Returns what it then tells."""
        for part in calendar.friendly_credit(week, calendar_id):
            await self._ask(device, calendar.CLUSTER_ID, part.frame, _TAKEN)
        numbers = await self._week_profile(device, calendar_id)
        days = {number: await self._day_profile(device, calendar_id, number) for number in sorted(set(numbers))}
        return tuple(days[number] for number in numbers)

    async def _week_profile(self, device: Eui64, calendar_id: int) -> tuple[int, ...]:
        answer = Answer(
            calendar.Publish.WEEK_PROFILE,
            True,
            lambda payload: calendar.parse_publish_week_profile(payload, calendar_id),
        )
        return await self._ask(
            device, calendar.CLUSTER_ID, lambda tsn: calendar.get_week_profile(tsn, calendar_id), answer
        )

    async def _day_profile(self, device: Eui64, calendar_id: int, number: int) -> Day:
        answer = Answer(
            calendar.Publish.DAY_PROFILE,
            True,
            lambda payload: calendar.parse_publish_day_profile(payload, calendar_id, number),
        )
        return await self._ask(
            device, calendar.CLUSTER_ID, lambda tsn: calendar.get_day_profile(tsn, calendar_id, number), answer
        )

    async def show(self, device: Eui64, message: DisplayMessage) -> None:
        """Put a message on a display; returns once the display says that it has it. A display that has it already
        shows it once. Raises LinkError, DeviceRefusedError where the display does not take it.
        """
        await self._tell_display(
            device, ToDisplay.DISPLAY_MESSAGE, lambda tsn: messaging.display_message(tsn, message)
        )

    async def take_back(self, device: Eui64, message_id: int) -> None:
        """A message is not to be shown any more. Raises LinkError as `show` does."""
        await self._tell_display(
            device, ToDisplay.CANCEL_MESSAGE, lambda tsn: messaging.cancel_message(tsn, message_id)
        )

    async def _tell_display(self, device: Eui64, command: ToDisplay, build: Callable[[int], ZclFrame]) -> None:
        taken = Answer(
            GeneralCommand.DEFAULT_RESPONSE, False, lambda payload: messaging.parse_taken(command, payload)
        )
        await self._ask(device, messaging.CLUSTER_ID, build, taken, to_client=True)

    def polls(self, device: Eui64) -> bool:
        """The device sleeps between polls: it may take seconds to hear anything."""
        return self._app is not None and self._app.sleeps(device)

    async def test_line(self, device: Eui64) -> LineTest:
        """Time every hop to a device that can hear now: within ten seconds of its turn, or three polls of one that
        sleeps. Raises LinkError where it cannot be tested at all; a device that does not answer is a result.
        """
        timeout_s, attempts = (POLLED_WITHIN_S, 3) if self.polls(device) else (self._config.test_timeout_s, 2)
        link = self._link(device)
        async with link.turn():
            found = await self._up().test_line(device, link.next_tsn, timeout_s, attempts)
        if found.secured and not found.answered:
            self._unanswered(device)
        return found

    def _link(self, device: Eui64) -> DeviceLink:
        link = self._links.get(device)
        if link is None:
            link = self._links[device] = DeviceLink(device, self._config.late_answer_s)
        return link

    async def _read(self, device: Eui64, cluster_id: int, attributes: Sequence[int]) -> dict[int, Value]:
        return await self._ask(device, cluster_id, lambda tsn: read_attributes(tsn, attributes), _READ_RESPONSE)

    async def _ask(
        self,
        device: Eui64,
        cluster_id: int,
        build: Callable[[int], ZclFrame],
        answer: Answer[T],
        *,
        to_client: bool = False,
    ) -> T:
        app, config = self._up(), self._config
        try:
            return await self._link(device).ask(
                app, cluster_id, build, answer, config.read_timeout_s, config.read_attempts, to_client=to_client
            )
        except DeviceSilentError:
            self._unanswered(device)
            raise
