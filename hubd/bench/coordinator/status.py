"""Status octets of Z-Stack that the virtual coordinator gives."""

from enum import IntEnum


class Status(IntEnum):
    """ZStatus and what the layers below AF report in a data confirm."""

    SUCCESS = 0x00
    FAILURE = 0x01
    INVALID_PARAMETER = 0x02
    NV_ITEM_UNINIT = 0x09
    NV_OPER_FAILED = 0x0A
    NV_BAD_ITEM_LEN = 0x0C
    SEC_NO_KEY = 0xA1
    APS_NO_ACK = 0xB7
    NWK_INVALID_REQUEST = 0xC2
    NWK_NO_ROUTE = 0xCD
    MAC_NO_ACK = 0xE9
    MAC_TRANSACTION_EXPIRED = 0xF0


class RpcError(IntEnum):
    """Why an MT request was not understood."""

    INVALID_SUBSYSTEM = 1
    INVALID_COMMAND = 2
    INVALID_PARAMETER = 3
    INVALID_LENGTH = 4
