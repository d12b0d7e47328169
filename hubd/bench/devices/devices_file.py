"""The devices file: which virtual devices stand around a coordinator. Documented in docs/virtual-coordinator.md."""

import importlib
import tomllib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubd.bench.air.device import VirtualDevice
from hubd.bench.air.node import Node
from hubd.bench.coordinator import install_code
from hubd.bench.devices.ihd import InHomeDisplay
from hubd.bench.devices.key_establishment import DeviceKeyMaker
from hubd.bench.devices.key_establishment_faults import MANNERS
from hubd.bench.devices.plug import Plug
from hubd.bench.devices.temperature import TemperatureSensor
from hubd.configuration import decode, parse_toml, read_text, why_unread
from hubd.errors import ConfigurationError
from hubd.model.identity import Eui64, parse_eui64
from hubd.model.secret import Secret
from hubd.zigbee.cbke import certificate_text

METER_KEYS = ("prepayment", "load")


@dataclass(frozen=True, slots=True)
class DeviceTable:
    """One `[[device]]`. A device joins with its install code, or is open; it may not be both, or neither. With a
    `certificate` (a file as `hubctl ca issue` writes it) it makes its link key with the hub; a relative path counts
    from the devices file. `key_establishment`: how, where it is to go wrong.
    """

    kind: str
    ieee: str
    name: str = ""
    install_code: str = ""
    open: bool = False
    reports_per_s: float = 0.0
    poll_interval_s: float | None = None
    wake_s: float | None = None
    certificate: Path | None = None
    key_establishment: str = "honest"
    prepayment: dict[str, Any] | None = None
    load: dict[str, Any] | None = None
    meter: str | None = None
    """Of a display: the meter it shows."""


def load_devices(path: Path, seed: int) -> list[Node]:
    """The devices of the file, on no network yet. Raises ConfigurationError naming file, device and key."""
    try:
        data = parse_toml(read_text(path))
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such file. Cure: name the devices file with --devices") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {why_unread(error)}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not valid TOML: {error}") from None
    return devices_of(data, str(path), seed, path.absolute().parent)


def devices_of(data: dict[str, Any], where: str, seed: int, folder: Path = Path()) -> list[Node]:
    """As `load_devices`, for a document already read; relative paths in it count from `folder`."""
    tables = data.get("device", [])
    if unknown := sorted(set(data) - {"device"}):
        raise ConfigurationError(f"{where}: unknown key {unknown[0]}: the file holds [[device]] tables only")
    if not isinstance(tables, list):
        raise ConfigurationError(f"{where}: device is not a list. Cure: write [[device]], not [device]")
    nodes = [_node(table, f"{where}: device {number}", seed, folder) for number, table in enumerate(tables, 1)]
    _refuse_twins(nodes, where)
    return nodes


def _refuse_twins(nodes: list[Node], where: str) -> None:
    seen: dict[str, int] = {}
    for number, node in enumerate(nodes, 1):
        first = seen.setdefault(node.device.ieee, number)
        if first != number:
            raise ConfigurationError(f"{where}: devices {first} and {number} have the same ieee {node.device.ieee}")


def _node(raw: dict[str, Any], where: str, seed: int, folder: Path) -> Node:
    table = decode(raw, DeviceTable, where)
    of_the_air = ("certificate", "key_establishment")
    raw = {key: value for key, value in raw.items() if key not in of_the_air}
    try:
        ieee = parse_eui64(table.ieee)
    except ValueError as error:
        raise ConfigurationError(f"{where}: ieee: {error}") from None
    make = _KINDS.get(table.kind)
    if make is None:
        raise ConfigurationError(f"{where}: kind: {table.kind!r} is none of {', '.join(sorted(_KINDS))}")
    if table.reports_per_s < 0:
        raise ConfigurationError(f"{where}: reports_per_s: is below 0")
    if table.poll_interval_s is not None and table.poll_interval_s <= 0:
        raise ConfigurationError(f"{where}: poll_interval_s: is not above 0. Cure: leave it out for an awake device")
    key = _install_code_key(table, where)
    device = make(table, raw, ieee, seed ^ zlib.crc32(ieee.encode()), where)
    return Node(
        device,
        name=table.name or ieee,
        install_code_key=key,
        key_maker=_key_maker(table, ieee, folder, where),
    )


