"""The topics of the WAN. A hub's certificate opens its own branch `hubd/v1/<hub>/` and no other."""

from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.model.roles import Role

ROOT = "hubd/v1"


def up(hub: HubId, lane: Lane) -> str:
    """Messages of the hub: one topic a lane."""
    return f"{ROOT}/{hub}/up/{lane}"


def down(hub: HubId, role: Role) -> str:
    """Signed commands to the hub: one topic a role."""
    return f"{ROOT}/{hub}/down/{role}"


def ack(hub: HubId) -> str:
    """The head-end's receipt: for each lane, the highest sequence number it has safely stored."""
    return f"{ROOT}/{hub}/ack"


def status(hub: HubId) -> str:
    """Retained: online or offline (the last will)."""
    return f"{ROOT}/{hub}/status"
