"""The devices file: what it gives, and that its errors name file, device and key. R5."""

import re
import tomllib
from pathlib import Path

import pytest

from hubd.bench.devices.devices_file import devices_of, load_devices
from hubd.errors import ConfigurationError

PLUG = {"kind": "plug", "ieee": "00-12-4B-00-00-00-00-01", "open": True}


def test_devices_stand_there_as_written():
    plug, sensor = devices_of(
        {
            "device": [
                PLUG,
                {
                    "kind": "temperature_sensor",
                    "ieee": "00124b0000000002",
                    "install_code": "83FED3407A939723A5C639B26916D505C3B5",
                    "name": "hall",
                    "poll_interval_s": 5,
                },
            ]
        },
        "file",
        1,
    )
    assert (plug.device.ieee, plug.name, plug.install_code_key) == ("00:12:4b:00:00:00:00:01", plug.device.ieee, None)
    assert (sensor.name, sensor.device.poll_interval_s) == ("hall", 5)
    assert sensor.install_code_key.reveal().hex() == "66b6900981e1ee3ca4206b6b861c02bb"


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({**PLUG, "colour": "red"}, "unknown key colour"),
        ({**PLUG, "reports_per_second": 1}, "did you mean reports_per_s"),
        (
            {**PLUG, "kind": "toaster"},
            "kind: 'toaster' is none of electricity_meter, gas_meter, in_home_display, plug, temperature_sensor",
        ),
        ({**PLUG, "ieee": "12"}, "ieee: '12' is not an IEEE address"),
        ({**PLUG, "open": False}, "either install_code or open"),
        ({**PLUG, "install_code": "00"}, "either install_code or open"),
        ({**PLUG, "open": False, "install_code": "zz"}, "install_code: is not hexadecimal"),
        ({**PLUG, "open": False, "install_code": "00" * 18}, "install_code: .* not its CRC"),
        ({**PLUG, "reports_per_s": "often"}, "reports_per_s"),
        ({**PLUG, "reports_per_s": -1}, "reports_per_s: is below 0"),
        ({**PLUG, "poll_interval_s": 1}, "poll_interval_s: a plug has none"),
        ({**PLUG, "load": {"curve": "home"}}, "load: a plug knows base_w alone"),
        ({**PLUG, "kind": "temperature_sensor", "poll_interval_s": 0}, "poll_interval_s: is not above 0"),
    ],
)
def test_errors_name_file_device_and_key(table, complaint):
    with pytest.raises(ConfigurationError, match=rf"house\.toml: device 2: .*{complaint}"):
        devices_of({"device": [{**PLUG, "ieee": "00124b00000000ff"}, table]}, "house.toml", 1)


def test_no_install_code_is_shown_in_an_error():
    with pytest.raises(ConfigurationError) as caught:
        devices_of({"device": [{**PLUG, "open": False, "install_code": "AB" * 17}]}, "house.toml", 1)
    assert "ABAB" not in str(caught.value).upper()


def test_two_devices_cannot_have_one_address():
    with pytest.raises(ConfigurationError, match="devices 1 and 2 have the same ieee"):
        devices_of({"device": [PLUG, PLUG]}, "house.toml", 1)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[device]\nkind = 'plug'", "Cure: write \\[\\[device\\]\\]"),
        ("devices = 1", "unknown key devices"),
        ("[[device", "not valid TOML"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path, text, complaint):
    file = tmp_path / "house.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=rf"house\.toml: .*{complaint}"):
        load_devices(file, 1)


def test_the_example_in_the_documentation_is_a_devices_file():
    text = (Path(__file__).parents[3] / "docs" / "virtual-coordinator.md").read_text()
    example = tomllib.loads(re.search(r"```toml\n(.*?)```", text, re.DOTALL).group(1))
    for table in example["device"]:
        table.pop("certificate", None)  # a file that the reader has
    kinds = [node.device.kind for node in devices_of(example, "documentation", 1)]
    assert kinds == ["electricity_meter", "plug", "temperature_sensor", "gas_meter"]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"no such file.*--devices"):
        load_devices(tmp_path / "none.toml", 1)
