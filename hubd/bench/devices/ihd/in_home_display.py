"""The display: balance, debt and supply of one meter, asked of it directly, codes keyed in for it, the hub's words.

It speaks to its meter without the hub: a top-up entered here reaches the meter while the hub is away or has no WAN,
and so does the consumer's act of switching an armed supply on.
"""

from hubd.bench.air.device import EndpointDescriptor
from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.basic import BASIC, basic_cluster
from hubd.bench.devices.ihd.messaging_client import MESSAGING, MessagingClient
from hubd.bench.devices.zcl import Value, ZclServer
from hubd.bench.devices.zcl.data_type import DataType, encode
from hubd.bench.devices.zcl.global_commands import read_response
from hubd.bench.devices.zcl.header import Header, decode_header
from hubd.bench.devices.zcl.server import COORDINATOR_ENDPOINT
from hubd.bench.devices.zcl.status import Global
from hubd.errors import WireError
from hubd.model.secret import Secret
from hubd.model.supply import SupplyState
from hubd.model.token_schemes.form import form_fault, tidy
from hubd.model.top_up_case import TopUpCase, case_of_result
from hubd.model.top_up_words import WORDS
from hubd.model.topup import TopUpResult

SMART_ENERGY, IN_HOME_DISPLAY, ENDPOINT, METER_ENDPOINT = 0x0109, 0x0502, 1, 1
METERING, PREPAYMENT = 0x0702, 0x0705
ASK_EVERY_S = 30.0
"""So that it shows within a minute what the meter knows, one lost frame included."""
ASK_AGAIN_S = 2.0
"""Until its meter has told it anything: just joined, it may have no key yet."""
_SUPPLY_STATUS = 0x0014
_ACCOUNT = {0x0001: "balance_e5", 0x0002: "emergency_e5", 0x0003: "credit_status", 0x0005: "debt_e5"}
_CONSUMER_TOP_UP, _CONSUMER_TOP_UP_RESPONSE, _LOCAL_CHANGE_SUPPLY = 0x04, 0x03, 0x0C
_ORIGINATING_IHD = 0x02


