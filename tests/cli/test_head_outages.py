"""`hubctl head topology` and `hubctl head outages`: what they print, and how they end (R44)."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from hubd.cli.hubctl_main import main
from hubd.headend import book
from hubd.headend.home import Home
from hubd.headend.inbound import Arrived
from hubd.headend.outages import keeping, taking
from hubd.headend.outages.evidence import DEFAULT_RULES
from hubd.model.lane import Lane
from hubd.model.stamp import TimeTrust
from hubd.wan.messages import Up, When
from hubd.wan.supply_messages import (
    AlertDetail,
    Began,
    HubClass,
    OutageAlertBody,
    OutageMomentaryBody,
    OutageRestoredBody,
)

CSV = "hub,feeder,spur,transformer,service\nhub-t1,F1,S1,T1,\n" + "".join(
    f"hub-{t}{n},F1,S1,T{t},house-{n}\n" for t in (1, 2) for n in range(3)
)


class Office:
    """A head-end's folder without a broker."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        try:
            code = main(["head", *words, "--home", str(self.path)])
        except SystemExit as ended:
            code = int(str(ended.code))
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def commit(self, work: Callable[[sqlite3.Connection], object]) -> None:
        with contextlib.closing(book.open_book(Home(self.path))) as connection, book.transaction(connection):
            work(connection)

    def say(self, hub: str, body: msgspec.Struct, at_s: float) -> None:
        up = Up(1, hub, "0a1b2c3d", Lane.ALARM, 1, "event", When(at_s, TimeTrust.NETWORK), msgspec.to_builtins(body))
        self.commit(lambda connection: taking.take(connection, Arrived(up, body, None), at_s))

    def group(self, now_s: float) -> None:
        self.commit(lambda connection: keeping.bring_up(connection, now_s, DEFAULT_RULES))


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    main(["head", "init", str(tmp_path / "head"), "--hub", "hub-10", "--broker", "127.0.0.1:9"])
    made = Office(tmp_path / "head", capsys)
    (tmp_path / "network.csv").write_text(CSV)
    capsys.readouterr()
    said = made("topology", "import", str(tmp_path / "network.csv"))
    assert said == (0, "7 hubs: 7 new, 0 moved; 0 no longer in the file\n", "")
    return made


def began(at_s: float) -> Began:
    return Began(When(at_s, TimeTrust.NETWORK), When(at_s, TimeTrust.NETWORK))


def alert(at_s: float, at_transformer: bool = False) -> OutageAlertBody:
    detail = AlertDetail([[0.0, 5.0], [5.1]], supply_pu=0.98) if at_transformer else None
    hub_class: HubClass = "transformer" if at_transformer else "service"
    return OutageAlertBody(
        "0a1b2c3d", "alert", began(at_s - 60), 60.0, 4, 1, hub_class, since_first_s=60.0, detail=detail
    )


def restored(began_s: float, ended_s: float) -> OutageRestoredBody:
    ended = When(ended_s, TimeTrust.NETWORK)
    return OutageRestoredBody(
        "0a1b2c3d", began(began_s), ended, 4, True, "3_min_or_more", "service", lasted_s=ended_s - began_s
    )


def test_nobody_off_is_exit_code_0_r44(office: Office) -> None:
    assert office("outages") == (0, "nobody is known to be off\n", "")


