"""A prepayment meter's account as the bench sees and changes it."""

from hubd.bench.devices.prepaid.account import Account
from hubd.bench.devices.prepaid.settings import parse_e5
from hubd.bench.devices.prepaid.till import TokenTill


def view(account: Account | None, till: TokenTill | None) -> dict[str, object]:
    """Account and tokens, as JSON values; no key and no code."""
    if account is None or till is None:
        return {"balance_e5": None, "accepted": [], "log": [], "lock_until": None}
    return {
        "balance_e5": account.balance_e5,
        "currency": account.settings.currency,
        "emergency_e5": account.emergency_e5,
        "debt_e5": account.debt_e5,
        "credit_status": int(account.status()),
        "accepted": [{"tid": tid, "amount_e5": amount_e5} for tid, amount_e5 in till.log.accepted],
        "log": [{"unix_s": at, "verdict": str(verdict), "tid": tid} for at, verdict, tid in till.log.verdicts],
        "lock_until": till.state.lockout.until_unix_s or None,
        "power_limit_w": till.power_limit_w,
        "friendly_hours": till.friendly_hours.view(),
        "friendly_now": account.friendly,
    }


def change(account: Account | None, name: str, value: object) -> None:
    """`balance` ("5.00"), `supply` ("on": the consumer's act at the meter) or `emergency` ("select"). Raises
    ValueError in words.
    """
    if account is None:
        raise ValueError(f"{name}: this meter has no prepayment")
    if name == "balance":
        account.set_balance(parse_e5(str(value)))
    elif name == "supply" and not (value == "on" and account.switch_on()):
        raise ValueError("supply: only armed supply can be switched, and only on")
    elif name == "emergency" and not (value == "select" and account.select_emergency()):
        raise ValueError("emergency: it can be selected where there is some and the balance is low")
