"""`hubctl ca`: a bench's authority, its certificates, and a lab's own (R12, R13)."""

import json
import secrets
from pathlib import Path

import pytest

from hubd.cli.hubctl import ca_files
from hubd.cli.hubctl_main import main
from hubd.model.identity import Eui64
from hubd.zigbee.cbke import certificate_text, ecqv
from hubd.zigbee.cbke.certificate import Suite2Certificate
from hubd.zigbee.cbke.credentials import Credentials
from hubd.zigbee.cbke.suite import Suite

METER = "00:0d:6f:00:0a:90:69:e7"
VECTORS = json.loads(
    (Path(__file__).parents[1] / "zigbee" / "cbke" / "vectors" / "cbke.json").read_text(encoding="utf-8")
)


def told(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


def lab_file(directory: Path, suite: str, private_of: str = "responder") -> Path:
    numbers = VECTORS[suite]
    file = directory / "lab.txt"
    file.write_text(
        f"CA Pub Key: {numbers['ca_public']}\nDevice Implicit Cert: {numbers['responder']['cert']}\n"
        f"Private Key Reconstruction Data: {numbers[private_of]['private']}\n"
        f"Device Public Key: {numbers['responder']['public']}\n"
    )
    file.chmod(0o600)
    return file


@pytest.mark.parametrize("place", ["/proc/none", "{file}", "{file}/below"])
def test_an_authority_in_an_impossible_place_is_told_with_its_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
):
    file = tmp_path / "file"
    file.write_text("words")
    where = place.format(file=file)
    assert main(["ca", "init", where]) == 3
    assert "cannot be written: " in (said := capsys.readouterr().err)
    assert "Cure: " in said
    assert main(["ca", "issue", where, METER]) == 3
    assert "there is no authority in" in capsys.readouterr().err
    assert main(["ca", "init", str(tmp_path / "ca")]) == 0
    assert main(["ca", "issue", str(tmp_path / "ca"), METER, "--suite", "1", "--out", f"{where}/x.txt"]) == 3
    assert "cannot be written: " in capsys.readouterr().err


@pytest.mark.parametrize(("suite", "issuer"), [("suite1", "5445535453454341"), ("suite2", "0d081112131415161718")])
def test_show_reconstructs_the_public_key_of_a_published_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], suite: str, issuer: str
):
    assert main(["ca", "show", "--json", str(lab_file(tmp_path, suite))]) == 0
    shown = told(capsys)
    assert shown["suite"] == int(suite[-1])
    assert shown["public_key"] == VECTORS[suite]["responder"]["public"]
    assert (shown["key_matches"], shown["stated_public_key_matches"]) == (True, True)
    if suite == "suite1":
        assert shown["issuer"].replace(":", "") == issuer
        assert shown["subject"] == "00:00:00:00:00:00:00:01"


def test_show_never_prints_the_private_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for options in (["--json"], []):
        main(["ca", "show", str(lab_file(tmp_path, "suite2")), *options])
        out = capsys.readouterr()
        assert VECTORS["suite2"]["responder"]["private"] not in out.out + out.err


def test_show_says_that_a_private_key_does_not_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = lab_file(tmp_path, "suite1", private_of="initiator")
    assert main(["ca", "show", "--json", str(file)]) == 1
    assert told(capsys)["key_matches"] is False
    assert main(["ca", "show", str(file)]) == 1
    assert "DOES NOT FIT" in capsys.readouterr().out


def test_show_warns_of_a_file_that_others_can_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = lab_file(tmp_path, "suite1")
    file.chmod(0o644)
    assert main(["ca", "show", str(file)]) == 0
    assert f"chmod 600 {file}" in capsys.readouterr().err


