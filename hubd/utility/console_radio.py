"""What `hubctl radio` asks: which radio this hub stands on, and to stand on another."""

from collections.abc import Awaitable, Callable
from typing import Any

from hubd.console import ASKED_BY_UID, ConsoleRefusedError
from hubd.utility.radio_identity import Installer, JournalIdentity
from hubd.zigbee.network_identity import NetworkIdentity
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

LONGEST_NAME = 80


class RadioAnswers:
    """Three questions: `radio`, `radio_migrate` and `radio_form`."""

    def __init__(self, path: str, network: SmartEnergyNetwork, ledger: JournalIdentity) -> None:
        self._path = path
        self._network = network
        self._ledger = ledger
        self.answers: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
            "radio": self.radio,
            "radio_migrate": self.migrate,
            "radio_form": self.form,
        }

    async def radio(self, question: dict[str, Any]) -> dict[str, Any]:
        """The radio this hub is bound to, the one that is there, and the network. No key."""
        state, bound = self._network.radio, await self._ledger.load()
        facts = state.facts
        return {
            "state": state.state,
            "reason": state.reason,
            "path": self._path,
            "bound": _shown(bound),
            "found": _shown(state.found or (bound if state.state == "up" else None)),
            "pan_id": f"0x{facts.pan_id:04x}" if facts else None,
            "channel": facts.channel if facts else None,
            "firmware": facts.firmware if facts else None,
        }

    async def migrate(self, question: dict[str, Any]) -> dict[str, Any]:
        """Stand on the radio that is there from now on; `to` is its address, as the installer saw it. Devices trust
        the old radio: they must be admitted anew, unless the new one holds the same network.
        """
        found = self._network.radio.found
        if self._network.radio.state != "foreign" or found is None:
            raise ConsoleRefusedError(
                f"there is nothing to migrate: the radio is {self._network.radio.state}. "
                "A radio that is not this hub's must stand at its place first"
            )
        if question.get("to") != found.coordinator:
            raise ConsoleRefusedError(f"the radio that is there is {found.coordinator}: name that one")
        by = _installer(question)
        bound = await self._ledger.load() or found
        await self._ledger.migrate(bound, found, by)
        self._network.look_again()
        return {"old": bound.coordinator, "new": found.coordinator, "by": by.name}

    async def form(self, question: dict[str, Any]) -> dict[str, Any]:
        """Form a new network, with a new key, on this hub's own radio; `on` is its address, as the installer saw it.
        Every device must be admitted anew.
        """
        bound = await self._ledger.load()
        if self._network.radio.state != "up" or bound is None:
            raise ConsoleRefusedError(
                f"the radio is {self._network.radio.state}: a network is formed anew on this hub's own radio, once it"
                " is up. For another radio: hubctl radio migrate"
            )
        if question.get("on") != bound.coordinator:
            raise ConsoleRefusedError(f"the radio of this hub is {bound.coordinator}: name that one")
        by = _installer(question)
        await self._ledger.migrate(bound, NetworkIdentity(bound.coordinator, ""), by)
        self._network.form_anew()
        return {"coordinator": bound.coordinator, "old_network": bound.extended_pan_id, "by": by.name}


def _installer(question: dict[str, Any]) -> Installer:
    name = str(question.get("by") or "").strip()[:LONGEST_NAME]
    if not name:
        raise ConsoleRefusedError("say who asks for it (--by NAME): it is reported to the utility")
    return Installer(name, int(question.get(ASKED_BY_UID, -1)))


def _shown(identity: NetworkIdentity | None) -> dict[str, Any] | None:
    if identity is None:
        return None
    return {"coordinator": identity.coordinator, "extended_pan_id": identity.extended_pan_id or None}
