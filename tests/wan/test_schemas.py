"""The messages, their JSON Schemas and the AsyncAPI document say the same."""

import copy
from importlib import resources
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jsonschema import Draft202012Validator

from hubd.errors import WireError
from hubd.model.device import DeviceKind
from hubd.model.lane import Lane
from hubd.model.roles import COMMANDS, Role
from hubd.model.stamp import TimeTrust
from hubd.model.topup import Outcome
from hubd.wan import schemas, topics
from hubd.wan.messages import Up

from .examples import EXAMPLES, Example

by_schema = pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.schema)


def test_every_schema_is_itself_valid_and_has_an_example():
    for name in [*schemas.names(), schemas.TERMS]:
        Draft202012Validator.check_schema(schemas.schema(name))
    assert schemas.names() == sorted(e.schema for e in EXAMPLES)


@by_schema
def test_what_the_structs_encode_is_accepted(example: Example):
    assert schemas.faults(example.schema, example.sparse) == []
    assert schemas.faults(example.schema, example.full) == []


@by_schema
def test_every_property_of_a_schema_is_a_field_that_some_struct_has(example: Example):
    """So a field that was renamed in the struct cannot live on in the schema."""
    document = schemas.schema(example.schema)
    assert set(document["properties"]) == set(example.full)
    for part, definition in document.get("$defs", {}).items():
        assert set(definition["properties"]) == set(example.full[part])


@by_schema
def test_a_field_too_many_is_refused_at_every_level(example: Example):
    for path in _objects(example.full):
        message = copy.deepcopy(example.full)
        _at(message, path)["surplus"] = {}
        assert schemas.faults(example.schema, message), path


@by_schema
def test_a_field_too_few_is_refused_at_every_level(example: Example):
    document = schemas.schema(example.schema)
    levels = [([], document["required"])]
    levels += [([part], definition["required"]) for part, definition in document.get("$defs", {}).items()]
    for path, required in levels:
        for field in required:
            message = copy.deepcopy(example.sparse)
            del _at(message, path)[field]
            assert schemas.faults(example.schema, message), (path, field)


def test_the_closed_lists_of_schemas_and_model_are_the_same():
    terms = schemas.schema(schemas.TERMS)["$defs"]
    assert terms["lane"]["enum"] == [str(lane) for lane in Lane]
    assert set(terms["when"]["properties"]["trust"]["enum"]) == {str(trust) for trust in TimeTrust}
    outcomes = _body("receipt")["outcome"]["enum"]
    assert set(outcomes) == {str(outcome) for outcome in Outcome} | {"done", "failed"}
    kinds = _admitted()["kind"]["enum"]
    assert set(kinds) == {str(kind) for kind in DeviceKind}
    commands = {f"command-{cmd}" for cmds in COMMANDS.values() for cmd in cmds}
    assert commands == {name for name in schemas.names() if name.startswith("command-")}


def test_check_holds_a_message_against_its_topic_too():
    hub, reading = "hub-0001", _bytes("reading")
    schemas.check(topics.up(hub, Lane.READING), reading)
    schemas.check(topics.ack(hub), _bytes("ack"))
    schemas.check(topics.status(hub), _bytes("status"))
    wrong = [
        (topics.up(hub, Lane.ALARM), reading),
        (topics.up("hub-0002", Lane.READING), reading),
        (topics.status("hub-0002"), _bytes("status")),
        (topics.up(hub, Lane.READING), b"{"),
        (topics.up(hub, Lane.READING), b"[]"),
        (topics.up(hub, Lane.READING), b'{"kind": "poem"}'),
        ("elsewhere", reading),
    ]
    for topic, payload in wrong:
        with pytest.raises(WireError):
            schemas.check(topic, payload)


def test_check_reads_signed_commands_and_does_not_repeat_a_token_in_its_words():
    key = Ed25519PrivateKey.generate()
    claims = _example("command-vend").full
    topic = topics.down("hub-0001", Role.VENDING)
    schemas.check(topic, jwt.encode(claims, key, algorithm="EdDSA").encode())
    short = {**claims, "args": {**claims["args"], "token": "8234567890123456789"}}
    with pytest.raises(WireError) as refused:
        schemas.check(topic, jwt.encode(short, key, algorithm="EdDSA").encode())
    assert "8234567890123456789" not in str(refused.value)
    with pytest.raises(WireError, match="not a command of the role"):
        schemas.check(topics.down("hub-0001", Role.MANAGEMENT), jwt.encode(claims, key, algorithm="EdDSA").encode())
    with pytest.raises(WireError, match="not a signed command"):
        schemas.check(topic, b"a.b.c")


def test_the_kinds_of_the_envelope_are_the_schemas_of_the_up_topics():
    (kind,) = [f for f in msgspec.structs.fields(Up) if f.name == "kind"]
    assert set(kind.type.__args__) == {e.schema for e in EXAMPLES if "seq" in e.full}


def test_the_asyncapi_document_names_every_topic_message_and_schema():
    document = _asyncapi()
    assert document["asyncapi"] == "3.0.0"
    addresses = {channel["address"] for channel in document["channels"].values()}
    expected = {topics.ack("{hub}"), topics.status("{hub}"), "hubd/v1/{hub}/up/{lane}"}
    assert addresses == expected | {topics.down("{hub}", role) for role in Role}
    assert document["channels"]["up"]["parameters"]["lane"]["enum"] == [str(lane) for lane in Lane]
    messages = document["components"]["messages"]
    assert set(messages) == set(schemas.names())
    for role in Role:
        assert set(document["channels"][str(role)]["messages"]) == COMMANDS[role]


def test_every_channel_of_the_asyncapi_document_has_one_operation_of_the_right_direction():
    document = _asyncapi()
    directions = {
        _last(operation["channel"]["$ref"]): operation["action"] for operation in document["operations"].values()
    }
    assert directions == {
        channel: "send" if channel in {"up", "status"} else "receive" for channel in document["channels"]
    }


def test_every_reference_of_the_asyncapi_document_leads_somewhere():
    document = _asyncapi()
    folder = Path(str(resources.files("hubd.wan")))
    references = list(_references(document))
    assert len(references) > 30
    for reference in references:
        if reference.startswith("#/"):
            _at(document, reference[2:].split("/"))
        else:
            assert (folder / reference).is_file(), reference


def _example(name: str) -> Example:
    return next(e for e in EXAMPLES if e.schema == name)


def _bytes(name: str) -> bytes:
    return msgspec.json.encode(_example(name).full)


def _admitted() -> dict[str, Any]:
    return dict(schemas.schema("command-admit")["$defs"]["args"]["properties"]["devices"]["items"]["properties"])


def _body(name: str) -> dict[str, Any]:
    return dict(schemas.schema(name)["$defs"]["body"]["properties"])


def _asyncapi() -> dict[str, Any]:
    return dict(yaml.safe_load((resources.files("hubd.wan") / "asyncapi.yaml").read_text()))


def _last(reference: str) -> str:
    return reference.rsplit("/", 1)[-1]


def _at(tree: Any, path: list[str]) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def _objects(tree: Any, path: tuple[str, ...] = ()) -> list[list[str]]:
    if not isinstance(tree, dict):
        return []
    return [list(path)] + [found for key, value in tree.items() for found in _objects(value, (*path, key))]


def _references(tree: Any) -> list[str]:
    if isinstance(tree, list):
        return [found for item in tree for found in _references(item)]
    if not isinstance(tree, dict):
        return []
    return [
        found
        for key, value in tree.items()
        for found in ([value] if key == "$ref" and isinstance(value, str) else _references(value))
    ]
