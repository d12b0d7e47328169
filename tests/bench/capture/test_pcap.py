"""The capture file outlives a kill at any octet, and is continued."""

import struct

import pytest

from hubd.bench.capture.pcap import PcapFile, packets
from hubd.errors import ConfigurationError


def test_a_packet_is_in_the_file_as_soon_as_it_is_written(tmp_path):
    path = tmp_path / "air.pcap"
    pcap = PcapFile(path)
    pcap.write(1_700_000_000.25, b"\x02\x00\x07")
    octets = path.read_bytes()
    assert octets[:4].hex() == "d4c3b2a1"
    assert struct.unpack_from("<I", octets, 20) == (230,)
    assert struct.unpack_from("<IIII", octets, 24) == (1_700_000_000, 250_000, 3, 3)
    assert octets[40:] == b"\x02\x00\x07"
    pcap.close()


def test_a_capture_cut_anywhere_is_continued_after_its_last_whole_packet(tmp_path):
    path = tmp_path / "air.pcap"
    pcap = PcapFile(path)
    for each in (b"\x01", b"\x02" * 20):
        pcap.write(0.0, each)
    pcap.close()
    whole = path.read_bytes()
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        pcap = PcapFile(path)
        pcap.write(0.0, b"\x03")
        pcap.close()
        expected = [b"\x01"] * (cut >= 41) + [b"\x02" * 20] * (cut >= len(whole)) + [b"\x03"]
        assert packets(path.read_bytes(), path)[0] == expected, cut


def test_a_file_of_something_else_is_left_alone(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, this is no capture.")
    with pytest.raises(ConfigurationError, match=r"letter\.txt: is no capture"):
        PcapFile(path)
    assert path.read_text().startswith("Dear reader")


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be written"):
        PcapFile(tmp_path / "no" / "air.pcap")
