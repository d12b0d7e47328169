"""What hubs say of their supply has the words of the rules that decide it."""

from typing import Any, get_args

import msgspec

from hubd.power.phases import AlertKind, Failure
from hubd.wan import schemas
from hubd.wan.messages import Up
from hubd.wan.supply_messages import HubClass, OutageAlertBody


def terms(name: str) -> Any:
    return schemas.schema(schemas.TERMS)["$defs"][name]


def test_claims_failures_and_classes_are_those_of_the_rules_r41_r45():
    (claim,) = [f for f in msgspec.structs.fields(OutageAlertBody) if f.name == "claim"]
    assert set(get_args(claim.type)) == {str(kind) for kind in AlertKind}
    assert set(terms("outage_failure")["enum"]) == {str(failure) for failure in Failure}
    assert tuple(terms("hub_class")["enum"]) == get_args(HubClass)


def test_the_kinds_that_are_checked_are_those_of_the_envelope():
    (kind,) = [f for f in msgspec.structs.fields(Up) if f.name == "kind"]
    assert set(schemas.UP_KINDS) == set(get_args(kind.type))
