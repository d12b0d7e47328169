"""What a user or a machine does wrong is a sentence and a documented exit code, never a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from hubd.bench.house import files
from hubd.bench.house.layout import HUB, Layout
from hubd.cli.exit_codes import Exit
from hubd.headend import founding

KEY = ["--pan", "600727000000000009", "--sgc", "123457", "--krn", "4", "--kt", "2", "--ti", "01", "--base", "2014"]
BINARIES = Path(sys.executable).parent


def ended(program: str, *words: object) -> tuple[int, str]:
    done = subprocess.run([BINARIES / program, *map(str, words)], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("hubctl", ("head", "init", "/etc/passwd")),
        ("hubd", ("bench", "--plain", "--state", "/proc/x")),
        ("hubctl", ("sts", "key-change", *KEY, "--vending-key", 40 * "0", "--new-vending-key-file", "/dev/zero")),
        ("hubctl", ("outage", "replay", "/dev/zero")),
        ("hubctl", ("ca", "show", "/etc")),
        ("hubctl", ("ca", "init", "/proc/x")),
    ],
)
def test_a_place_that_cannot_be_read_or_written_is_a_sentence(program: str, words: tuple[str, ...]):
    code, said = ended(program, *words)
    assert (code, "Traceback" in said) == (Exit.CONFIGURATION, False), said
    assert "Cure:" in said


@pytest.mark.parametrize(
    "words",
    [
        ("hubd", "bench", "--for", "-5"),
        ("hubd", "bench", "--for", "nan"),
        ("hubctl", "bench", "measure", "--seconds", "abc"),
        ("hubctl", "bench", "fault", "freeze", "--for", "0"),
        ("hubctl", "bench", "joins", "--devices", "none"),
        ("hubctl", "rekey", "gas-1", "--wait", "nan"),
    ],
)
def test_a_number_out_of_bounds_is_refused_in_words(words: tuple[str, ...]):
    code, said = ended(*words)
    assert code == Exit.USAGE
    assert " number " in said
    assert "Cure: " in said
    assert "_" not in said.splitlines()[-1].rpartition(":")[2], "no name of our own code"


@pytest.mark.process
@pytest.mark.parametrize("place", ["state", "console"])
def test_a_daemon_that_cannot_make_a_place_says_so(tmp_path: Path, place: str):
    layout = Layout.at(tmp_path)
    files.write(layout)
    founding.create(layout.headend, [HUB])
    text = layout.utility_config.read_text().split("[supply]")[0]
    (tmp_path / "a file").touch()
    if place == "state":
        text = text.replace(f'state = "{layout.utility}"', f'state = "{tmp_path}/a file"')
    else:
        text = text.replace(f'socket = "{layout.console}"', f'socket = "{tmp_path}/none/console.sock"')
    layout.utility_config.write_text(text)
    code, said = ended("hubd", "utility", "--config", layout.utility_config)
    assert (code, "Traceback" in said) == (Exit.CONFIGURATION, False), said
    assert "Cure:" in said.splitlines()[-1]
