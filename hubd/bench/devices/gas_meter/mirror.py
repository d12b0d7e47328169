"""The meter's end of its mirror at the hub (Metering, 0x0702; the mirror's commands run against the usual direction).

It asks for a mirror, says how often it will report and that it wants to be told what waits (Configure Mirror), and
reports. The hub answers each report with notification flags: one of them is "stay awake".
"""

REQUEST_MIRROR, CONFIGURE_MIRROR = 0x01, 0x08
"""Server to client."""
REQUEST_MIRROR_RESPONSE, MIRROR_REPORT_ATTRIBUTE_RESPONSE = 0x01, 0x09
"""Client to server."""
FUNCTIONAL_FLAGS_ONLY = 0x01
"""Predefined Notification Scheme A: one bitmap, the FunctionalNotificationFlags."""
STAY_AWAKE_HAN, STAY_AWAKE_WAN = 0x10, 0x20
_REFUSED = 0xFFFF
_LONGEST_INTERVAL_S = 0xFF_FFFF


class MirrorClient:
    """What the meter knows of its mirror: the endpoint it reports to, and whether reports are answered."""

    def __init__(self, report_every_s: float) -> None:
        self.endpoint: int | None = None
        self.configured = False
        self._report_every_s = report_every_s

    def forget(self) -> None:
        """It joined a network anew."""
        self.endpoint, self.configured = None, False

    def next_request(self) -> tuple[int, bytes] | None:
        """The command (id, payload) that brings it nearer to a mirror; None: it has one that answers."""
        if self.endpoint is None:
            return REQUEST_MIRROR, b""
        if not self.configured:
            return CONFIGURE_MIRROR, self._configuration()
        return None

    def _configuration(self) -> bytes:
        interval_s = min(round(self._report_every_s), _LONGEST_INTERVAL_S)
        return bytes(4) + interval_s.to_bytes(3, "little") + bytes((True, FUNCTIONAL_FLAGS_ONLY))

    def hear_request_mirror_response(self, payload: bytes) -> None:
        """Where the mirror is, or that there is none to be had."""
        endpoint = int.from_bytes(payload[:2], "little")
        if len(payload) == 2 and endpoint != _REFUSED:
            self.endpoint = endpoint

    def hear_report_response(self, payload: bytes) -> bool | None:
        """Mirror Report Attribute Response: whether to stay awake; None for one that is not understood."""
        if len(payload) < 5 or payload[0] != FUNCTIONAL_FLAGS_ONLY:
            return None
        self.configured = True
        return bool(int.from_bytes(payload[1:5], "little") & (STAY_AWAKE_HAN | STAY_AWAKE_WAN))

    def save(self) -> dict[str, object]:
        """As JSON values."""
        return {"endpoint": self.endpoint, "configured": self.configured}

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`."""
        endpoint = saved["endpoint"]
        self.endpoint = endpoint if isinstance(endpoint, int) else None
        self.configured = bool(saved["configured"])
