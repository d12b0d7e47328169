"""NV memory: the rules of Z-Stack that hosts rely on, and the file."""

import pytest

from hubd.bench.coordinator.nv import NvMemory, osal
from hubd.bench.coordinator.status import Status
from hubd.errors import ConfigurationError


def test_making_an_item_says_that_it_was_not_there():
    memory = NvMemory()
    assert memory.create(osal(0x60), 2, b"\x55") is Status.NV_ITEM_UNINIT
    assert memory.read_osal(0x60) == b"\x55\xff"
    assert memory.create(osal(0x60), 2, b"\x00\x00") is Status.SUCCESS
    assert memory.read_osal(0x60) == b"\x55\xff"


def test_writing_neither_makes_nor_grows_an_item():
    memory = NvMemory()
    assert memory.write(osal(1), 0, b"x") is Status.NV_ITEM_UNINIT
    memory.create(osal(1), 4, bytes(4))
    assert memory.write(osal(1), 2, b"abc") is Status.NV_BAD_ITEM_LEN
    assert memory.write(osal(1), 2, b"ab") is Status.SUCCESS
    assert memory.read_osal(1) == b"\x00\x00ab"


def test_what_was_written_is_there_after_a_restart(tmp_path):
    file = tmp_path / "nv.json"
    memory = NvMemory(file)
    memory.put((1, 4, 7), b"\x01\x02")
    memory.put(osal(0x21), b"nib")
    memory.delete(osal(0x21))
    again = NvMemory(file)
    assert again.read((1, 4, 7)) == b"\x01\x02"
    assert again.length(osal(0x21)) == 0


def test_a_file_of_something_else_is_named_with_a_cure(tmp_path):
    file = tmp_path / "nv.json"
    file.write_text("[1, 2")
    with pytest.raises(ConfigurationError, match=r"nv\.json.*Cure: remove it"):
        NvMemory(file)
    file.write_text('{"x": 5}')
    with pytest.raises(ConfigurationError, match=r"nv\.json.*Cure: remove it"):
        NvMemory(file)
