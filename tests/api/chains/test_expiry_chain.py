"""api.chains.expiry_chain: how long it knows where the money was."""

from pgstrike.api.chains.expiry_chain import HISTORY, ExpiryChain
from pgstrike.api.chains.strike import Fields
from pgstrike.api.chains.updates import Update
from pgstrike.api.chains.window import Around, Between, Money, bounds_of

COLUMNS = ["strike", "call_oi"]


def test_chain_says_since_when_it_knows_its_windows() -> None:
    """The money is at 110 as of odd events, and at 100 as of even ones."""
    book = ExpiryChain("X", "2025-09-02", COLUMNS, 0)
    for id in range(1, 3 * HISTORY + 1):
        move(book, id, 100.0 + id % 2 * 10)
        assert id == 1 or id - HISTORY <= book.since <= id
        for known in {book.since, (book.since + id) // 2, id}:
            wanted = bounds_of(Around(0), Money(100.0 + known % 2 * 10, 10.0))
            assert known == 0 or book.bounds(Around(0), known) == wanted


def test_money_that_stays_costs_no_history() -> None:
    book = ExpiryChain("X", "2025-09-02", COLUMNS, 0)
    for id in range(1, 3 * HISTORY + 1):
        move(book, id, 100.0)
    assert book.since == 0
    assert book.bounds(Around(0), 1) == bounds_of(Around(0), Money(100.0, 10.0))


def test_delisted_strike_is_gone_for_who_had_it() -> None:
    book, fields = (
        ExpiryChain("X", "2025-09-02", COLUMNS, 0),
        Fields(["call_oi"], COLUMNS),
    )
    move(book, 1, 100.0)
    book.move(Update("X", "2025-09-02", None, delisted=[110.0]), 2)
    assert book.strikes == [100.0]
    assert '"gone":[110.0]' in book.delta(None, fields, 1)
    assert "110" not in book.delta(None, fields, 2) + book.whole(None, fields)
    assert "gone" not in book.delta(Between(90, 105), fields, 1)


def test_strike_that_is_listed_again_is_sent_whole() -> None:
    book, fields = (
        ExpiryChain("X", "2025-09-02", COLUMNS, 0),
        Fields(["call_oi"], COLUMNS),
    )
    move(book, 1, 100.0)
    book.move(Update("X", "2025-09-02", None, delisted=[110.0]), 2)
    move(book, 3, 100.0)
    for since in (1, 2):
        sent = book.delta(None, fields, since)
        assert '{"strike":110.0,"call_oi":3}' in sent
        assert "gone" not in sent


def move(book: ExpiryChain, id: int, underlying: float) -> None:
    rows = [[100.0, id], [110.0, id]]
    update = Update(
        "X", "2025-09-02", None, quote_time=f"{id:06}", underlying=underlying,
        strike_gap=10.0, columns=COLUMNS, rows=rows,
    )  # fmt: skip
    book.move(update, id)
