"""What the console asks of top-ups, held within bounds whatever is asked (R10)."""

import math
from typing import Any

import pytest

from hubd.console import ConsoleRefusedError
from hubd.utility.top_ups_by_hand import TopUpsByHand


@pytest.mark.parametrize("most", [math.nan, "20", None, True, [1]], ids=repr)
async def test_what_is_no_number_is_refused_in_words_and_asks_nothing_of_the_journal(most: Any):
    top_ups = TopUpsByHand(*[None] * 4)  # type: ignore[arg-type]  # nothing of the daemon is reached
    with pytest.raises(ConsoleRefusedError, match="is no number"):
        await top_ups.vend({"do": "vend", "most": most})
