"""TLS 1.3 with certificates on both sides; what is wrong with them is said in plain words, with the file (R31)."""

from pathlib import Path

import pytest

from hubd.errors import ConfigurationError
from hubd.store.journal import Journal
from hubd.wan.link import WanLink
from hubd.wan.messages import Status
from hubd.wan.tls import client_context

from .broker import Authority, Broker
from .conftest import config_of, eventually, running_hub
from .head_end import HUB

process = pytest.mark.process
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
"""paho leaves the socket of a failed handshake to the garbage collector."""


@process
async def test_a_broker_of_another_authority_is_not_spoken_to(
    tmp_path: Path, broker: Broker, journal: Journal, caplog: pytest.LogCaptureFixture
):
    stranger = Authority(tmp_path / "stranger")
    words = await _words_of_the_outage(broker, journal, caplog, ca=stranger.ca)
    assert f"the broker's certificate is not signed by {stranger.ca}" in words
    assert "Cure" in words


@process
@pytest.mark.parametrize(
    ("host", "days", "expected"),
    [("127.0.0.1", -1, "has expired"), ("127.0.0.2", 30, "another address"), ("broker.test", 30, "another address")],
)
async def test_a_broker_with_a_bad_certificate_is_not_spoken_to(
    tmp_path: Path,
    authority: Authority,
    journal: Journal,
    caplog: pytest.LogCaptureFixture,
    host: str,
    days: int,
    expected: str,
):
    authority.issue("broker", file="bad-broker", days=days, host=host)
    broker = Broker(tmp_path / "broker", authority, certificate="bad-broker")
    broker.start()
    try:
        assert expected in await _words_of_the_outage(broker, journal, caplog)
    finally:
        broker.kill()


@process
async def test_an_expired_certificate_of_ours_is_named(
    broker: Broker, authority: Authority, journal: Journal, caplog: pytest.LogCaptureFixture
):
    authority.issue(HUB, file="old", days=-1)
    words = await _words_of_the_outage(broker, journal, caplog, **_files(authority, "old"))
    assert f"{authority.folder / 'old.crt'} has expired" in words


@process
async def test_a_certificate_of_another_authority_is_named(
    tmp_path: Path, broker: Broker, journal: Journal, caplog: pytest.LogCaptureFixture
):
    stranger = Authority(tmp_path / "stranger")
    stranger.issue(HUB)
    words = await _words_of_the_outage(broker, journal, caplog, **_files(stranger, HUB))
    assert f"{stranger.folder / HUB}.crt is not signed by" in words


@process
async def test_nobody_listening_is_said_so(broker: Broker, journal: Journal, caplog: pytest.LogCaptureFixture):
    broker.kill()
    assert "nobody listens there" in await _words_of_the_outage(broker, journal, caplog)


@process
async def test_failed_connections_leave_no_socket_behind(
    tmp_path: Path, broker: Broker, journal: Journal, caplog: pytest.LogCaptureFixture
):
    stranger = Authority(tmp_path / "stranger")
    stranger.issue(HUB)
    before = _open_sockets()
    async with running_hub(broker, journal, **_files(stranger, HUB), longest_retry_s=0.02):
        await eventually(lambda: (broker.folder / "log").read_text().count("rror") >= 8)
        assert _open_sockets() <= before + 2


async def test_another_hubs_certificate_is_refused_before_anything_is_sent(authority: Authority, journal: Journal):
    broker = Broker(authority.folder, authority)
    with pytest.raises(ConfigurationError, match=r"hub-0002\.crt: is the certificate of hub-0002.*Cure"):
        WanLink(config_of(broker, name="hub-0002"), HUB, journal, _never, lambda: Status(1, HUB, "online"))


@pytest.mark.parametrize("missing", ["ca.crt", f"{HUB}.crt", f"{HUB}.key"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str):
    made = Authority(tmp_path / "pki")
    made.issue(HUB)
    (made.folder / missing).unlink()
    with pytest.raises(ConfigurationError, match=rf"{missing}: No such file.*Cure"):
        client_context(made.ca, made.folder / f"{HUB}.crt", made.folder / f"{HUB}.key")


def test_a_key_that_others_may_read_is_refused(tmp_path: Path):
    made = Authority(tmp_path / "pki")
    made.issue(HUB)
    (made.folder / f"{HUB}.key").chmod(0o644)
    with pytest.raises(ConfigurationError, match=r"others may read this private key.*chmod 600"):
        client_context(made.ca, made.folder / f"{HUB}.crt", made.folder / f"{HUB}.key")


def test_a_key_of_another_certificate_and_a_broken_file_are_refused(tmp_path: Path):
    made = Authority(tmp_path / "pki")
    made.issue(HUB)
    made.issue("other")
    with pytest.raises(ConfigurationError, match="not a certificate and its key"):
        client_context(made.ca, made.folder / f"{HUB}.crt", made.folder / "other.key")
    made.ca.write_text("-----BEGIN CERTIFICATE-----\n")
    with pytest.raises(ConfigurationError, match=r"ca\.crt: not a certificate"):
        client_context(made.ca, made.folder / f"{HUB}.crt", made.folder / f"{HUB}.key")


async def _words_of_the_outage(
    broker: Broker, journal: Journal, caplog: pytest.LogCaptureFixture, **config: object
) -> str:
    async with running_hub(broker, journal, **config) as hub:
        await eventually(lambda: any(record.levelname == "WARNING" for record in caplog.records))
        assert not hub.link.connected
    return next(record.getMessage() for record in caplog.records if record.levelname == "WARNING")


async def _never(role: object, payload: bytes) -> None:
    raise AssertionError("nothing can have come")


def _files(authority: Authority, name: str) -> dict[str, object]:
    return {"certificate": authority.folder / f"{name}.crt", "key": authority.folder / f"{name}.key"}


def _open_sockets() -> int:
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            count += str(entry.readlink()).startswith("socket:")
        except OSError:
            continue
    return count
