"""MISTY1 against RFC 2994 and the NESSIE vectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd.sts.misty1 import Misty1

VECTORS = [
    ("00112233445566778899aabbccddeeff", "0123456789abcdef", "8b1da5f56ab3d07c"),
    ("00112233445566778899aabbccddeeff", "fedcba9876543210", "04b68240b13be95d"),
    ("80" + "00" * 15, "00" * 8, "b5eda7d64fcd2a02"),
    ("00" * 15 + "01", "00" * 8, "2049aa1be3546aed"),
    ("6c" * 16, "6c" * 8, "a0cc24a85b11e9cd"),
    ("ff" * 16, "ff" * 8, "651f3092afa551d0"),
]


@pytest.mark.parametrize(("key", "plain", "enciphered"), VECTORS)
def test_published_vectors_encipher_and_decipher(key: str, plain: str, enciphered: str) -> None:
    cipher = Misty1(bytes.fromhex(key))
    assert f"{cipher.encrypt(int(plain, 16)):016x}" == enciphered
    assert f"{cipher.decrypt(int(enciphered, 16)):016x}" == plain


@given(st.binary(min_size=16, max_size=16), st.integers(0, 2**64 - 1))
def test_deciphering_undoes_enciphering(key: bytes, block: int) -> None:
    cipher = Misty1(key)
    assert cipher.decrypt(cipher.encrypt(block)) == block


@pytest.mark.parametrize("octets", [0, 15, 17])
def test_a_key_of_another_length_is_refused(octets: int) -> None:
    with pytest.raises(ValueError, match="16 octets"):
        Misty1(bytes(octets))
