"""STS (IEC 62055-41): 66 bits as 20 digits. There is no check digit: only a number beyond 2^66 - 1 is surely wrong.

Everything else about the code, its amount too, is enciphered for one meter.
"""

from hubd.model.token_schemes import gb_utrn
from hubd.model.token_schemes.scheme import Scheme
from hubd.model.top_up_case import TopUpCase

HIGHEST = 2**66 - 1
"""73 786 976 294 838 206 463."""


def fault(code: str) -> TopUpCase | None:
    """Beyond the range it is another scheme's code where that scheme would take it, and else a typing error."""
    if int(code) <= HIGHEST:
        return None
    return TopUpCase.WRONG_SCHEME if gb_utrn.fault(code) is None else TopUpCase.MISTYPED


SCHEME = Scheme("sts", "STS, IEC 62055-41", fault, lambda code: None)
