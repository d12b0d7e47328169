"""The bench's certificates: R4 (keys are 0600, expiry, renewal), R6 (a certificate for each who connects)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from hubd.errors import ConfigurationError
from hubd.headend import pki
from hubd.headend.home import Home

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_everyone_gets_a_certificate_of_the_same_authority_and_keys_are_0600_r4(tmp_path: Path) -> None:
    home = Home(tmp_path)
    pki.create(home, ["hub-0001"], ["127.0.0.1"], AT)
    authority = x509.load_pem_x509_certificate(home.ca.read_bytes())
    for name in ("broker", "headend", "vending", "hub-0001"):
        certificate = x509.load_pem_x509_certificate(home.certificate(name).read_bytes())
        certificate.verify_directly_issued_by(authority)
        assert certificate.subject.rfc4514_string() == f"CN={name}"
        assert certificate.not_valid_after_utc == AT + pki.LIFETIME
    for name in ("ca", "broker", "headend", "vending", "hub-0001"):
        assert home.key(name).stat().st_mode & 0o777 == 0o600


def test_run_again_it_keeps_everything_and_adds_only_what_is_missing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    pki.create(home, ["hub-0001"], ["127.0.0.1"], AT)
    before = {path: path.read_bytes() for path in home.pki.iterdir()}
    assert pki.create(home, ["hub-0001"], ["127.0.0.1"], AT) == []
    assert pki.create(home, ["hub-0002"], ["127.0.0.1"], AT) == ["pki/hub-0002.crt: made"]
    assert {path: path.read_bytes() for path in before} == before


def test_a_certificate_with_less_than_30_days_left_is_renewed_under_its_key_r4(tmp_path: Path) -> None:
    home = Home(tmp_path)
    pki.create(home, ["hub-0001"], ["127.0.0.1"], AT)
    key = home.key("hub-0001").read_bytes()
    done = pki.create(home, ["hub-0001"], ["127.0.0.1"], AT + pki.LIFETIME - timedelta(days=29))
    assert "pki/hub-0001.crt: renewed" in done
    assert "pki/ca.crt: renewed" in done
    assert home.key("hub-0001").read_bytes() == key


def test_a_broker_at_another_address_gets_a_certificate_that_names_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    pki.create(home, [], ["127.0.0.1"], AT)
    assert pki.create(home, [], ["broker.example"], AT) == ["pki/broker.crt: renewed"]
    certificate = x509.load_pem_x509_certificate(home.certificate("broker").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(name.value) for name in names} == {"localhost", "127.0.0.1", "broker.example"}


def test_a_certificate_of_another_authority_is_replaced(tmp_path: Path) -> None:
    ours, theirs = Home(tmp_path / "ours"), Home(tmp_path / "theirs")
    for home in (ours, theirs):
        pki.create(home, ["hub-0001"], [], AT)
    ours.certificate("hub-0001").write_bytes(theirs.certificate("hub-0001").read_bytes())
    assert pki.create(ours, ["hub-0001"], [], AT) == ["pki/hub-0001.crt: renewed"]


def test_without_the_authoritys_key_nothing_is_issued_and_the_words_say_so(tmp_path: Path) -> None:
    home = Home(tmp_path)
    pki.create(home, [], [], AT)
    home.key("ca").unlink()
    with pytest.raises(ConfigurationError, match="authority's key is gone"):
        pki.create(home, ["hub-0003"], [], AT)


def test_expiries_are_known_for_each_certificate_r4(tmp_path: Path) -> None:
    home = Home(tmp_path)
    pki.create(home, ["hub-0001"], [], AT)
    assert pki.expiries(home) == dict.fromkeys(["broker", "ca", "headend", "hub-0001", "vending"], AT + pki.LIFETIME)