def _key_maker(table: DeviceTable, ieee: Eui64, folder: Path, where: str) -> DeviceKeyMaker | None:
    """The certificate may be another device's: a bench must be able to lie."""
    make = MANNERS.get(table.key_establishment)
    if make is None:
        known = ", ".join(MANNERS)
        raise ConfigurationError(f"{where}: key_establishment: {table.key_establishment!r} is none of {known}")
    if table.certificate is None:
        return None
    certificate = folder / table.certificate
    try:
        text = read_text(certificate)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{where}: certificate: {certificate} {why_unread(error)}") from None
    return make(ieee, certificate_text.parse(text, f"{where}: {certificate}").credentials(str(certificate)))


def _install_code_key(table: DeviceTable, where: str) -> Secret[bytes] | None:
    if bool(table.install_code) == table.open:
        raise ConfigurationError(f"{where}: a device needs either install_code or open = true, and not both")
    if table.open:
        return None
    try:
        return install_code.link_key(bytes.fromhex(table.install_code))
    except ValueError as error:
        told = str(error) if "install code" in str(error) else "is not hexadecimal"
        raise ConfigurationError(f"{where}: install_code: {told}") from None


Maker = Callable[[DeviceTable, dict[str, Any], str, int, str], VirtualDevice]


def _plug(table: DeviceTable, _: dict[str, Any], ieee: str, seed: int, where: str) -> VirtualDevice:
    _refuse(table, where, "prepayment", "poll_interval_s", "wake_s", "meter")
    load = dict(table.load or {})
    base_w = load.pop("base_w", 60)
    if load or not isinstance(base_w, int | float):
        raise ConfigurationError(f"{where}: load: a plug knows base_w alone, a number of watts")
    return Plug(ieee, seed, table.reports_per_s, float(base_w))


def _temperature(table: DeviceTable, _: dict[str, Any], ieee: str, seed: int, where: str) -> VirtualDevice:
    _refuse(table, where, "prepayment", "load", "wake_s", "meter")
    return TemperatureSensor(ieee, seed, table.reports_per_s, table.poll_interval_s)


def _display(table: DeviceTable, _: dict[str, Any], ieee: str, seed: int, where: str) -> VirtualDevice:
    _refuse(table, where, "prepayment", "load", "wake_s", "poll_interval_s")
    try:
        meter = parse_eui64(table.meter or "")
    except ValueError as error:
        raise ConfigurationError(f"{where}: meter: {error}. Cure: the ieee of the meter it shows") from None
    return InHomeDisplay(ieee, meter)


def _meter(table: DeviceTable, raw: dict[str, Any], ieee: str, seed: int, where: str) -> VirtualDevice:
    """A meter reads its own tables; it is imported here so that a bench of plugs starts without it."""
    try:
        room = importlib.import_module(f"hubd.bench.devices.{table.kind}")
    except ImportError:
        raise ConfigurationError(f"{where}: kind: {table.kind} is not in this build") from None
    meter: VirtualDevice
    try:
        meter = getattr(room, _METERS[table.kind]).from_table({**raw, "ieee": ieee}, seed)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from None
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigurationError(f"{where}: {error}") from None
    return meter


def _refuse(table: DeviceTable, where: str, *keys: str) -> None:
    for key in keys:
        if getattr(table, key) is not None:
            raise ConfigurationError(f"{where}: {key}: a {table.kind} has none")


_METERS = {"electricity_meter": "ElectricityMeter", "gas_meter": "GasMeter"}
_KINDS: dict[str, Maker] = {
    "plug": _plug,
    "temperature_sensor": _temperature,
    "in_home_display": _display,
    **dict.fromkeys(_METERS, _meter),
}
