"""Koblitz curves y^2 + xy = x^3 + ax^2 + 1 over GF(2^m): points, multiplication, the compressed form.

Multiplication is the Montgomery ladder of Lopez and Dahab on x alone: the same steps for every bit, one inversion at
the end, where y is found again.
"""

from dataclasses import dataclass

from hubd.errors import WireError
from hubd.zigbee.cbke.binary_field import BinaryField


@dataclass(frozen=True, slots=True)
class Point:
    """An affine point. The point at infinity is None wherever it can occur."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Curve:
    """y^2 + xy = x^3 + ax^2 + 1, and a subgroup of prime `order` made by `generator`."""

    name: str
    field: BinaryField
    a: int
    order: int
    cofactor: int
    generator: Point

    @property
    def octets(self) -> int:
        """Octets of a coordinate and of a private key. A compressed point has one more."""
        return self.field.degree // 8 + 1

    def has(self, p: Point) -> bool:
        """Whether the point is on the curve."""
        f = self.field
        if not (f.holds(p.x) and f.holds(p.y)):
            return False
        return f.multiply(p.y, p.y ^ p.x) == f.multiply(f.square(p.x), p.x ^ self.a) ^ 1

    def generates_subgroup(self, p: Point) -> bool:
        """Whether the point is of the curve's prime order: none of the small subgroups, not infinity."""
        return p.x != 0 and self.has(p) and self.multiply(self.order, p) is None

    def add(self, p: Point | None, q: Point | None) -> Point | None:
        """p + q."""
        if p is None or q is None:
            return q if p is None else p
        f = self.field
        if p.x == q.x:
            if p.y != q.y or p.x == 0:
                return None
            slope = p.x ^ f.multiply(p.y, f.invert(p.x))
            x = f.square(slope) ^ slope ^ self.a
        else:
            slope = f.multiply(p.y ^ q.y, f.invert(p.x ^ q.x))
            x = f.square(slope) ^ slope ^ p.x ^ q.x ^ self.a
        return Point(x, f.multiply(slope, p.x ^ x) ^ x ^ p.y)

    def multiply(self, k: int, p: Point | None) -> Point | None:
        """k times p, for k >= 0."""
        if p is None or k == 0:
            return None
        mul, sq = self.field.multiply, self.field.square
        x = p.x
        square = sq(x)
        low = (x, 1)  # j times p, as X and Z, where j is what has been read of k
        high = (sq(square) ^ 1, square)  # j + 1 times p
        for bit in f"{k:b}"[1:]:
            crossed, other = mul(low[0], high[1]), mul(high[0], low[1])
            z = sq(crossed ^ other)
            between = (mul(x, z) ^ mul(crossed, other), z)
            if bit == "1":
                low, high = between, self._double_x(high)
            else:
                low, high = self._double_x(low), between
        return self._with_y(p, low, high)

    def compress(self, p: Point) -> bytes:
        """The point as 02 or 03 and x, most significant octet first (SEC 1, clause 2.3.3)."""
        y_bit = self.field.multiply(p.y, self.field.invert(p.x)) & 1 if p.x else 0
        return bytes((2 | y_bit,)) + p.x.to_bytes(self.octets, "big")

    def decompress(self, octets: bytes) -> Point:
        """The point of a compressed form. Raises WireError for anything that is not one point of this curve."""
        if len(octets) != self.octets + 1 or octets[0] not in (2, 3):
            raise WireError(f"not a compressed point of {self.name}")
        f, x = self.field, int.from_bytes(octets[1:], "big")
        if x == 0 or not f.holds(x):
            raise WireError(f"a point of {self.name} whose x cannot be")
        z = f.solve_quadratic(x ^ self.a ^ f.square(f.invert(x)))
        if z is None:
            raise WireError(f"a point that is not on {self.name}")
        if z & 1 != octets[0] & 1:
            z ^= 1
        return Point(x, f.multiply(x, z))

    def _double_x(self, p: tuple[int, int]) -> tuple[int, int]:
        sq = self.field.square
        x, z = sq(p[0]), sq(p[1])
        return sq(x ^ z), self.field.multiply(x, z)  # X^4 + Z^4, X^2 Z^2

    def _with_y(self, p: Point, low: tuple[int, int], high: tuple[int, int]) -> Point | None:
        """`low` as an affine point, given that `high` is `low` plus `p`."""
        mul = self.field.multiply
        if low[1] == 0:
            return None
        if high[1] == 0:
            return Point(p.x, p.x ^ p.y)
        both = mul(low[1], high[1])
        inverse = self.field.invert(mul(p.x, both))
        x = mul(mul(mul(low[0], high[1]), p.x), inverse)
        slope = mul(low[0] ^ mul(p.x, low[1]), high[0] ^ mul(p.x, high[1]))
        slope ^= mul(self.field.square(p.x) ^ p.y, both)
        return Point(x, mul(mul(x ^ p.x, slope), inverse) ^ p.y)
