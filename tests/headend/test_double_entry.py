"""Random histories of the office, with the power gone between any two statements: every posting adds up (R35)."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hubd.headend import book, debts, ledger, meters, orders, reversal, vending
from hubd.headend.customer_statement import Statement, of_meter
from hubd.headend.debts import Terms
from hubd.headend.home import HeadEndConfig
from hubd.headend.vending import Vend
from hubd.model.money import E5_PER_PENNY
from hubd.wan.messages import ReceiptBody

from .conftest import ADDRESS, HUB, NOW, PAN, memory_book, meter

CONFIG = HeadEndConfig()
REQUESTS = st.sampled_from(["r-1", "r-2", "r-3", "r-4"])
PENCE = st.sampled_from([0, 1, 99, 100, 1000, 1001, 5000])
STEP = st.one_of(
    st.tuples(st.just("sell"), REQUESTS, PENCE, st.booleans()),
    st.tuples(st.just("owe"), st.sampled_from(["debt", "meter"]), st.integers(0, 9000), st.just(False)),
    st.tuples(st.just("agree"), st.sampled_from(["debt", "meter"]), st.integers(0, 9999), st.booleans()),
    st.tuples(st.just("answer"), REQUESTS, st.sampled_from([0, 1, 2, 3, 5]), st.just(True)),
    st.tuples(st.just("reverse"), REQUESTS, st.just(0), st.just(False)),
    st.tuples(st.just("reprint"), REQUESTS, st.just(0), st.just(False)),
    st.tuples(st.just("key"), st.just(""), st.integers(4, 6), st.just(False)),
)
_OUTCOMES = {0: "accepted", 1: "rejected", 2: "duplicate", 3: "rejected", 5: "expired"}


class PowerLostError(Exception):
    """The process ends here."""


class Failing:
    """A connection whose process is gone before its n-th statement; a transaction that was open is then undone."""

    def __init__(self, inner: sqlite3.Connection, left: int) -> None:
        self._inner = inner
        self._left = left

    def execute(self, *args: Any) -> Any:
        self._left -= 1
        if self._left < 0 and args[0] != "ROLLBACK":
            raise PowerLostError
        return self._inner.execute(*args)

    @property
    def in_transaction(self) -> bool:
        return self._inner.in_transaction

    def executemany(self, sql: str, rows: Sequence[Any]) -> Any:
        for row in rows:
            self.execute(sql, row)


def do(connection: Any, step: tuple[str, str, int, bool], now: float) -> None:
    what, name, number, flag = step
    match what:
        case "sell":
            vending.vend(connection, name, PAN, number, CONFIG, now, held=flag)
        case "owe":
            debts.set_owed(connection, PAN, number, now, name)
        case "agree":
            cap = number // 20 if flag else None
            debts.agree(connection, PAN, Terms(name, number % 3, number, number // 50, cap))
        case "answer" if (sale := vending.find(connection, name)) is not None and not sale.held:
            body = ReceiptBody(sale.order.jti, "vend", _OUTCOMES[number], True, ADDRESS, None, number)
            orders.mark_receipt(connection, HUB, body, now)
        case "reverse":
            reversal.reverse(connection, name, "mary", now)
        case "reprint":
            vending.reprint(connection, name, "mary", now)
        case "key":
            known = meter()
            key = type(known.key)(PAN, known.key.vending_key, "123457", number, 2, "01", 2014)
            meters.add(connection, type(known)(known.address, known.hub, known.kind, known.currency, key))


def look(connection: sqlite3.Connection, tokens: dict[str, str]) -> None:
    """What must hold after every commit."""
    assert ledger.unbalanced(connection) == []
    assert sum(ledger.balances_pence(connection).values()) == 0
    sales = vending.of_meter(connection, PAN)
    kept = [sale for sale in sales if sale.reversed_unix_s is None]
    assert ledger.balance_pence(connection, PAN, "till") == sum(sale.tendered_pence for sale in kept)
    assert ledger.balance_pence(connection, PAN, "sold") == -sum(sale.credit_pence for sale in kept)
    assert len({sale.tid for sale in sales}) == len(sales)
    for sale in sales:
        assert sale.debt_pence == sum(one.pence for one in sale.deductions)
        assert sale.tendered_pence == sale.debt_pence + sale.credit_pence
        assert sale.encoded_e5 >= sale.credit_pence * E5_PER_PENNY, "rounded up"
        assert tokens.setdefault(sale.request, sale.token) == sale.token, "one code a request, for ever"
        if sale.reversed_unix_s is not None:
            assert sale.order.outcome not in ("accepted", "duplicate")
    for owed in debts.standing(connection, PAN):
        assert owed.owed_pence >= 0
    statement = of_meter(connection, PAN, 0.0, 1e12, NOW)
    assert isinstance(statement, Statement)
    assert statement.closing_pence == debts.owed_pence(connection, PAN)
    assert statement.tendered_pence == ledger.balance_pence(connection, PAN, "till")
    assert -statement.credit_pence == ledger.balance_pence(connection, PAN, "sold")


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(STEP, st.none() | st.integers(0, 25)), max_size=20))
def test_every_history_balances_whenever_the_power_goes_r35(
    history: list[tuple[tuple[str, str, int, bool], int | None]],
) -> None:
    connection = memory_book()
    meters.add(connection, meter())
    tokens: dict[str, str] = {}
    for number, (step, power_for) in enumerate(history):
        user: Any = connection if power_for is None else Failing(connection, power_for)
        try:
            with book.transaction(user):
                do(user, step, NOW + number)
        except PowerLostError:
            pass
        look(connection, tokens)
    connection.close()


def test_a_sale_interrupted_before_any_statement_is_all_there_or_not_at_all_r30() -> None:
    """Each place at which a sale can be cut off, one after the other; then the till asks again."""
    cut = 0
    finished = False
    while not finished:
        connection = memory_book()
        meters.add(connection, meter())
        debts.set_owed(connection, PAN, 5000, NOW)
        debts.agree(connection, PAN, Terms(percent_e2=2000))
        failing: Any = Failing(connection, cut)
        try:
            with book.transaction(failing):
                vending.vend(failing, "r-1", PAN, 1000, CONFIG, NOW)
            finished = True
        except PowerLostError:
            assert vending.find(connection, "r-1") is None
            assert ledger.balance_pence(connection, PAN, "till") == 0
        with book.transaction(connection):
            again = vending.vend(connection, "r-1", PAN, 1000, CONFIG, NOW + 60)
        assert isinstance(again, Vend)
        assert again.repeated is finished
        assert ledger.balances_pence(connection) == {"arrears": -5000, "debt": 4800, "sold": -800, "till": 1000}
        connection.close()
        cut += 1
    assert cut > 10, "there were places to cut"