def test_an_authority_is_founded_once_and_issues_in_both_suites(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    ca = tmp_path / "ca"
    assert main(["ca", "init", str(ca), "--json"]) == 0
    founded = told(capsys)["authorities"]
    assert [each["founded"] for each in founded] == [True, True]
    assert main(["ca", "init", str(ca), "--json"]) == 0
    again = told(capsys)["authorities"]
    assert [each["public_key"] for each in again] == [each["public_key"] for each in founded]
    assert [each["founded"] for each in again] == [False, False]

    assert main(["ca", "issue", str(ca), METER, "--json"]) == 0
    issued = told(capsys)["issued"]
    assert [each["suite"] for each in issued] == [1, 2]
    for each in issued:
        assert main(["ca", "show", "--json", each["file"]]) == 0
        shown = told(capsys)
        assert (shown["subject"], shown["issuer"]) == (METER, "48:55:42:44:54:45:53:54")
        assert shown["key_matches"] is True
        assert shown["public_key"] == each["public_key"]


def test_whatever_holds_a_secret_is_of_mode_0600(tmp_path: Path):
    ca = tmp_path / "ca"
    main(["ca", "init", str(ca)])
    main(["ca", "issue", str(ca), METER])
    main(["ca", "issue", str(ca), METER, "--suite", "1", "--out", str(tmp_path / "meter.txt")])
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) == 5
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert ca.stat().st_mode & 0o077 == 0


def test_a_certificate_that_is_there_is_not_written_over_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    ca = str(tmp_path / "ca")
    main(["ca", "init", ca, "--suite", "1"])
    assert main(["ca", "issue", ca, METER]) == 0
    file = tmp_path / "ca" / "devices" / "000d6f000a9069e7-suite1.txt"
    before = file.read_bytes()
    assert main(["ca", "issue", ca, METER]) == 3
    assert "--replace" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert main(["ca", "issue", ca, METER, "--replace"]) == 0
    assert file.read_bytes() != before


def test_wrong_use_is_told_with_its_cure(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    ca = str(tmp_path / "ca")
    assert main(["ca", "issue", ca, METER]) == 3
    assert f"hubctl ca init {ca}" in capsys.readouterr().err
    assert main(["ca", "issue", ca, METER, "--out", "x"]) == 2
    assert main(["ca", "show", str(tmp_path / "nothing.txt")]) == 3
    main(["ca", "init", ca, "--suite", "2"])
    assert main(["ca", "issue", ca, METER, "--suite", "1"]) == 3
    assert main(["ca", "init", ca, "--suite", "2", "--issuer", "0a0b0c0d0e0f1011"]) == 3
    with pytest.raises(SystemExit, match="2"):
        main(["ca", "issue", ca, "not-an-address"])
    assert "IEEE address" in capsys.readouterr().err


def test_show_leaves_with_1_where_a_certificate_that_fits_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    ca = tmp_path / "ca"
    main(["ca", "init", str(ca), "--suite", "2"])
    by = ca_files.authorities(ca, (Suite.TWO,), True)[0]
    template = Suite2Certificate(b"", Eui64(METER), by.issuer, bytes(8), 0, key_usage=0x80)  # signing alone
    made, private = ecqv.issue(template, by.private, secrets.token_bytes(64))
    file = tmp_path / "signing.txt"
    file.touch(mode=0o600)
    file.write_text(certificate_text.write(Credentials(made, private, by.public)))
    capsys.readouterr()
    assert main(["ca", "show", str(file), "--json"]) == 1
    shown = told(capsys)
    assert shown["key_matches"] is True
    assert "key usage" in shown["unsupported"]


def test_a_file_from_a_windows_shell_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = lab_file(tmp_path, "suite1")
    file.write_bytes(file.read_text().encode("utf-16"))
    assert main(["ca", "show", "--json", str(file)]) == 0
    assert told(capsys)["key_matches"] is True


@pytest.mark.parametrize("verb", ["init", "issue"])
def test_an_authority_that_others_can_read_is_not_used(tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str):
    ca = tmp_path / "ca"
    main(["ca", "init", str(ca), "--suite", "1"])
    authority = ca / "authority-suite1.txt"
    authority.chmod(0o644)
    words = [METER] if verb == "issue" else []
    capsys.readouterr()
    assert main(["ca", verb, str(ca), *words, "--suite", "1"]) == 3
    assert f"chmod 600 {authority}" in capsys.readouterr().err
    assert not (ca / "devices").exists()


@pytest.mark.parametrize("address", ["00" * 8, "ff" * 8])
def test_nobody_s_address_gets_no_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str):
    ca = tmp_path / "ca"
    main(["ca", "init", str(ca), "--suite", "1"])
    with pytest.raises(SystemExit, match="2"):
        main(["ca", "issue", str(ca), address])
    assert "no device has this address" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["ca", "init", str(tmp_path / "other"), "--issuer", address])
