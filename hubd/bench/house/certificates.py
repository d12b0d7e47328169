"""A bench's certificates: an authority of each suite, the hub's radio in both, each meter in one. Made once, kept."""

from pathlib import Path

from hubd.bench.house.layout import LAB_METER, METER, UTILITY_RADIO_IEEE, Layout
from hubd.cli.hubctl import ca_files
from hubd.model.identity import Eui64, parse_eui64
from hubd.zigbee.cbke.suite import Suite

ISSUER = Eui64("48:55:42:44:54:45:53:54")
"""HUBDTEST."""
SUITE_OF = {METER.ieee: Suite.TWO, LAB_METER.ieee: Suite.ONE}
"""So that both are always in use. Any other device is of suite 1, whose arithmetic is the quicker."""


def of_hub(layout: Layout) -> list[Path]:
    """The hub's own, one a suite."""
    return [_certificate(layout, UTILITY_RADIO_IEEE, suite) for suite in Suite]


def of_device(layout: Layout, ieee: str) -> Path:
    """A device's."""
    return _certificate(layout, ieee, SUITE_OF.get(ieee, Suite.ONE))


def _certificate(layout: Layout, ieee: str, suite: Suite) -> Path:
    subject = parse_eui64(ieee)
    file = ca_files.device_file(layout.certificates, subject, suite)
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        by = ca_files.found(layout.certificates, suite, ISSUER).authority
        ca_files.issue(by, subject, file, replace=False)
    return file
