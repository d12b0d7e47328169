"""What several tests of commissioning stand on."""

import pytest

from hubd.bench.devices import key_establishment
from hubd.zigbee.cbke import initiator, responder


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A partner that died in an exchange is missed within a second or two, not half a minute."""
    monkeypatch.setattr(key_establishment, "AGAIN_AFTER_S", 1.0)
    monkeypatch.setattr(initiator, "INITIATE_TIMEOUT_S", 1.0)
    monkeypatch.setattr(initiator, "TRANSIT_S", 0.5)
    monkeypatch.setattr(responder, "TRANSIT_S", 0.5)
