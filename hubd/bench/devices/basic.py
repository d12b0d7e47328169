"""The Basic cluster, which every device has (ZCL, clause 3.2)."""

from hubd.bench.devices.zcl import Attribute, Cluster, DataType

BASIC = 0x0000
MANUFACTURER = "hubd bench"
_MAINS, _BATTERY = 0x01, 0x03


def basic_cluster(model: str, *, mains: bool, serial: str = "") -> Cluster:
    """ZCL version 8, who made it, which model it is, and where its power comes from; its serial number where it has
    one on its label.
    """
    source = _MAINS if mains else _BATTERY
    return Cluster(
        BASIC,
        attributes=(
            Attribute(0x0000, DataType.UINT8, lambda: 8),
            Attribute(0x0001, DataType.UINT8, lambda: 1),
            Attribute(0x0003, DataType.UINT8, lambda: 1),
            Attribute(0x0004, DataType.STRING, lambda: MANUFACTURER),
            Attribute(0x0005, DataType.STRING, lambda: model),
            Attribute(0x0007, DataType.ENUM8, lambda: source),
            Attribute(0x4000, DataType.STRING, lambda: "bench-1"),
            *(_label(model, serial) if serial else ()),
        ),
    )


def _label(model: str, serial: str) -> tuple[Attribute, ...]:
    code = "".join(word[0] for word in model.split()).upper()
    return (
        Attribute(0x0006, DataType.STRING, lambda: "20261101"),
        Attribute(0x000A, DataType.OCTETS, lambda: f"HB-{code}-1"),
        Attribute(0x000D, DataType.STRING, lambda: serial),
    )
