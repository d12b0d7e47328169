"""`hubd check-config` sees what the daemon would stumble over, at its start or only when the first meter comes."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from hubd.bench.house import certificates, files
from hubd.bench.house.layout import HUB, Layout
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import ca_files
from hubd.cli.hubd_main import main
from hubd.headend import founding
from hubd.model.identity import Eui64
from hubd.zigbee.cbke import certificate_text
from hubd.zigbee.cbke.suite import Suite


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    layout = Layout.at(tmp_path_factory.mktemp("made"))
    files.write(layout)
    founding.create(layout.headend, [HUB, "hub-0002"])
    return layout


@pytest.fixture
def layout(tmp_path: Path, made: Layout) -> Layout:
    root = tmp_path / "house"
    shutil.copytree(made.root, root)
    layout = Layout(root, made.wan_port, made.consumer_port)
    for file in (layout.utility_config, layout.consumer_config):
        file.write_text(file.read_text().replace(str(made.root), str(root)))
    return layout


def check(layout: Layout) -> int:
    return main(["check-config", "--utility", str(layout.utility_config)])


def test_a_house_s_configuration_is_good(layout: Layout):
    assert check(layout) == Exit.OK


def test_a_certificate_whose_private_key_is_another_s_is_found_r6(layout: Layout, capsys: pytest.CaptureFixture[str]):
    mine, other = certificates.of_hub(layout)[0], Eui64("00:0d:6f:00:0a:90:69:e9")
    its = ca_files.device_file(layout.certificates, other, Suite.ONE)
    by = ca_files.found(layout.certificates, Suite.ONE, certificates.ISSUER).authority
    ca_files.issue(by, other, its, replace=False)
    key = its.read_text().split(certificate_text.PRIVATE)[1].splitlines()[0]
    was = mine.read_text().split(certificate_text.PRIVATE)[1].splitlines()[0]
    mine.write_text(mine.read_text().replace(was, key))
    assert check(layout) == Exit.CONFIGURATION
    assert str(mine) in capsys.readouterr().err


def test_a_certificate_that_others_may_read_is_found_r4(layout: Layout, capsys: pytest.CaptureFixture[str]):
    certificates.of_hub(layout)[1].chmod(0o640)
    assert check(layout) == Exit.CONFIGURATION
    assert "Cure: chmod 600" in capsys.readouterr().err


def edited(pattern: str, becomes: str) -> Callable[[Layout], object]:
    """A key of the file with another value."""

    def edit(layout: Layout) -> None:
        text, times = re.subn(pattern, becomes, layout.utility_config.read_text(), count=1, flags=re.MULTILINE)
        assert times == 1, pattern
        layout.utility_config.write_text(text)

    return edit


def with_key(table: str, line: str) -> Callable[[Layout], object]:
    """A key more in a table that may be there."""

    def edit(layout: Layout) -> None:
        text = layout.utility_config.read_text()
        head = f"[{table}]\n"
        text = text.replace(head, head + line + "\n") if head in text else f"{text}\n{head}{line}\n"
        layout.utility_config.write_text(text)

    return edit


def replaced(path: Path) -> Path:
    path.unlink()
    return path


def with_password(path: Path) -> None:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(pem, pkcs8, serialization.BestAvailableEncryption(b"secret")))


def pki(layout: Layout, name: str) -> Path:
    return layout.headend / "pki" / name


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        (edited(r'^host = .*', 'host = ""'), "wan.host is ''"),
        (edited(r'^host = .*', 'host = "mqtts://broker.example"'), "wan.host is 'mqtts://broker.example'"),
        (edited(r'^host = .*', 'host = "broker..example"'), "wan.host is 'broker..example'"),
        (edited(r'^host = .*', 'host = "broker.example:8883"'), "wan.host is 'broker.example:8883'"),
        (edited(r"^port = .*", "port = 0"), "wan.port is 0: from 1 to 65535"),
        (edited(r"^port = .*", "port = 99999"), "wan.port is 99999"),
        (edited(r"^poll_s = .*", "poll_s = nan"), "metering.poll_s is nan"),
        (edited(r"^poll_s = .*", "poll_s = inf"), "metering.poll_s is inf"),
        (edited(r"^poll_s = .*", "poll_s = -1"), "metering.poll_s is -1"),
        (edited(r"^path = .*", 'path = ""'), "radio.path is ''"),
        (edited(r"^path = .*", 'path = "socket://radio.lan"'), "as socket://host:6638"),
        (with_key("radio", "baudrate = -1"), "radio.baudrate is -1"),
        (with_key("store", "group_window_s = -5"), "store.group_window_s is -5"),
        (with_key("store", "group_window_s = nan"), "store.group_window_s is nan"),
        (with_key("store", "most_readings = 5"), "store.most_readings is 5"),
        (lambda layout: pki(layout, "ca.crt").unlink(), "ca.crt: No such file"),
        (lambda layout: pki(layout, "ca.crt").write_text("no certificate"), "ca.crt: not a certificate"),
        (lambda layout: replaced(pki(layout, "ca.crt")).symlink_to("/dev/zero"), "ca.crt: File too large"),
        (lambda layout: replaced(pki(layout, f"{HUB}.crt")).mkdir(), f"{HUB}.crt: Is a directory"),
        (lambda layout: pki(layout, f"{HUB}.crt").write_bytes(b""), "and its key"),
        (lambda layout: pki(layout, f"{HUB}.key").write_bytes(bytes(range(256))), "and its key"),
        (lambda layout: with_password(pki(layout, f"{HUB}.key")), "the key without a password"),
        (lambda layout: pki(layout, f"{HUB}.key").chmod(0o644), "Cure: chmod 600"),
        (lambda layout: shutil.copy(pki(layout, "hub-0002.key"), pki(layout, f"{HUB}.key")), "and its key"),
        (lambda layout: (layout.headend / "role-keys.toml").write_text("= no TOML"), "keys.toml: not valid TOML"),
        (lambda layout: (layout.headend / "role-keys.toml").unlink(), "role-keys.toml: no such file"),
        (edited(r'^socket = .*', 'socket = "none/console.sock"'), "console.socket: "),
        (edited(r'^fifo = .*', 'fifo = "none/feed"'), "feed.fifo: "),
        (edited(r'^state = .*', 'state = "utility.toml"'), "state: "),
    ],
    ids=lambda value: value.replace("/", "") if isinstance(value, str) else "",
)  # fmt: skip
def test_what_the_daemon_would_fail_at_is_not_good(
    layout: Layout, breaks: Callable[[Layout], object], says: str, capsys: pytest.CaptureFixture[str]
):
    breaks(layout)
    assert check(layout) == Exit.CONFIGURATION
    assert says in capsys.readouterr().err


def test_an_address_of_nothing_for_home_assistant_is_found(layout: Layout, capsys: pytest.CaptureFixture[str]):
    text = layout.consumer_config.read_text()
    layout.consumer_config.write_text(text.replace('host = "127.0.0.1"', 'host = ""'))
    assert main(["check-config", "--consumer", str(layout.consumer_config)]) == Exit.CONFIGURATION
    assert "home_assistant.host is ''" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("pattern", "becomes", "says"),
    [
        (r'^host = .*', 'host = "127.0.0.1"\nca = "consumer.toml"', "home_assistant.ca: "),
        (r'^host = .*', 'host = "127.0.0.1"\nca = "/dev/zero"', "home_assistant.ca: /dev/zero is no readable"),
        (r'^fifo = .*', 'fifo = "none/feed"', "feed.fifo: "),
        (r'^state = .*', 'state = "consumer.toml/state"', "state: "),
    ],
)  # fmt: skip
def test_what_the_consumer_daemon_would_fail_at_is_not_good(
    layout: Layout, pattern: str, becomes: str, says: str, capsys: pytest.CaptureFixture[str]
):
    text, times = re.subn(pattern, becomes, layout.consumer_config.read_text(), count=1, flags=re.MULTILINE)
    assert times == 1
    layout.consumer_config.write_text(text)
    assert main(["check-config", "--consumer", str(layout.consumer_config)]) == Exit.CONFIGURATION
    error = capsys.readouterr().err
    assert says in error
    assert "Cure:" in error


@pytest.mark.parametrize("verb", ["check-config", "doctor", "run"])
def test_a_missing_file_is_said_without_an_option_that_is_not_there(
    tmp_path: Path, verb: str, capsys: pytest.CaptureFixture[str]
):
    assert main([verb, "--utility", str(tmp_path / "none.toml")]) != Exit.OK
    captured = capsys.readouterr()
    assert "none.toml: no such file. Cure: make it, or name the right file" in captured.err + captured.out
    assert "--config" not in captured.err + captured.out
