"""R15: install codes as people type them."""

import pytest

from hubd.errors import SecurityError
from hubd.model.secret import Secret
from hubd.zigbee import install_code

CODE = "83FED3407A939723A5C639B26916D505C3B5"


def test_the_specifications_example():
    key = install_code.link_key(install_code.parse(CODE))
    assert key.reveal().serialize().hex() == "66b6900981e1ee3ca4206b6b861c02bb"


@pytest.mark.parametrize("text", [CODE.lower(), " 83FE-D340 7A93:9723 A5C6 39B2 6916 D505 C3B5\n"])
def test_the_ways_people_write_it(text):
    assert install_code.parse(text).reveal() == CODE


@pytest.mark.parametrize(("text", "words"), [("", "0 hex"), (CODE[:-2], "34 hex"), ("83FEx" + CODE[5:], "not a hex")])
def test_a_code_of_another_form_is_refused_with_the_reason(text, words):
    with pytest.raises(SecurityError, match=words):
        install_code.parse(text)


@pytest.mark.parametrize("at", range(0, len(CODE), 5))
def test_any_misread_digit_is_noticed_and_the_code_is_not_shown(at):
    wrong = CODE[:at] + ("0" if CODE[at] != "0" else "1") + CODE[at + 1 :]
    with pytest.raises(SecurityError, match="checksum") as refused:
        install_code.parse(wrong)
    assert wrong not in str(refused.value)
    with pytest.raises(SecurityError):
        install_code.link_key(Secret(wrong))
