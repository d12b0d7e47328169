"""`hubctl top-up` and `hubctl vend`: wrong numbers are usage errors, a code need not stand among the processes."""

import asyncio
import contextlib
import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hubd import console
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl_main import main

CODE = "59386323472137426967"
RECEIPT = {"order": "local:1", "outcome": "accepted", "final": True, "reason": "Credited. Nothing to do."}


class Daemon:
    """Answers one kind of question on a socket, and notes what it was asked."""

    def __init__(self, path: Path, answer: Any) -> None:
        self.path = path
        self.asked: list[dict[str, Any]] = []
        self._answer = answer

    async def __call__(self, question: dict[str, Any]) -> Any:
        self.asked.append(question)
        return self._answer

    @contextlib.contextmanager
    def running(self) -> Iterator["Daemon"]:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        serving = asyncio.run_coroutine_threadsafe(console.serve(self.path, self), loop)
        try:
            while not self.path.exists():
                threading.Event().wait(0.005)
            yield self
        finally:
            serving.cancel()
            asyncio.run_coroutine_threadsafe(_settled(), loop).result(5.0)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


async def _settled() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)


def run(*words: str) -> int:
    try:
        return main(words)
    except SystemExit as ended:
        return int(str(ended.code))


@pytest.mark.parametrize(
    "words",
    [
        ("top-up", "electricity-1", CODE, "--wait", "nan"),
        ("top-up", "electricity-1", CODE, "--wait", "inf"),
        ("top-up", "electricity-1", CODE, "--wait", "-1"),
        ("top-up", "electricity-1", CODE, "--wait", "1e400"),
        ("top-up", "electricity-1", CODE, "--wait", "soon"),
        ("vend", "--most", "99999999999999999999"),
        ("vend", "--most", "-1"),
        ("vend", "--most", "0"),
        ("vend", "--most", "ten"),
    ],
    ids=lambda words: " ".join(words[-2:]),
)
def test_a_number_out_of_its_bounds_is_a_usage_error_that_names_them(
    tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
):
    assert run(*words, "--socket", str(tmp_path / "nobody")) == Exit.USAGE
    said = capsys.readouterr().err
    assert "from 0 to 60" in said or "from 1 to 1000" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("typed", [f"{CODE}\n", "5938 6323 4721 3742 6967\n", CODE])
def test_a_code_may_be_read_from_standard_input(
    tmp_path: Path, typed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    with Daemon(tmp_path / "console", RECEIPT).running() as daemon:
        assert run("top-up", "electricity-1", "-", "--socket", str(daemon.path)) == Exit.OK
    assert daemon.asked[0]["code"].replace(" ", "").strip() == CODE
    assert CODE not in capsys.readouterr().out


def test_help_says_who_can_see_a_code_on_the_command_line(capsys: pytest.CaptureFixture[str]):
    assert run("top-up", "--help") == Exit.OK
    said = " ".join(capsys.readouterr().out.split())
    assert "other users of this machine" in said


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (RECEIPT, Exit.OK),
        (RECEIPT | {"outcome": "rejected"}, Exit.REFUSED),
        (RECEIPT | {"outcome": "refused"}, Exit.REFUSED),
        (RECEIPT | {"outcome": "deferred", "final": False}, Exit.NO_ANSWER),
        (RECEIPT | {"outcome": "under_way", "final": False}, Exit.NO_ANSWER),
    ],
    ids=lambda value: value.get("outcome") if isinstance(value, dict) else "",
)
def test_the_exit_code_says_whether_the_code_is_on_the_meter(
    tmp_path: Path, answer: dict[str, Any], code: Exit, capsys: pytest.CaptureFixture[str]
):
    with Daemon(tmp_path / "console", answer).running() as daemon:
        assert run("top-up", "electricity-1", CODE, "--socket", str(daemon.path)) == code
    said = capsys.readouterr()
    assert "Credited. Nothing to do." in said.out + said.err
