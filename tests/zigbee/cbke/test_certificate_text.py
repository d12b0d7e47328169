"""Certificates in the text form of test-certificate services, and the bench's own authority (R12, R13)."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubd.errors import ConfigurationError, SecurityError
from hubd.model.identity import parse_eui64
from hubd.zigbee.cbke import authority, certificate_text, ecqv, labelled_text
from hubd.zigbee.cbke.exchange import Established
from hubd.zigbee.cbke.suite import Suite

from .published import Published, PublishedSide
from .two_sides import TwoSides, device

ISSUER = parse_eui64("4855424454455354")
METER, HUB = parse_eui64("000d6f000a9069e7"), parse_eui64("00124b001ca1a1a1")


def text_of(published: Published, side: PublishedSide, **instead: str) -> str:
    told = published.told
    role = "initiator" if side is published.initiator else "responder"
    lines = {
        "CA Pub Key": told["ca_public"],
        "Device Implicit Cert": told[role]["cert"],
        "Private Key Reconstruction Data": told[role]["private"],
        "Device Public Key": told[role]["public"],
    } | {name.replace("_", " "): value for name, value in instead.items()}
    return "".join(f"{name}: {value}\n" for name, value in lines.items() if value)


def chance(octets: int, salt: str = "") -> bytes:
    return hashlib.shake_256(f"{salt}{octets}".encode()).digest(octets)


def test_a_text_of_the_published_numbers_is_read_and_written(published: Published):
    side = published.responder
    text = text_of(published, side)
    read = certificate_text.parse(text, "lab.txt")
    assert (read.suite, read.certificate.subject) == (published.suite, side.certificate.subject)
    assert (read.public_key(), read.stated_public, read.key_matches()) == (side.public, side.public, True)
    assert certificate_text.write(read.credentials("lab.txt")) == text


def test_the_hex_may_be_wrapped_spaced_prefixed_and_among_other_lines(published: Published):
    role = published.told["initiator"]
    cert = role["cert"]
    wrapped = " ".join(cert[i : i + 2] for i in range(0, 40, 2)) + "\r\n   " + cert[40:].upper()
    text = (
        f"Your certificate request\r\nIEEE Address: 0x{'00' * 8}\r\n\r\n"
        f"ca pub key:\r\n\r\n0x{published.told['ca_public']}\r\n\r\n"
        f"Device  Implicit Cert : {wrapped}\r\n"
        f"Private Key Reconstruction Data:{role['private']}\r\nKeep it safe\r\nabcd\r\n"
    )
    read = certificate_text.parse(text, "lab.txt")
    assert read.public_key() == published.initiator.public
    assert (read.key_matches(), read.stated_public) == (True, None)


def test_another_devices_private_key_does_not_fit(published: Published):
    text = text_of(
        published, published.initiator, Private_Key_Reconstruction_Data=published.told["responder"]["private"]
    )
    read = certificate_text.parse(text, "lab.txt")
    assert read.key_matches() is False
    with pytest.raises(SecurityError, match="does not fit"):
        read.credentials("lab.txt")


def test_another_authoritys_key_does_not_fit(published: Published):
    text = text_of(published, published.initiator, CA_Pub_Key=published.told["responder"]["public"])
    read = certificate_text.parse(text, "lab.txt")
    assert read.key_matches() is False
    assert read.public_key() != published.initiator.public


@pytest.mark.parametrize(
    ("instead", "words"),
    [
        ({"CA_Pub_Key": ""}, "'CA Pub Key' is missing"),
        ({"Device_Implicit_Cert": ""}, "'Device Implicit Cert' is missing"),
        ({"Device_Implicit_Cert": "00" * 47}, "47 octets"),
        ({"CA_Pub_Key": "02" + "ff" * 21}, "no public key"),
        ({"CA_Pub_Key": "xyz"}, "hexadecimal"),
        ({"CA_Pub_Key": "020"}, "no whole number of octets"),
        ({"Private_Key_Reconstruction_Data": "00" * 21}, "no private key"),
        ({"Private_Key_Reconstruction_Data": "ff" * 36}, "no private key"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_file(published: Published, instead: dict[str, str], words: str):
    text = text_of(published, published.initiator, **instead)
    with pytest.raises(ConfigurationError, match=words) as told:
        certificate_text.parse(text, "lab.txt")
    assert str(told.value).startswith("lab.txt")
    assert published.told["initiator"]["private"] not in str(told.value)


def test_two_devices_in_one_text_are_not_mixed_up(published: Published):
    text = text_of(published, published.initiator) + text_of(published, published.responder)
    with pytest.raises(ConfigurationError, match="a second"):
        certificate_text.parse(text, "lab.txt")


def test_without_the_private_key_it_can_be_read_but_not_used(published: Published):
    text = text_of(published, published.initiator, Private_Key_Reconstruction_Data="")
    read = certificate_text.parse(text, "lab.txt")
    assert read.key_matches() is None
    with pytest.raises(ConfigurationError, match="missing"):
        read.credentials("lab.txt")


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("CA Pub Key:\n\r0x2fDevice Implicit Cert"), max_size=120))
def test_any_text_is_read_or_refused(text: str):
    with pytest.raises(ConfigurationError):
        certificate_text.parse(text, "lab.txt")


# -- the bench's own authority --------------------------------------------------------------------------------------


def founded(suite: Suite, salt: str = "") -> authority.Authority:
    return authority.found(suite, ISSUER, chance(ecqv.random_octets(suite.curve), salt))


@pytest.mark.parametrize("suite", list(Suite))
def test_two_devices_of_one_authority_come_to_a_key(suite: Suite):
    by = founded(suite)
    meter, hub = (by.issue(who, 1_700_000_000, chance(by.random_octets_to_issue, who)) for who in (METER, HUB))
    assert (meter.subject, meter.issuer) == (METER, ISSUER)
    assert len(meter.certificate.encode()) == suite.certificate_octets
    table = TwoSides(device(meter), device(hub))
    table.begin(suite)
    assert all(isinstance(told[-1], Established) for told in table.reported.values())


@pytest.mark.parametrize("suite", list(Suite))
def test_a_device_of_another_authority_that_took_the_same_name_gets_no_key(suite: Suite):
    ours, theirs = founded(suite), founded(suite, "other")
    meter = theirs.issue(METER, 0, chance(theirs.random_octets_to_issue))
    hub = ours.issue(HUB, 0, chance(ours.random_octets_to_issue))
    table = TwoSides(device(meter), device(hub))
    table.begin(suite)
    assert not any(isinstance(each, Established) for told in table.reported.values() for each in told)


@pytest.mark.parametrize("suite", list(Suite))
def test_an_authority_is_kept_as_text(suite: Suite):
    by = founded(suite)
    assert authority.parse(suite, authority.write(by), "ca.txt") == by


def test_an_authority_whose_text_is_damaged_is_refused():
    text = authority.write(founded(Suite.ONE))
    other = authority.write(founded(Suite.ONE, "other"))
    lines, others = text.splitlines(), other.splitlines()
    damaged = ["\n".join(lines[:n] + lines[n + 1 :]) for n in range(3)]
    damaged += ["\n".join([*lines[:2], others[2]]), text.replace("4855424454455354", "48")]
    for each in damaged:
        with pytest.raises(ConfigurationError, match=r"ca\.txt"):
            authority.parse(Suite.ONE, each, "ca.txt")


def test_too_little_chance_is_refused():
    with pytest.raises(ValueError, match="random octets"):
        authority.found(Suite.ONE, ISSUER, bytes(8))


# -- as labs really send them ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom"])
def test_a_file_is_read_in_the_encoding_that_its_first_octets_name(published: Published, encoding: str):
    """A shell on Windows writes UTF-16 where it is told to write into a file."""
    text = text_of(published, published.initiator).replace("\n", "\r\n")
    marks = {"utf-16-le-bom": (b"\xff\xfe", "utf-16-le"), "utf-16-be-bom": (b"\xfe\xff", "utf-16-be")}
    mark, codec = marks.get(encoding, (b"", encoding))
    read = certificate_text.parse(labelled_text.decoded(mark + text.encode(codec), "lab.txt"), "lab.txt")
    assert read.key_matches() is True


def test_a_file_that_is_no_text_is_said_to_be_none():
    with pytest.raises(ConfigurationError, match=r"lab\.txt: is no plain text.*Cure: save it as UTF-8"):
        labelled_text.decoded("CA Pub Key: 02".encode("utf-16-le"), "lab.txt")


@pytest.mark.parametrize(
    ("behind", "words"),
    [
        ("02ab  # suite 1", r"line 3: '#' behind 'Private Key Reconstruction Data' is no hexadecimal digit"),
        ('"02ab"', "line 3: '\"' behind"),
        ("02ab.", r"line 3: '\.' behind"),
        ("", "line 3: no digits behind 'Private Key Reconstruction Data', nor on the lines below it"),
        ("02a", "line 3: 3 digits behind 'Private Key Reconstruction Data', which is no whole number of octets"),
    ],
)
def test_what_is_wrong_behind_a_label_is_said_with_its_line_and_cure(published: Published, behind: str, words: str):
    lines = text_of(published, published.initiator).splitlines()
    lines[2] = f"Private Key Reconstruction Data: {behind}"
    with pytest.raises(ConfigurationError, match=words) as told:
        certificate_text.parse("\n".join(lines), "lab.txt")
    assert str(told.value).startswith("lab.txt, line 3")
    assert "Cure: " in str(told.value)
    assert "02a" not in str(told.value), "digits of a private key are not repeated"
