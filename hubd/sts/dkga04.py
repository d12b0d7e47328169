"""Decoder key generation algorithm 04 (IEC 62055-41:2018): HMAC-SHA-256 over what names the meter and its key."""

import hashlib
import hmac

VENDING_KEY_OCTETS = 20
ENCRYPTION_ALGORITHM = "11"
DECODER_KEY_BITS = 128


def derivation_message(*, base: int, ti: str, sgc: str, kt: int, krn: int, pan: str) -> bytes:
    """The octets under the HMAC: counted fields of ASCII digits, then the length of the key in bits."""
    first = ("04", f"{base % 100:02d}", ENCRYPTION_ALGORITHM, ti)
    second = (sgc, str(kt), str(krn), pan)
    return _fields(first) + b"\x00" + _fields(second) + DECODER_KEY_BITS.to_bytes(4)


def _fields(fields: tuple[str, ...]) -> bytes:
    return bytes([len(fields)]) + b"".join(bytes([len(field)]) + field.encode("ascii") for field in fields)


def decoder_key(vending_key: bytes, *, base: int, ti: str, sgc: str, kt: int, krn: int, pan: str) -> bytes:
    """The 16 octets that this meter's tokens are enciphered under. The arguments are checked by `MeterKey`."""
    message = derivation_message(base=base, ti=ti, sgc=sgc, kt=kt, krn=krn, pan=pan)
    return hmac.digest(vending_key, message, hashlib.sha256)[: DECODER_KEY_BITS // 8]
