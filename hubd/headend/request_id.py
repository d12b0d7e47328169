"""The id of a request: the caller's own word for one payment or one order, which is known when it comes again."""

import re

_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


def fault_of(text: str) -> str | None:
    """Why this cannot name a new request; None: it can. An empty one is a script's variable that was never set."""
    if _FORM.fullmatch(text):
        return None
    return f"{text!r} cannot name a request: 1 to 64 of A-Z, a-z, 0-9 and . _ : -, and a letter or digit first"
