"""`hubd check-config` sees what the daemon would stumble over only when the first meter comes."""

from pathlib import Path

import pytest

from hubd.bench.house import certificates, files
from hubd.bench.house.layout import Layout
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import ca_files
from hubd.cli.hubd_main import main
from hubd.model.identity import Eui64
from hubd.zigbee.cbke import certificate_text
from hubd.zigbee.cbke.suite import Suite


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout.at(tmp_path)
    files.write(layout)
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
