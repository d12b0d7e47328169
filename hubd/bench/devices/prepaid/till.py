"""Where tokens are entered: judged, put into effect, and written down, all in one step of the meter."""

from collections.abc import Callable

from hubd.bench.devices.prepaid.account import Account
from hubd.bench.devices.prepaid.friendly_hours import FriendlyHours
from hubd.bench.devices.prepaid.lockout import Lockout
from hubd.bench.devices.prepaid.set_up import SetUp
from hubd.bench.devices.prepaid.settings import PrepaymentSettings
from hubd.bench.devices.prepaid.token_acceptance import (
    Acceptance,
    Judgement,
    MeterSecret,
    Verdict,
    judge,
)
from hubd.bench.devices.prepaid.token_log import TokenLog, TopUp
from hubd.bench.devices.prepaid.token_memory import TokenMemory
from hubd.model.secret import Secret
from hubd.sts import KeyChangeSection


class TokenTill:
    """The meter's token reader, with the account it feeds."""

    def __init__(self, settings: PrepaymentSettings, account: Account, own_time: Callable[[float], int]) -> None:
        self.state = Acceptance(settings.secret, TokenMemory(settings.token_memory))
        self.log = TokenLog()
        self.set_up = SetUp(account)
        self.friendly_hours = FriendlyHours(account, own_time)
        self.power_limit_w: int | None = None
        self._account = account
        self._own_time = own_time

    def enter(self, digits: str, source: int, unix_s: float) -> tuple[Verdict, int]:
        """Judge a token and let it act: the verdict, and what it added (10^-5 of the currency unit)."""
        limits = self._account.settings.limits
        self.state, judgement = judge(self.state, digits, self._account.balance_e5, limits, unix_s)
        self.log.judged(unix_s, judgement.verdict, judgement.tid)
        if judgement.verdict is Verdict.ACCEPTED and judgement.tid is not None:
            self._act(judgement, judgement.tid, digits, source, unix_s)
        return judgement.verdict, judgement.amount_e5

    def _act(self, judgement: Judgement, tid: int, digits: str, source: int, unix_s: float) -> None:
        if judgement.clears_credit:
            self._account.clear()
        elif judgement.power_limit_w is not None:
            self.power_limit_w = judgement.power_limit_w
        elif judgement.amount_e5:
            self._account.add(judgement.amount_e5 - self.set_up.recovered_e5(judgement.amount_e5))
        top_up = TopUp(self._own_time(unix_s), judgement.amount_e5, source, Secret(digits))
        self.log.credited(top_up, tid)

    def save(self) -> dict[str, object]:
        """Everything that decides on the next token, as JSON values; the meter's decoder key is among them."""
        state = self.state
        return {
            "decoder_key": state.secret.decoder_key.reveal().hex(),
            "base": state.secret.base,
            "ken": state.secret.ken,
            "taken": list(state.memory.taken),
            "forgotten_to": state.memory.forgotten_to,
            "wrong": state.lockout.wrong,
            "locked_until_unix_s": state.lockout.until_unix_s,
            "sections": [[section.subclass, section.body.reveal()] for section in state.sections],
            "sections_since_unix_s": state.sections_since_unix_s,
            "power_limit_w": self.power_limit_w,
            "log": self.log.save(),
            "set_up": self.set_up.save(),
            "friendly_hours": self.friendly_hours.save(),
        }

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`. The size of the memory stays the setting's."""
        taken, sections, log = saved["taken"], saved["sections"], saved["log"]
        numbers = [saved[name] for name in ("base", "ken", "forgotten_to", "wrong")]
        base, ken, forgotten_to, wrong = (number for number in numbers if isinstance(number, int))
        locked, since = saved["locked_until_unix_s"], saved["sections_since_unix_s"]
        if not (isinstance(taken, list) and isinstance(sections, list) and isinstance(log, dict)):
            raise ValueError("not a meter's token memory")
        if not (isinstance(locked, int | float) and isinstance(since, int | float)):
            raise ValueError("not a meter's lock-out")
        self.state = Acceptance(
            MeterSecret(Secret(bytes.fromhex(str(saved["decoder_key"]))), base, ken, self.state.secret.utrn),
            TokenMemory(self.state.memory.size, tuple(taken), forgotten_to),
            Lockout(wrong, float(locked)),
            tuple(KeyChangeSection(subclass, Secret(body)) for subclass, body in sections),
            float(since),
        )
        limit = saved["power_limit_w"]
        self.power_limit_w = limit if isinstance(limit, int) else None
        self.log.restore(log)
        if isinstance(set_up := saved.get("set_up"), dict):
            self.set_up.restore(set_up)
        if isinstance(hours := saved.get("friendly_hours"), dict):
            self.friendly_hours.restore(hours)
