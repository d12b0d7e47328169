"""Arithmetic in GF(2^m): elements are integers whose bits are the coefficients of a polynomial (SEC 1, clause 2.1.2).

Addition is `^`. Python multiplies integers with carries, so multiplication here goes over one factor four bits at a
time; squaring only spreads the bits, which reading the binary digits as digits of base 4 does at the speed of C.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BinaryField:
    """GF(2^degree) modulo x^degree + the sum of x^tap + 1. The degree is odd."""

    degree: int
    taps: tuple[int, int, int]

    def holds(self, a: int) -> bool:
        """Whether the number is an element in its one form, that is, below 2^degree."""
        return 0 <= a < 1 << self.degree

    def reduce(self, a: int) -> int:
        """The element that a polynomial of any degree stands for."""
        degree, (i, j, k) = self.degree, self.taps
        while high := a >> degree:
            a ^= high << degree ^ high << i ^ high << j ^ high << k ^ high
        return a

    def multiply(self, a: int, b: int) -> int:
        """a * b."""
        b2, b4, b8 = b << 1, b << 2, b << 3
        b3, b12 = b2 ^ b, b8 ^ b4
        table = (
            0, b, b2, b3, b4, b4 ^ b, b4 ^ b2, b4 ^ b3,
            b8, b8 ^ b, b8 ^ b2, b8 ^ b3, b12, b12 ^ b, b12 ^ b2, b12 ^ b3,
        )  # fmt: skip
        product = 0
        for octet in a.to_bytes(self.degree // 8 + 1, "big"):
            product = product << 8 ^ table[octet >> 4] << 4 ^ table[octet & 15]
        return self.reduce(product)

    def square(self, a: int) -> int:
        """a * a."""
        return self.reduce(int(f"{a:b}", 4))

    def invert(self, a: int) -> int:
        """1 / a, as a^(2^m - 2) (Itoh and Tsujii's chain). Raises ZeroDivisionError for 0."""
        if a == 0:
            raise ZeroDivisionError("0 has no inverse")
        chain, length = a, 1  # chain is a^(2^length - 1)
        for bit in f"{self.degree - 1:b}"[1:]:
            chain, length = self.multiply(self._square_times(chain, length), chain), 2 * length
            if bit == "1":
                chain, length = self.multiply(self.square(chain), a), length + 1
        return self.square(chain)

    def solve_quadratic(self, c: int) -> int | None:
        """A z with z^2 + z = c, the other being z + 1; None where there is none (by half-trace)."""
        z = c
        for _ in range(self.degree // 2):
            z = self.square(self.square(z)) ^ c
        return z if self.square(z) ^ z == c else None

    def _square_times(self, a: int, times: int) -> int:
        for _ in range(times):
            a = self.square(a)
        return a
