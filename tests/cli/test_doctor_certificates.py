"""`hubd doctor` proves the hub's own certificates (R4, R6)."""

from pathlib import Path

import pytest

from hubd.bench.house import certificates, files
from hubd.bench.house.layout import Layout
from hubd.cli.doctor_certificates import certificates as finding_of
from hubd.utility.config import load
from hubd.zigbee.cbke import certificate_text


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout.at(tmp_path)
    files.write(layout)
    return layout


def test_certificates_that_fit_are_named_with_suite_and_subject(layout: Layout):
    finding = finding_of(load(layout.utility_config).security)
    assert finding.good
    assert "suite 1" in finding.found
    assert "suite 2" in finding.found


def test_a_private_key_of_another_issue_is_found_with_its_file_and_cure(layout: Layout):
    mine = certificates.of_hub(layout)[0]
    lines = mine.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith(certificate_text.PRIVATE))
    lines[at] = f"{certificate_text.PRIVATE}: {'00' * 20}05"
    mine.write_text("\n".join(lines))
    finding = finding_of(load(layout.utility_config).security)
    assert not finding.good
    assert str(mine) in finding.found
    assert "does not fit" in finding.found
    assert finding.cure


def test_a_lab_without_certificates_is_told_what_that_means(tmp_path: Path, layout: Layout):
    text = layout.utility_config.read_text()
    start = text.index("[security]")
    table = text[start:].split("\n[", 1)[0]
    bare = tmp_path / "bare.toml"
    bare.write_text(text.replace(table, '[security]\nkey_establishment = "install_code"\n'))
    finding = finding_of(load(bare).security)
    assert finding.good
    assert "install code" in finding.found
