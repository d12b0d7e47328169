"""The published numbers of both suites (Smart Energy 07-5356, annex C), with which every step is compared."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubd.model.secret import Secret
from hubd.zigbee.cbke import certificate, ecqv
from hubd.zigbee.cbke.certificate import Certificate
from hubd.zigbee.cbke.curve import Point
from hubd.zigbee.cbke.ecmqv import KeyPair
from hubd.zigbee.cbke.suite import Suite

VECTORS = json.loads((Path(__file__).parent / "vectors" / "cbke.json").read_text())


@dataclass(frozen=True)
class PublishedSide:
    """One device of the published exchange."""

    certificate: Certificate
    private: Secret[int]
    public: bytes
    ephemeral: KeyPair
    ephemeral_public: bytes


@dataclass(frozen=True)
class Published:
    """One published exchange."""

    suite: Suite
    ca_public: Point
    initiator: PublishedSide
    responder: PublishedSide
    z: bytes
    told: dict[str, Any]


def _side(suite: Suite, told: dict[str, str]) -> PublishedSide:
    private = int(told["ephemeral_private"], 16) % suite.curve.order
    public = bytes.fromhex(told["ephemeral_public"])
    return PublishedSide(
        certificate=certificate.parse(suite, bytes.fromhex(told["cert"])),
        private=Secret(int(told["private"], 16)),
        public=bytes.fromhex(told["public"]),
        ephemeral=KeyPair(Secret(private), ecqv.decode_public_key(suite.curve, public)),
        ephemeral_public=public,
    )


def published_exchange(suite: Suite) -> Published:
    """The exchange published for this suite."""
    told = VECTORS[f"suite{suite.number}"]
    return Published(
        suite=suite,
        ca_public=suite.curve.decompress(bytes.fromhex(told["ca_public"])),
        initiator=_side(suite, told["initiator"]),
        responder=_side(suite, told["responder"]),
        z=bytes.fromhex(told["z"]),
        told=told,
    )
