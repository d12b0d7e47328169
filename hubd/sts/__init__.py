"""Prepayment tokens of IEC 62055-41: encryption algorithm 11 (MISTY1) under keys of DKGA04, issued and decoded.

Pure: no clock, no chance; the moment and the random nibble are arguments. Only the head-end, the bench meter and
`hubctl sts` use this room: the hub itself never opens a token.

To add a kind of token:
1. lay out its 64-bit data block in `block.py` (or a file of its own, as `key_change.py`), with its source;
2. add `issue_<kind>` to `issue.py` and the fields it carries to `Decoded` in `decode.py`;
3. hold both against published vectors in `tests/sts/vectors/`, and say in the test where they come from.
"""

from hubd.sts.amount import encoded_tenths
from hubd.sts.currency import encoded_e5
from hubd.sts.decode import Decoded, Rejected, RejectReason, decode, decode_with
from hubd.sts.issue import issue_credit_units, issue_currency, issue_display, issue_key_change, issue_management
from hubd.sts.key_change import KeyChange, KeyChangeSection, assemble
from hubd.sts.meter_key import MeterKey
from hubd.sts.tid import moment_of, tid_after, tid_at
from hubd.sts.token import TokenClass

__all__ = [
    "Decoded",
    "KeyChange",
    "KeyChangeSection",
    "MeterKey",
    "RejectReason",
    "Rejected",
    "TokenClass",
    "assemble",
    "decode",
    "decode_with",
    "encoded_e5",
    "encoded_tenths",
    "issue_credit_units",
    "issue_currency",
    "issue_display",
    "issue_key_change",
    "issue_management",
    "moment_of",
    "tid_after",
    "tid_at",
]
