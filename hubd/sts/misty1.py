"""MISTY1 with eight rounds: 64-bit blocks under a 128-bit key (RFC 2994). Names are the RFC's.

Table look-ups, so not constant in time: for a vending bench and a virtual meter, not for a card in a stranger's hand.
"""

from hubd.sts.misty1_tables import S7, S9

_MASK_16 = 0xFFFF
_MASK_32 = 0xFFFF_FFFF


def _fi(data: int, key: int) -> int:
    d9, d7 = data >> 7, data & 0x7F
    d9 = S9[d9] ^ d7
    d7 = (S7[d7] ^ d9) & 0x7F
    d7 ^= key >> 9
    d9 ^= key & 0x1FF
    d9 = S9[d9] ^ d7
    return d7 << 9 | d9


class Misty1:
    """The cipher under one key. Blocks are 64-bit integers, first octet most significant."""

    __slots__ = ("_k", "_kx")

    def __init__(self, key: bytes) -> None:
        if len(key) != 16:
            raise ValueError(f"a MISTY1 key is 16 octets, not {len(key)}")
        self._k = tuple(int.from_bytes(key[i : i + 2]) for i in range(0, 16, 2))
        self._kx = tuple(_fi(self._k[i], self._k[(i + 1) % 8]) for i in range(8))

    def encrypt(self, block: int) -> int:
        """The enciphered block."""
        left, right = block >> 32, block & _MASK_32
        for i in range(0, 8, 2):
            left, right = self._fl(left, i), self._fl(right, i + 1)
            right ^= self._fo(left, i)
            left ^= self._fo(right, i + 1)
        return self._fl(right, 9) << 32 | self._fl(left, 8)

    def decrypt(self, block: int) -> int:
        """The deciphered block."""
        right, left = self._fl_inverse(block >> 32, 9), self._fl_inverse(block & _MASK_32, 8)
        for i in range(6, -1, -2):
            left ^= self._fo(right, i + 1)
            right ^= self._fo(left, i)
            left, right = self._fl_inverse(left, i), self._fl_inverse(right, i + 1)
        return left << 32 | right

    def _fo(self, data: int, i: int) -> int:
        k, kx = self._k, self._kx
        t0, t1 = data >> 16, data & _MASK_16
        t0 = _fi(t0 ^ k[i], kx[(i + 5) % 8]) ^ t1
        t1 = _fi(t1 ^ k[(i + 2) % 8], kx[(i + 1) % 8]) ^ t0
        t0 = _fi(t0 ^ k[(i + 7) % 8], kx[(i + 3) % 8]) ^ t1
        return (t1 ^ k[(i + 4) % 8]) << 16 | t0

    def _fl(self, data: int, i: int) -> int:
        and_key, or_key = self._fl_keys(i)
        d0, d1 = data >> 16, data & _MASK_16
        d1 ^= d0 & and_key
        d0 ^= d1 | or_key
        return d0 << 16 | d1

    def _fl_inverse(self, data: int, i: int) -> int:
        and_key, or_key = self._fl_keys(i)
        d0, d1 = data >> 16, data & _MASK_16
        d0 ^= d1 | or_key
        d1 ^= d0 & and_key
        return d0 << 16 | d1

    def _fl_keys(self, i: int) -> tuple[int, int]:
        half = i // 2
        if i % 2 == 0:
            return self._k[half], self._kx[(half + 6) % 8]
        return self._kx[(half + 2) % 8], self._k[(half + 4) % 8]