class InHomeDisplay:
    """A `VirtualDevice`. `meter`: the address of the one it shows."""

    kind = "in_home_display"
    mains_powered = True
    poll_interval_s: float | None = None

    def __init__(self, ieee: str, meter: str, ask_every_s: float = ASK_EVERY_S) -> None:
        self.ieee = ieee
        self.meter = meter
        self.endpoints: tuple[EndpointDescriptor, ...] = (
            EndpointDescriptor(ENDPOINT, SMART_ENERGY, IN_HOME_DISPLAY, (BASIC,), (METERING, MESSAGING, PREPAYMENT)),
        )
        self._server = ZclServer(ENDPOINT, SMART_ENERGY, [basic_cluster("in-home display", mains=True)])
        self._ask_every_s = ask_every_s
        self._ask_at_unix_s = 0.0
        self._keyed_in: list[Secret[str]] = []
        self._switch_on = False
        self._tsn = 0
        self._shown: dict[str, Value] = {}
        self._shown_unix_s: float | None = None
        self._answer: str | None = None
        self._own_words = ""
        self._messages = MessagingClient(self._to_hub, self._next_tsn)

    def on_joined(self, unix_s: float) -> None:
        """It asks at once what it is to show."""
        self._messages.asks, self._ask_at_unix_s = True, unix_s

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        """The meter's answers and the hub's words are shown; anything else is answered as any device would."""
        if frame.peer == self.meter and frame.secured:
            self._hear(frame, unix_s)
            return []
        if frame.cluster_id == MESSAGING and not frame.peer:
            return self._take_words(frame, unix_s) if frame.secured else []
        return self._server.on_frame(frame, unix_s) if frame.dst_endpoint in (ENDPOINT, 0xFF) else []

    def _take_words(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        before = self._messages.shown
        frames = self._messages.on_frame(frame, unix_s)
        after = self._messages.shown
        if after is not None and (before is None or before.message_id != after.message_id):
            self._own_words, self._ask_at_unix_s = "", unix_s  # there may be a balance that goes with it
        return frames

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        """Send what was keyed in, and ask when it is time."""
        self._messages.on_time(unix_s)
        frames = [self._top_up(code) for code in self._keyed_in]
        if self._switch_on:
            frames.append(self._command(METERING, _LOCAL_CHANGE_SUPPLY, bytes([SupplyState.ON])))
        if frames or unix_s >= self._ask_at_unix_s:
            every_s = self._ask_every_s if self._shown else min(ASK_AGAIN_S, self._ask_every_s)
            self._ask_at_unix_s = unix_s + every_s
            frames += [self._read(PREPAYMENT, tuple(_ACCOUNT)), self._read(METERING, (_SUPPLY_STATUS,))]
            frames += [self._messages.get_last_message()] if self._messages.asks else []
        self._keyed_in, self._switch_on = [], False
        return frames

    def next_due_unix_s(self) -> float | None:
        """At once where something was keyed in."""
        if self._keyed_in or self._switch_on:
            return 0.0
        shown = self._messages.shown
        return min(self._ask_at_unix_s, shown.until_unix_s) if shown else self._ask_at_unix_s

    def view(self) -> dict[str, object]:
        """What it shows, as JSON values."""
        shown = {"shows": dict(self._shown), "since_unix_s": self._shown_unix_s, "answer": self._answer}
        hubs = None if self._own_words else self._messages.shown
        return {
            **shown,
            "message": hubs.text if hubs else self._own_words,
            "importance": hubs.importance if hubs else None,
            "message_id": hubs.message_id if hubs else None,
        }

    def set(self, **values: object) -> None:
        """The consumer's hands: `code` (a top-up), `supply` ("on"). Raises ValueError in words."""
        if unknown := sorted(values.keys() - {"code", "supply"}):
            raise ValueError(f"{unknown[0]}: a display knows code and supply")
        if "code" in values:
            self._key_in(tidy(str(values["code"])))
        if "supply" in values:
            if values["supply"] != "on":
                raise ValueError("supply: only armed supply can be switched, and only on")
            self._switch_on = True

    def _key_in(self, code: str) -> None:
        """What is no code at all is not sent: it would cost the customer a try."""
        fault = form_fault(code)
        self._own_words = WORDS[fault or TopUpCase.UNDER_WAY].display
        if fault is None:
            self._keyed_in.append(Secret(code))

    def save(self) -> dict[str, object]:
        """Nothing that the meter would not tell it again."""
        return {"zcl": self._server.save()}

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`."""
        zcl = saved["zcl"]
        if not isinstance(zcl, dict):
            raise ValueError("not a display's state")
        self._server.restore(zcl)

    def _hear(self, frame: ApsFrame, unix_s: float) -> None:
        try:
            header, payload = decode_header(frame.data)
            if not header.cluster_specific and header.command == Global.READ_ATTRIBUTES_RESPONSE:
                self._show(frame.cluster_id, read_response(payload), unix_s)
            elif header.cluster_specific and header.command == _CONSUMER_TOP_UP_RESPONSE and payload:
                code = payload[0]
                known = code in list(TopUpResult)
                self._answer = TopUpResult(code).name.lower() if known else f"0x{code:02x}"
                self._own_words = WORDS[case_of_result(code)].display
        except WireError:
            return

    def _show(self, cluster_id: int, values: dict[int, Value], unix_s: float) -> None:
        if cluster_id == PREPAYMENT:
            self._shown |= {name: values[number] for number, name in _ACCOUNT.items() if number in values}
            self._shown_unix_s = unix_s
        supply = values.get(_SUPPLY_STATUS)
        if cluster_id == METERING and isinstance(supply, int) and supply in list(SupplyState):
            self._shown["supply"] = SupplyState(supply).name.lower()

    def _top_up(self, code: Secret[str]) -> ApsFrame:
        octets = code.reveal().encode("latin-1")
        return self._command(PREPAYMENT, _CONSUMER_TOP_UP, bytes([_ORIGINATING_IHD, len(octets)]) + octets)

    def _read(self, cluster_id: int, attributes: tuple[int, ...]) -> ApsFrame:
        payload = b"".join(encode(DataType.UINT16, attribute) for attribute in attributes)
        return self._to_meter(cluster_id, Header(self._next_tsn(), Global.READ_ATTRIBUTES).encode() + payload)

    def _command(self, cluster_id: int, command: int, payload: bytes) -> ApsFrame:
        header = Header(self._next_tsn(), command, cluster_specific=True)
        return self._to_meter(cluster_id, header.encode() + payload)

    def _to_hub(self, cluster_id: int, data: bytes) -> ApsFrame:
        return ApsFrame(SMART_ENERGY, cluster_id, ENDPOINT, COORDINATOR_ENDPOINT, data, secured=True)

    def _to_meter(self, cluster_id: int, data: bytes) -> ApsFrame:
        return ApsFrame(SMART_ENERGY, cluster_id, ENDPOINT, METER_ENDPOINT, data, secured=True, peer=self.meter)

    def _next_tsn(self) -> int:
        self._tsn = (self._tsn + 1) % 256
        return self._tsn
