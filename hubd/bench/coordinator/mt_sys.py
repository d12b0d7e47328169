"""MT_SYS: ping, version, and the non-volatile memory in its two forms."""

import struct
import time
from typing import TYPE_CHECKING

from hubd.bench.coordinator import factory
from hubd.bench.coordinator.nv import osal
from hubd.bench.coordinator.status import Status

if TYPE_CHECKING:
    from hubd.bench.coordinator.coordinator import Coordinator, Handler

CAPABILITIES = 0x0659
"""APP_CNF, GP, UTIL, ZDO, AF, SYS."""
CODE_REVISION = 20230507
READ_AT_MOST = 246


def _ping(_: "Coordinator", __: bytes) -> bytes:
    return struct.pack("<H", CAPABILITIES)


def _version(_: "Coordinator", __: bytes) -> bytes:
    return struct.pack("<5BIBI", 2, 1, 2, 7, 1, CODE_REVISION, 0, 0xFFFFFFFF)


def _set_ext_addr(it: "Coordinator", data: bytes) -> bytes:
    it.nv.put(osal(factory.EXTADDR), struct.unpack_from("<8s", data)[0])
    return bytes((Status.SUCCESS,))


def _get_ext_addr(it: "Coordinator", _: bytes) -> bytes:
    return it.ieee


def _random(it: "Coordinator", _: bytes) -> bytes:
    return it.random.randbytes(2)


def _accepted(_: "Coordinator", __: bytes) -> bytes:
    return bytes((Status.SUCCESS,))


def _get_time(_: "Coordinator", __: bytes) -> bytes:
    now = time.gmtime()
    since_2000_s = int(time.time()) - 946_684_800
    return struct.pack(
        "<I5BH", since_2000_s, now.tm_hour, now.tm_min, now.tm_sec, now.tm_mon, now.tm_mday, now.tm_year
    )


def _osal_init(it: "Coordinator", data: bytes) -> bytes:
    item, length, given = struct.unpack_from("<HHB", data)
    return bytes((it.nv.create(osal(item), length, data[5 : 5 + given]),))


def _osal_read(it: "Coordinator", data: bytes) -> bytes:
    item, offset = struct.unpack_from("<HB", data)
    return _read(it, item, offset)


def _osal_read_ext(it: "Coordinator", data: bytes) -> bytes:
    item, offset = struct.unpack_from("<HH", data)
    return _read(it, item, offset)


def _read(it: "Coordinator", item: int, offset: int) -> bytes:
    value = it.nv.read_osal(item)
    if offset >= len(value):
        return bytes((Status.INVALID_PARAMETER, 0))
    part = value[offset : offset + READ_AT_MOST]
    return bytes((Status.SUCCESS, len(part))) + part


def _osal_write(it: "Coordinator", data: bytes) -> bytes:
    item, offset, length = struct.unpack_from("<HBB", data)
    return bytes((it.nv.write(osal(item), offset, _exactly(data, 4, length)),))


def _osal_write_ext(it: "Coordinator", data: bytes) -> bytes:
    item, offset, length = struct.unpack_from("<HHH", data)
    return bytes((it.nv.write(osal(item), offset, _exactly(data, 6, length)),))


def _osal_delete(it: "Coordinator", data: bytes) -> bytes:
    item, length = struct.unpack_from("<HH", data)
    if it.nv.length(osal(item)) not in (0, length):
        return bytes((Status.NV_BAD_ITEM_LEN,))
    return bytes((it.nv.delete(osal(item)),))


def _osal_length(it: "Coordinator", data: bytes) -> bytes:
    return struct.pack("<H", it.nv.length(osal(struct.unpack_from("<H", data)[0])))


def _create(it: "Coordinator", data: bytes) -> bytes:
    system, item, sub, length = struct.unpack_from("<BHHI", data)
    return bytes((it.nv.create((system, item, sub), length),))


def _delete(it: "Coordinator", data: bytes) -> bytes:
    return bytes((it.nv.delete(struct.unpack_from("<BHH", data)),))


def _length(it: "Coordinator", data: bytes) -> bytes:
    return struct.pack("<I", it.nv.length(struct.unpack_from("<BHH", data)))


def _nv_read(it: "Coordinator", data: bytes) -> bytes:
    system, item, sub, offset, length = struct.unpack_from("<BHHHB", data)
    value = it.nv.read((system, item, sub))[offset : offset + min(length, READ_AT_MOST)]
    if not value:
        return bytes((Status.INVALID_PARAMETER, 0))
    return bytes((Status.SUCCESS, len(value))) + value


def _nv_write(it: "Coordinator", data: bytes) -> bytes:
    system, item, sub, offset, length = struct.unpack_from("<BHHHB", data)
    return bytes((it.nv.write((system, item, sub), offset, _exactly(data, 8, length)),))


def _exactly(data: bytes, at: int, length: int) -> bytes:
    """The value that ends a write request. IndexError where octets are missing."""
    value = data[at : at + length]
    if len(value) != length:
        raise IndexError
    return value


HANDLERS: "dict[int, Handler]" = {
    0x01: _ping,
    0x02: _version,
    0x03: _set_ext_addr,
    0x04: _get_ext_addr,
    0x07: _osal_init,
    0x08: _osal_read,
    0x09: _osal_write,
    0x0C: _random,
    0x0F: _accepted,  # stack tune
    0x10: _accepted,  # set time
    0x11: _get_time,
    0x12: _osal_delete,
    0x13: _osal_length,
    0x14: _accepted,  # set TX power: Z-Stack 3.x.0 answers a status
    0x1C: _osal_read_ext,
    0x1D: _osal_write_ext,
    0x30: _create,
    0x31: _delete,
    0x32: _length,
    0x33: _nv_read,
    0x34: _nv_write,
}
