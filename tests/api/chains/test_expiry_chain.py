"""api.chains.expiry_chain: how long it knows where the money was."""

from pgstrike.api.chains.expiry_chain import HISTORY, ExpiryChain
from pgstrike.api.chains.updates import Update
from pgstrike.api.chains.window import Around, Bounds

COLUMNS = ["strike", "call_oi"]


def test_chain_says_since_when_it_knows_its_windows() -> None:
    """The money is at 110 as of odd events, and at 100 as of even ones."""
    book = ExpiryChain("X", "2025-09-02", COLUMNS, 0)
    for id in range(1, 3 * HISTORY + 1):
        book.move(
            Update(
                "X", "2025-09-02", None, quote_time=f"{id:06}",
                underlying=100.0 + id % 2 * 10, strike_gap=10.0,
                columns=COLUMNS, rows=[[100.0, id], [110.0, id]],
            ),
            id,
        )  # fmt: skip
        assert id == 1 or id - HISTORY <= book.since <= id
        for known in {book.since, (book.since + id) // 2, id}:
            middle = 100.0 + known % 2 * 10
            wanted = Bounds(middle - 5, middle + 5)
            assert known == 0 or book.bounds(Around(0), known) == wanted
