"""What hubs tell of their supply, in a line each."""

import msgspec

from hubd.wan.supply_messages import BrownOutBody, OutageAlertBody, OutageMomentaryBody, OutageRestoredBody


def supply_words(body: msgspec.Struct) -> str:
    """The body in words; its type's name where it is none of these."""
    match body:
        case OutageAlertBody():
            sure = "SUPPLY GONE" if body.claim == "alert" else "SUPPLY GONE (provisional)"
            return (
                f"{sure} for {body.off_for_s:.1f} s, {_losses(body.operations)}{_where(body.topology, body.outage)}"
            )
        case OutageRestoredBody():
            lasted = "" if body.lasted_s is None else f" after {body.lasted_s:.1f} s"
            return f"supply restored{lasted}, {_losses(body.operations)}{_where(body.topology, body.outage)}"
        case OutageMomentaryBody():
            return f"momentary loss of supply, {_losses(body.operations)}{_where(body.topology, body.outage)}"
        case BrownOutBody():
            low = f"brown-out {body.phase}, lowest {body.least_pu:.0%} of nominal"
            return low + _where(body.topology, body.brown_out)
        case _:
            return type(body).__name__


def _losses(operations: int) -> str:
    return "1 loss" if operations == 1 else f"{operations} losses"


def _where(topology: str | None, outage: str) -> str:
    return (f"  at {topology}" if topology else "") + f"  outage {outage}"
