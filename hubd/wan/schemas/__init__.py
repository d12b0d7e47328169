"""The JSON Schemas of the WAN's messages (draft 2020-12), and the check that holds a published message against them.

`<kind>.json` is a whole message of an up topic, `ack.json` and `status.json` theirs, `command-<cmd>.json` the claims
of a signed command; `terms.json` is what they share. `../asyncapi.yaml` puts them on their topics.

To add a message kind:
1. write its struct in `messages.py`;
2. write `<kind>.json` here (`additionalProperties: false`, units in the descriptions) and name it in `asyncapi.yaml`;
3. add an example of it to `tests/wan/examples.py`: the tests then hold struct, schema and document together.
"""

import functools
import json
from importlib import resources
from typing import Any

from hubd.errors import WireError
from hubd.model.roles import COMMANDS, Role
from hubd.wan.topics import ROOT

TERMS = "terms"
UP_KINDS = (
    "reading", "profile", "receipt", "event", "outage_alert", "outage_restored", "outage_momentary", "brown_out",
    "statement",
)  # fmt: skip


def check(topic: str, payload: bytes) -> None:
    """Hold a message against the schema of its topic. Raises WireError that says where it deviates.

    For tests and benches: it needs `jsonschema`, which the daemons do not install. Signatures are not looked at.
    """
    match topic.removeprefix(f"{ROOT}/").split("/"):
        case [hub, "up", lane]:
            _check_up(topic, payload, hub, lane)
        case [_, "ack"]:
            _hold(topic, "ack", _json(topic, payload))
        case [hub, "status"]:
            message = _json(topic, payload)
            _hold(topic, "status", message)
            _same(topic, "hub", message["hub"], hub)
        case [hub, "down", role] if role in list(Role):
            _check_command(topic, payload, hub, Role(role))
        case _:
            raise WireError(f"{topic}: not a topic of the WAN")


def names() -> list[str]:
    """The schemas there are, without `terms`."""
    found = (entry.name for entry in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(".json") for name in found if name.endswith(".json") and name != f"{TERMS}.json")


@functools.cache
def schema(name: str) -> dict[str, Any]:
    """One schema, as the JSON it is."""
    text = (resources.files(__name__) / f"{name}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def faults(name: str, message: Any) -> list[str]:
    """Where a decoded message deviates from a schema; empty where it does not. A command's values are not quoted."""
    quoted = not name.startswith("command-")
    found = _validator(name).iter_errors(message)
    return [f"{fault.json_path}: {fault.message if quoted else fault.validator}" for fault in found]


def _check_up(topic: str, payload: bytes, hub: str, lane: str) -> None:
    message = _json(topic, payload)
    kind = message.get("kind")
    if kind not in UP_KINDS:
        raise WireError(f"{topic}: unknown kind {kind!r}")
    _hold(topic, kind, message)
    _same(topic, "hub", message["hub"], hub)
    _same(topic, "lane", message["lane"], lane)


def _check_command(topic: str, payload: bytes, hub: str, role: Role) -> None:
    import jwt

    try:
        claims = jwt.decode(payload, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise WireError(f"{topic}: not a signed command: {error}") from None
    if claims.get("cmd") not in COMMANDS[role]:
        raise WireError(f"{topic}: {claims.get('cmd')!r} is not a command of the role {role}")
    _hold(topic, f"command-{claims['cmd']}", claims)
    _same(topic, "aud", claims["aud"], hub)


def _json(topic: str, payload: bytes) -> dict[str, Any]:
    try:
        message = json.loads(payload)
    except ValueError as error:
        raise WireError(f"{topic}: not JSON: {error}") from None
    if not isinstance(message, dict):
        raise WireError(f"{topic}: not a JSON object")
    return message


def _hold(topic: str, name: str, message: Any) -> None:
    if deviations := faults(name, message):
        raise WireError(f"{topic}: not as {name}.json says: {'; '.join(deviations)}")


def _same(topic: str, field: str, said: str, expected: str) -> None:
    if said != expected:
        raise WireError(f"{topic}: {field} says {said}")


@functools.cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    terms = schema(TERMS)
    registry: Any = Registry().with_resource(terms["$id"], Resource.from_contents(terms))
    return Draft202012Validator(schema(name), registry=registry)
