"""Writes the files of the virtual house: devices, daemons' configuration. Files that are there are written anew;
state (journals, meters' memory, keys) is kept, so that a second `make bench` goes on where the first ended.
"""

from collections.abc import Sequence

from hubd.bench.house import certificates, supply_files
from hubd.bench.house.layout import GAS_WAKES_EVERY_S, HOUSE_METERS, HUB, HouseDisplay, HouseMeter, Layout
from hubd.model.token_schemes import DEFAULT


def write(
    layout: Layout,
    reports_per_s: float = 0.2,
    answer_timeout_s: float = 5.0,
    meters: Sequence[HouseMeter] = HOUSE_METERS,
    displays: Sequence[HouseDisplay] = (),
) -> None:
    """All files and folders but those of the head-end, which `hubctl head init` makes."""
    for folder in (layout.utility, layout.consumer, layout.logs, layout.air("utility"), layout.air("consumer")):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (layout.air("utility") / "devices.toml").write_text(
        "".join(_entry(layout, meter, reports_per_s, first=meter == meters[0]) for meter in meters)
        + "".join(_display(layout, display) for display in displays)
    )
    (layout.air("consumer") / "devices.toml").write_text(_CONSUMER_DEVICES)
    layout.utility_config.write_text(_utility(layout, answer_timeout_s) + supply_files.utility(layout))
    supply_files.write(layout)
    layout.consumer_config.write_text(_consumer(layout))


def _entry(layout: Layout, meter: HouseMeter, reports_per_s: float, *, first: bool) -> str:
    if meter.kind == "gas_meter":
        return _gas_meter(layout, meter)
    if first:
        return _meter(layout, meter, reports_per_s, solar_w=3_000)
    return _meter(layout, meter, reports_per_s / 2, solar_w=0)


def _meter(layout: Layout, meter: HouseMeter, reports_per_s: float, solar_w: int) -> str:
    return f"""\
{_device(layout, meter)}
reports_per_s = {reports_per_s}

{_prepayment(meter)}

[device.load]
curve = "home"
base_w = 350
solar_w = {solar_w}
history_days = 2

"""


def _gas_meter(layout: Layout, meter: HouseMeter) -> str:
    return f"""\
{_device(layout, meter)}
wake_s = {GAS_WAKES_EVERY_S}

{_prepayment(meter)}
price_per_kwh = "0.07"

[device.load]
flat_l_h = 400

"""


def _display(layout: Layout, display: HouseDisplay) -> str:
    return f'''\
{_device(layout, display)}
meter = "{display.meter}"

'''


def _device(layout: Layout, device: HouseMeter | HouseDisplay) -> str:
    return f'''\
# {device.name}
[[device]]
kind = "{device.kind}"
ieee = "{device.ieee}"
install_code = "{device.install_code}"
certificate = "{certificates.of_device(layout, device.ieee)}"'''


def _prepayment(meter: HouseMeter) -> str:
    return f'''\
[device.prepayment]
pan = "{meter.pan}"
vending_key = "{meter.vending_key}"
{_scheme(meter)}
token_memory = {meter.token_memory}
balance = "5.00"'''


def _scheme(meter: HouseMeter) -> str:
    if meter.token_scheme != DEFAULT:
        return f'token_scheme = "{meter.token_scheme}"\noriginator = "{meter.originator}"'
    return f'sgc = "{meter.sgc}"\nkrn = {meter.krn}\nkt = {meter.kt}\nti = "{meter.ti}"\nbase = {meter.base}'


_CONSUMER_DEVICES = """\
# The consumer's own network.
[[device]]
kind = "plug"
ieee = "00:15:8d:00:01:00:00:01"
open = true
reports_per_s = 0.1

[[device]]
kind = "temperature_sensor"
ieee = "00:15:8d:00:01:00:00:02"
open = true
reports_per_s = 0.05
"""


def _utility(layout: Layout, answer_timeout_s: float) -> str:
    pki = layout.headend / "pki"
    return f'''\
# The utility daemon of the virtual house. Every key is explained in docs/configuration.md.
hub = "{HUB}"
state = "{layout.utility}"

[radio]
path = "{layout.radio("utility")}"
channel = 20
answer_timeout_s = {answer_timeout_s}

[security]
certificates = {[str(file) for file in certificates.of_hub(layout)]}

[wan]
host = "127.0.0.1"
port = {layout.wan_port}
ca = "{pki / "ca.crt"}"
certificate = "{pki / f"{HUB}.crt"}"
key = "{pki / f"{HUB}.key"}"
role_keys = "{layout.headend / "role-keys.toml"}"

[feed]
fifo = "{layout.feed}"

[console]
socket = "{layout.console}"

[metering]
poll_s = 60

[time]
assume_synced = true
'''


def _consumer(layout: Layout) -> str:
    return f'''\
# The consumer daemon of the virtual house. Every key is explained in docs/configuration.md.
state = "{layout.consumer}"

[feed]
fifo = "{layout.feed}"

[home_assistant]
host = "127.0.0.1"
port = {layout.consumer_port}
'''
