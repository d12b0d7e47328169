"""CCM* and the keys made of a link key, against numbers that others published."""

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from hubd.bench.capture import security
from hubd.bench.capture.security import KeyIdentifier

KEY = bytes(range(0xC0, 0xD0))


def test_ccm_star_gives_the_numbers_of_the_zigbee_specification_c_4():
    nonce = bytes.fromhex("a0a1a2a3a4a5a6a70302010006")
    secured = AESCCM(KEY, 8).encrypt(nonce, bytes(range(0x08, 0x1F)), bytes(range(0x08)))
    assert secured.hex() == "1a55a36abb6c610d066b3375649cef10d4664ecad854a80a895cc1d8ff9469"


def test_ccm_star_gives_the_numbers_of_ieee_802_15_4_2006_c_2_3():
    header = bytes.fromhex("2bdc842143020000000048deacffff010000000048deac060500000001")
    secured = AESCCM(KEY, 8).encrypt(bytes.fromhex("acde4800000000010000000506"), b"\xce", header)
    assert secured.hex() == "d84fde529061f9c6f1"


def test_a_transport_key_is_octet_for_octet_the_one_that_a_real_coordinator_sent():
    """A frame out of a public capture; its payload, once opened, secured again by our own code."""
    payload = bytes.fromhex("050100006cf4486c906cd80008fc002c989000932373feff57b414900b04ffff2e2100")
    key = security.key_transport_key(security.WELL_KNOWN_KEY)
    source = bytes.fromhex("900b04ffff2e2100")
    frame = security.secure(b"\x21\x76", payload, key, KeyIdentifier.KEY_TRANSPORT, 2, source, None)
    on_the_air = (
        "21763002000000900b04ffff2e2100090f1f7c6ce39e68284f58c83ed4cf0a03db2dd8e5f73889b6a54c63e36a02c7cb522df5f889f9"
    )
    assert frame.hex() == on_the_air


def test_key_transport_and_key_load_keys_of_the_well_known_key():
    assert security.key_transport_key(b"ZigBeeAlliance09").hex() == "4bab0f173e1434a2d572e1c1ef478782"
    assert security.key_load_key(b"ZigBeeAlliance09").hex() == "c5a47035c332ccbf251571d8baded188"
