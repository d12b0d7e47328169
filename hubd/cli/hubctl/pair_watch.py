"""`hubctl pair` as a watcher: waits for a visit, and follows it to its end through restarts of the daemon."""

import argparse
import time
from pathlib import Path
from typing import Any

from hubd import console
from hubd.cli.daemon_socket import socket_of
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import pair_view
from hubd.cli.output import complain, fail
from hubd.errors import LinkError

LOOK_S = 10.0
TRY_AGAIN_S = 1.0

Answer = dict[str, Any]


def watch(args: argparse.Namespace) -> int:
    """Exit codes: 0 closed and complete, 1 closed or held, 4 no daemon, 5 under way when the time was over."""
    give_up_at_s = None if args.wait is None else time.monotonic() + args.wait
    daemon, watched = _Daemon(socket_of(args), args.visit, give_up_at_s), _Watched(args.visit)
    with pair_view.for_arguments(args) as shown:
        while True:
            answer, is_new = daemon.look()
            found = watched.find(answer)
            if is_new:
                shown.show(answer if args.visit is None else {**answer, "visits": [found] if found else []})
            if watched.is_gone:
                return fail(args, watched.gone_words(), Exit.REFUSED)
            if found is not None and found["closed_at"] is not None:
                return Exit.OK if all(device["done"] for device in found["devices"]) else Exit.REFUSED
            if daemon.left_s() == 0.0:
                return when_time_is_over(found)


def when_time_is_over(found: Answer | None) -> int:
    """The exit code for a visit that is still under way, or still to come."""
    held = found is not None and any(device["held"] for device in found["devices"])
    return Exit.REFUSED if held else Exit.NO_ANSWER


class _Daemon:
    """The other end of the socket. Once it has answered, its absence is waited through."""

    def __init__(self, socket: Path, visit: str | None, give_up_at_s: float | None) -> None:
        self._socket = socket
        self._visit = visit
        self._give_up_at_s = give_up_at_s
        self._version: int | None = None

    def left_s(self) -> float:
        """How long a look may take."""
        return LOOK_S if self._give_up_at_s is None else max(0.0, min(LOOK_S, self._give_up_at_s - time.monotonic()))

    def look(self) -> tuple[Answer, bool]:
        """The answer as soon as something is new, or the time of a look is over; and whether something is."""
        try:
            answer = self._ask()
        except LinkError as lost:
            if self._version is None:
                raise
            answer = self._wait_for_it(lost)
        is_new = answer["version"] != self._version
        self._version = answer["version"]
        return answer, is_new

    def _ask(self) -> Answer:
        after = -1 if self._version is None else self._version
        question = {"do": "pair", "visit": self._visit, "after": after, "wait_s": self.left_s()}
        return dict(console.ask(self._socket, question, timeout_s=LOOK_S + 20.0))

    def _wait_for_it(self, lost: LinkError) -> Answer:
        complain(f"the daemon does not answer any more ({lost}); waiting for it, Ctrl-C ends the waiting")
        self._version = None  # a new daemon counts anew
        while self.left_s() > 0.0:
            time.sleep(min(TRY_AGAIN_S, self.left_s()))
            try:
                answer = self._ask()
            except LinkError as error:
                lost = error
            else:
                complain("the daemon is back")
                return answer
        raise lost


class _Watched:
    """The visit that is watched: the one that was named, else the first one seen open."""

    def __init__(self, name: str | None) -> None:
        self._name = name
        self._seen = self._said = False
        self.is_gone = False

    def find(self, answer: Answer) -> Answer | None:
        """The visit as it stands; None where it is gone, or still to come, which is said once."""
        if self._name is None:
            self._name = next((each["visit"] for each in answer["visits"] if each["closed_at"] is None), None)
        found = next((each for each in answer["visits"] if each["visit"] == self._name), None)
        self.is_gone = self._seen and found is None
        self._seen |= found is not None
        if found is None and not (self.is_gone or self._said):
            self._said = True
            none = "no visit is open" if self._name is None else f"there is no visit {self._name} yet"
            what = "the security centre's admission (hubctl head admit)" if self._name is None else "it"
            complain(f"{none}: waiting for {what}; Ctrl-C ends the waiting")
        return found

    def gone_words(self) -> str:
        """What is said of a visit that is gone."""
        return f"visit {self._name} is gone: its devices were removed, or belong to another visit now"
