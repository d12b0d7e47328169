"""The numbers of the two curves (SEC 2, clauses 3.2.1 and 3.5.1; FIPS 186-4, appendix D: K-163, K-283)."""

from typing import Final

from hubd.zigbee.cbke.binary_field import BinaryField
from hubd.zigbee.cbke.curve import Curve, Point

SECT163K1: Final = Curve(
    name="sect163k1",
    field=BinaryField(163, (7, 6, 3)),
    a=1,
    order=0x04000000000000000000020108A2E0CC0D99F8A5EF,
    cofactor=2,
    generator=Point(
        0x02FE13C0537BBC11ACAA07D793DE4E6D5E5C94EEE8,
        0x0289070FB05D38FF58321F2E800536D538CCDAA3D9,
    ),
)
SECT283K1: Final = Curve(
    name="sect283k1",
    field=BinaryField(283, (12, 7, 5)),
    a=0,
    order=0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE9AE2ED07577265DFF7F94451E061E163C61,
    cofactor=4,
    generator=Point(
        0x0503213F78CA44883F1A3B8162F188E553CD265F23C1567A16876913B0C2AC2458492836,
        0x01CCDA380F1C9E318D90F95D07E5426FE87E45C0E8184698E45962364E34116177DD2259,
    ),
)
