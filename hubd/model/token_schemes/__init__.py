"""Token schemes: what can be said of a code without any key, one file a scheme. Pure.

A code is opaque to the hub, and travels unchanged. A scheme lets the hub refuse what no meter of that scheme could
take (a typing error, or a code of another scheme), before it costs the customer one of the meter's few tries. It
never says that a code is good: only the meter can.

To add a scheme:
1. a file here with `SCHEME = Scheme(name, title, fault, amount_e5)`: numbers and worked examples with their source;
2. its line in `SCHEMES` below; it is then a value of `hubctl head admit --token-scheme`;
3. `tests/model/token_schemes/test_<name>.py`: published examples, and which typing errors it finds.
"""

from hubd.model.token_schemes import gb_utrn, sts
from hubd.model.token_schemes.form import DIGITS, form_fault, tidy
from hubd.model.token_schemes.scheme import Scheme
from hubd.model.top_up_case import TopUpCase

SCHEMES: dict[str, Scheme] = {scheme.name: scheme for scheme in (sts.SCHEME, gb_utrn.SCHEME)}
DEFAULT = sts.SCHEME.name


def fault_of(code: str, scheme: str = DEFAULT) -> TopUpCase | None:
    """Why no meter of this scheme can take the code; None: nothing speaks against trying. `code` without spaces.
    A scheme that this build does not know lets through whatever has 20 digits.
    """
    fault = form_fault(code)
    if fault is not None or scheme not in SCHEMES:
        return fault
    return SCHEMES[scheme].fault(code)


def amount_e5(code: str, scheme: str = DEFAULT) -> int | None:
    """The amount that can be read off the code, in 10^-5 of the currency unit; None where the scheme hides it."""
    if scheme not in SCHEMES or fault_of(code, scheme) is not None:
        return None
    return SCHEMES[scheme].amount_e5(code)


__all__ = ["DEFAULT", "DIGITS", "SCHEMES", "Scheme", "amount_e5", "fault_of", "form_fault", "tidy"]
