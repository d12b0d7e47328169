"""`[supply]` of utility.toml: what is refused names the key and the cure."""

from pathlib import Path

import pytest

from hubd.errors import ConfigurationError
from hubd.power.rules import Policy
from hubd.utility import config

BASE = """\
hub = "hub-0001"
state = "state"
[radio]
path = "socket://127.0.0.1:1"
[wan]
host = "127.0.0.1"
ca = "ca"
certificate = "c"
key = "k"
role_keys = "r"
[feed]
fifo = "f"
[console]
socket = "s"
[security]
key_establishment = "install_code"
"""
WHOLE = """
[supply]
mains_pin = 17
power_good_pin = 6
policy = "earliest"
hub_class = "transformer"
topology = "north/12/T-7"
sentinel = true
[supply.shed]
consumer_stop = ["systemctl", "stop", "--no-block", "hubd-consumer"]
leds = { ACT = "mmc0" }
governor = "powersave"
[supply.capacitor]
capacitance_f = 75
riding_w = 3
shed_w = 1.5
sending_w = 3.5
shutdown_w = 2
[supply.capacitor_voltage]
adc = "mcp3008"
channel = 1
divider = 2.0
[supply.mains_voltage]
adc = "ads1115"
nominal_v = 1.2
"""


def load(folder: Path, text: str) -> config.UtilityConfig:
    path = folder / "utility.toml"
    path.write_text(BASE + text)
    return config.load(path)


def test_the_whole_table_is_read_and_a_file_without_it_senses_nothing(tmp_path: Path):
    assert load(tmp_path, "").supply is None
    supply = load(tmp_path, WHOLE).supply
    assert supply is not None
    assert (supply.policy, supply.own_spread_s) == (Policy.EARLIEST, 0.0)
    assert supply.capacitor is not None
    assert supply.capacitor.as_new().capacitance_f == 75
    assert supply.capacitor_voltage is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[supply]\n", "mains_pin"),
        ("[supply]\nmains_pine = 1\n", "did you mean supply.mains_pin"),
        ("[supply]\nmains_pin = -1\n", "supply.mains_pin is -1: a BCM number from 0 to 27"),
        ("[supply]\nmains_pin = 4\npower_good_pin = 4\n", "are one pin"),
        ("[supply]\nmains_pin = 1\nshutdown = []\n", "supply.shutdown is empty: a command is needed"),
        (
            '[supply]\nmains_pin = 1\n[supply.mains_voltage]\nadc = "ads1115"\nnominal_v = 1.0\nbus = -1\n',
            "bus is from 0",
        ),
        ('[supply]\nmains_pin = 1\n[supply.mains_voltage]\nadc = "ads1115"\nnominal_v = nan\n', "nominal_v is nan"),
        ("[supply]\nmains_pin = 1\nspread_s = -1\n", "spread_s"),
        ("[supply]\nmains_pin = 1\nsteady_s = 5\n", "steady_s"),
        ('[supply]\nmains_pin = 1\ntopology = "f1/s1/t1"\n', "feeder/spur/transformer/service"),
        ('[supply]\nmains_pin = 1\nhub_class = "transformer"\ntopology = "a/b/c/d"\n', "feeder/spur/transformer"),
        ('[supply]\nmains_pin = 1\ntopology = "a b/c/d/e"\n', "letters"),
        ('[supply]\nmains_pin = 1\npolicy = "soon"\n', "policy"),
        ('[supply]\nmains_pin = 1\n[supply.mains_voltage]\nadc = "mcp3008"\n', "nominal_v"),
        ('[supply]\nmains_pin = 1\n[supply.mains_voltage]\nadc = "ads1115"\nchannel = 4\n', "channel"),
        ('[supply]\nmains_pin = 1\n[supply.capacitor_voltage]\nadc = "ads1115"\n', "supply.capacitor"),
        (WHOLE.replace("capacitance_f = 75", "capacitance_f = 0"), "capacitor"),
        (WHOLE.replace("shed_w = 1.5", "shed_w = 0"), "shed_w is 0: above 0"),
        (WHOLE.replace("shed_w = 1.5", "shed_w = nan"), "shed_w is nan: it must be a finite number"),
        (WHOLE.replace("shed_w = 1.5", "shed_w = 1.5\ncharge_w = -1"), "charge_w is -1: at least 0"),
        (WHOLE.replace("shed_w = 1.5", "shed_w = 1.5\naged_share = 2"), "aged_share is 2: at least 0 and at most 1"),
        (WHOLE.replace("shed_w = 1.5", "shed_w = 1.5\ncoldest_c = -60"), "coldest_c is -60: -40 to 85 degrees"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_name(tmp_path: Path, text: str, says: str):
    with pytest.raises(ConfigurationError, match=says):
        load(tmp_path, text)
