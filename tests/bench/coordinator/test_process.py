"""`hubd bench coordinator` as a process: what it prints, how it ends, and what it says to wrong input."""

import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from hubd import console
from hubd.cli.hubd_main import main

DEVICES = '[[device]]\nkind = "plug"\nieee = "00:12:4b:00:00:00:00:01"\nopen = true\n'
PING, PONG = bytes.fromhex("fe00210120"), bytes.fromhex("fe02610159063d")


@pytest.fixture
def devices(tmp_path):
    file = tmp_path / "house.toml"
    file.write_text(DEVICES)
    return file


@contextmanager
def coordinator(*words: str):
    argv = [
        sys.executable,
        "-c",
        "from hubd.cli.hubd_main import main; raise SystemExit(main())",
        "bench",
        "coordinator",
    ]
    process = subprocess.Popen([*argv, *words], stdout=subprocess.PIPE, text=True)
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.process
def test_it_says_where_it_listens_answers_and_ends_on_sigterm(devices, tmp_path, capsys):
    files = ["--nv", tmp_path / "nv.json", "--state", tmp_path / "state.json", "--control", tmp_path / "control"]
    words = ["--listen", "tcp://127.0.0.1:0", "--devices", devices, *files]
    with coordinator(*map(str, words)) as (process, said):
        assert said.startswith("listening on tcp://127.0.0.1:")
        with socket.create_connection(("127.0.0.1", int(said.rpartition(":")[2])), timeout=5) as host:
            host.sendall(PING)
            assert host.recv(100) == PONG
        assert console.ask(tmp_path / "control", {"do": "devices"})[0]["joined"] is False
        assert main(["bench", "ask", str(tmp_path / "control"), "power", "ieee=00124b0000000001", "on=false"]) == 0
        assert main(["bench", "ask", str(tmp_path / "control"), "dance"]) == 1
        answered = capsys.readouterr()
        assert answered.out == "false\n"
        assert "'dance' is none of" in answered.err
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    assert (tmp_path / "nv.json").exists()
    assert (tmp_path / "state.json").exists()
    assert not (tmp_path / "control").exists()


def test_a_port_that_is_taken_gives_a_sentence_and_exit_code_4(devices, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        assert main(["bench", "coordinator", "--listen", address, "--devices", str(devices)]) == 4
    assert "cannot be listened on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--pty", "/nonexistent/tty"], "cannot be made a link"),
        (["--listen", "tcp://127.0.0.1:0", "--nv", "/nonexistent/nv"], "--nv: there is no directory"),
        (["--listen", "tcp://127.0.0.1:0", "--control", "/tmp/" + "x" * 110], "too long for a socket"),
    ],
)
def test_wrong_input_gives_a_sentence_and_exit_code_3(devices, capsys, words, complaint):
    assert main(["bench", "coordinator", "--devices", str(devices), *words]) == 3
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--listen", "tcp://127.0.0.1"], "is not of the form tcp://HOST:PORT"),
        (["--listen", "udp://127.0.0.1:1"], "is not of the form tcp://HOST:PORT"),
        (["--listen", "tcp://127.0.0.1:99999"], "is not of the form tcp://HOST:PORT"),
        (["--listen", "tcp://127.0.0.1:" + "9" * 5000], "is not of the form tcp://HOST:PORT"),
        (["--listen", "tcp://127.0.0.1:0", "--loss", "1.5"], "--loss: '1.5' is not a number from 0 to 0.99"),
        (["--listen", "tcp://127.0.0.1:0", "--latency", "-1"], "--latency: '-1' is not a number from 0 to 60"),
        (["--listen", "tcp://127.0.0.1:0", "--seed", "-1"], "--seed: '-1' is not a whole number from 0 to"),
        (["--listen", "tcp://127.0.0.1:0", "--ieee", "12"], "--ieee: '12' is not an IEEE address"),
    ],
)
def test_a_word_that_cannot_be_used_gives_a_sentence_and_exit_code_2(devices, capsys, words, complaint):
    with pytest.raises(SystemExit) as ended:
        main(["bench", "coordinator", "--devices", str(devices), *words])
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


def test_a_missing_devices_file_gives_a_sentence(tmp_path, capsys):
    words = ["--listen", "tcp://127.0.0.1:0", "--devices", str(tmp_path / "none.toml")]
    assert main(["bench", "coordinator", *words]) == 3
    assert "no such file" in capsys.readouterr().err


def test_help_shows_examples_and_where_the_file_is_described(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["bench", "coordinator", "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "--listen tcp://127.0.0.1:6638" in shown
    assert "docs/virtual-coordinator.md" in shown