def test_an_outage_is_shown_with_its_place_and_its_customers_and_is_exit_code_1_r44_r45(office: Office) -> None:
    now_s = time.time()
    for hub in ("hub-10", "hub-11", "hub-12", "hub-t1"):
        office.say(hub, alert(now_s - 30, hub == "hub-t1"), now_s - 30)
    body = OutageMomentaryBody("0a1b2c3e", began(now_s - 90), 3, "service")
    office.say("hub-20", body, now_s - 20)
    assert "gathering: 4 alerts so far, at F1/S1/T1" in office("outages")[1]
    office.group(now_s + 20)
    code, out, _ = office("outages")
    assert code == 1
    assert "3 of 6 customers off, the longest for 1 min; 1 momentary losses in 24 hours (3 operations)" in out
    assert "outage 1: transformer F1/S1/T1, since" in out
    assert "after 4 operations" in out
    assert "F1/S1/T1  hub-t1  alert; off 0.0-5.0 s, from 5.1 s, 98% of nominal before" in out
    said = json.loads(office("outages", "--json")[1])
    (incident,) = said["incidents"]
    assert (incident["node"], incident["level"], incident["whole"], incident["told"]) == (
        "F1/S1/T1", "transformer", True, 4,
    )  # fmt: skip
    assert (incident["customers"], incident["customers_off"], said["momentary_24h"]) == (3, 3, 1)


def test_those_still_off_stand_under_the_outage_that_is_over_for_the_rest_r44(office: Office) -> None:
    now_s = time.time()
    off_s = now_s - 1000
    for hub in ("hub-10", "hub-11", "hub-12", "hub-20", "hub-21", "hub-22"):
        office.say(hub, alert(off_s + 60), off_s + 60)
    office.group(off_s + 120)
    for hub in ("hub-10", "hub-11", "hub-12", "hub-20", "hub-21"):
        office.say(hub, restored(off_s, now_s - 300), now_s - 240)
    office.group(now_s - 240)
    office.group(now_s - 100)
    office.group(now_s)
    code, out, _ = office("outages", "--ended", "1")
    assert code == 1
    lines = [line.strip("│├└─ ") for line in out.splitlines()]
    assert lines[0] == "1 of 6 customers off, the longest for 16 min"
    assert lines[1].startswith("outage 1: spur F1/S1, since")
    assert "over after 11 min, 6 customers" in out.replace("\n", " ")
    assert any("service F1/S1/T2/house-2" in line for line in lines)
    nested = json.loads(office("outages", "--ended", "1", "--json")[1])["incidents"][0]["nested"][0]
    assert nested["nested_in"] == 1
    assert [(off["hub"], off["asked"]) for off in nested["off"]] == [("hub-22", "waiting")]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("n.csv", "hub,feeder\nhub-1,F1\n", "the first line must name the columns"),
        ("n.csv", "hub,feeder,spur,transformer\nhub-1,F1,,T1\n", "n.csv:2: 'F1//T1' is not a place"),
        ("n.csv", "hub,feeder,spur,transformer\nHub_1,F1,S,T1\n", "n.csv:2: 'Hub_1' is not a hub's name"),
        (
            "n.csv",
            "hub,feeder,spur,transformer\nhub-1,F,S,T\nhub-1,F,S,T\n",
            "n.csv:3: hub-1 stands in the file twice",
        ),
        ("n.csv", "hub,feeder,spur,transformer\n", "no hub in it"),
        ("n.toml", "[F1.S1.T1\n", "not valid TOML"),
        ("n.toml", "[F1.S1]\nT1 = 3\n", "[F1.S1.T1]: a transformer has"),
        ("n.toml", "F1 = 3\n", "F1 must be a table"),
        ("n.toml", "[F1.S1.T1]\nservices = 3\n", "services are"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing_and_says_where_and_why(
    office: Office, tmp_path: Path, name: str, text: str, says: str
) -> None:
    (tmp_path / name).write_text(text)
    code, _, err = office("topology", "import", str(tmp_path / name))
    assert code == 3
    assert says in err
    assert len(json.loads(office("topology", "show", "--json")[1])) == 7


def test_the_network_may_be_written_as_toml(office: Office, tmp_path: Path) -> None:
    (tmp_path / "n.toml").write_text('[F1.S1.T1]\nhub = "hub-t1"\nservices = { house-1 = "hub-10" }\n')
    assert office("topology", "import", str(tmp_path / "n.toml"))[0] == 0
    assert office("topology", "show")[1] == "F1/S1/T1  hub-t1\nF1/S1/T1/house-1  hub-10\n"
    assert office("topology", "import")[0] == 2
