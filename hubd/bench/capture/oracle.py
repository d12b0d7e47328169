"""`make oracle`: a whole visit in the virtual house, recorded, and read by Wireshark's decoder."""

import argparse
import asyncio
import tempfile
from pathlib import Path

from hubd.bench.capture import tshark
from hubd.bench.capture.examine import Finding, examine
from hubd.bench.house.house import House
from hubd.bench.house.layout import METER, Layout
from hubd.cli.exit_codes import Exit


def main() -> int:
    """Exit code 0 where every finding is good."""
    parser = argparse.ArgumentParser(prog="make oracle", description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep the capture here, its keys in FILE.keys")
    args = parser.parse_args()
    tshark.tshark()
    with tempfile.TemporaryDirectory(prefix="hubd-oracle-") as folder:
        capture = args.keep or Path(folder) / "visit.pcap"
        capture.unlink(missing_ok=True)
        sold = asyncio.run(visit(Path(folder) / "house", capture))
        findings = list(examine(capture, METER.ieee, sold))
    for finding in findings:
        _tell(finding)
    return Exit.OK if all(finding.good for finding in findings) else Exit.REFUSED


async def visit(root: Path, capture: Path) -> str:
    """Join, read, set friendly hours, and sell a top-up that the meter takes; returns its code. Raises a HubdError
    where a step fails.
    """
    async with House(
        Layout.at(root), seed=11, say=lambda line: print(f"  {line}", flush=True), capture=capture
    ) as house:
        await house.start()
        words = ["--home", str(house.layout.headend), "--meter", METER.pan, "--wait", "60"]
        sale = await house.head("vend", *words, "--amount", "0.10")
        await house.head("prepayment", *words, "--friendly", "mon-fri 18:00-09:00")
        await house.hubctl("read", METER.ieee, "--socket", str(house.layout.console))
        print("  a top-up was sold and taken, friendly hours set, and the meter was read", flush=True)
        return str(sale["token"])


def _tell(finding: Finding) -> None:
    print(f"{'good' if finding.good else 'BAD '}  {finding.what}: {finding.found}")


if __name__ == "__main__":
    raise SystemExit(main())
