"""A feed that ticks: its cells become snapshots, with the newest figure of each field."""

from collections.abc import Iterable

import pytest

from pgstrike.jobs.feed.batches import SymbolCodes
from pgstrike.jobs.feed.merge import KEPT, merged_on_grid
from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.quote import QuoteBatch, Reject, unknown_quotes
from tests.support.feeds import joined, leg

GRID = 2 * SECOND
IDLE = QuoteBatch(unknown_quotes(0), ("NIFTY",), [], [])


def tick(time: float, strike: float = 100, **figures: float) -> QuoteBatch:
    """A message at a second."""
    rows = unknown_quotes(1)
    rows["quote_time"], rows["strike"] = round(time * SECOND), strike
    for name, figure in figures.items():
        rows[name] = figure
    return QuoteBatch(rows, ("NIFTY",), ["?"], [])


def merged(ticks: Iterable[QuoteBatch]) -> QuoteBatch:
    return joined(merged_on_grid(ticks, GRID, SymbolCodes()))


def seconds(batch: QuoteBatch) -> list[float]:
    return [time / SECOND for time in batch.rows["quote_time"].tolist()]


def test_rows_of_a_cell_have_the_time_of_its_last() -> None:
    batch = merged([tick(10.0, 100, call_ltp=1), tick(11.5, 200, call_ltp=2)])
    assert seconds(batch) == [11.5, 11.5]
    assert batch.rows["strike"].tolist() == [100, 200]


def test_cell_ends_where_the_grid_does() -> None:
    batch = merged([tick(11.9, call_ltp=1), tick(12.0, call_ltp=2)])
    assert seconds(batch) == [11.9, 12.0]


def test_legs_and_fields_of_a_cell_are_joined() -> None:
    batch = merged(
        [
            tick(10.0, call_ltp=1, call_oi=5),
            tick(10.5, put_ltp=3, underlying=99),
            tick(11.0, call_ltp=2),
        ]
    )
    assert len(batch.rows) == 1
    assert (leg(batch, "call")["ltp"], leg(batch, "call")["oi"]) == (2, 5)
    assert (leg(batch, "put")["ltp"], batch.rows["underlying"][0]) == (3, 99)


def test_order_within_a_cell_is_that_of_the_times() -> None:
    batch = merged([tick(11.0, call_ltp=2), tick(10.0, call_ltp=1)])
    assert leg(batch, "call")["ltp"] == 2


def test_leg_and_strike_without_message_stay_a_minute() -> None:
    kept = KEPT / SECOND
    batch = merged(
        [
            tick(0, 100, call_ltp=1, put_ltp=3),
            tick(kept - 1, 100, call_ltp=2),
            tick(kept - 1, 200, call_ltp=7),
            tick(kept + 3, 100, call_ltp=4),
        ]
    )
    rows = [
        (row["quote_time"] / SECOND, row["strike"], leg(batch, "put", place)["ltp"])
        for place, row in enumerate(batch.rows)
    ]
    assert rows == [
        (0, 100, 3),
        (kept - 1, 100, 3),
        (kept - 1, 200, None),
        (kept + 3, 100, None),
        (kept + 3, 200, None),
    ]
    assert leg(batch, "call", 4)["ltp"] == 7


def test_leg_with_a_message_takes_no_field_of_before() -> None:
    batch = merged([tick(0, call_ltp=1, call_oi=5), tick(4, call_ltp=2)])
    assert leg(batch, "call", 1)["oi"] is None


def test_chain_without_message_is_in_no_snapshot() -> None:
    batch = merged([tick(0, expiry=1, call_ltp=1), tick(4, expiry=2, call_ltp=2)])
    assert batch.rows["expiry"].tolist() == [1, 2]


def test_underlying_is_one_for_a_chain_and_the_newest_of_the_cell() -> None:
    batch = merged(
        [
            tick(0, 100, call_ltp=1, underlying=90),
            tick(1, 200, call_ltp=1, underlying=91),
            tick(1.5, 300, call_ltp=1),
            tick(4, 300, call_ltp=1),
        ]
    )
    assert batch.rows["underlying"].tolist()[:3] == [91, 91, 91]
    assert batch.rows["underlying"][3] != batch.rows["underlying"][3]


def test_symbols_have_cells_of_their_own() -> None:
    other = tick(10.9, call_ltp=5)._replace(symbols=("BANKNIFTY",))
    batch = merged([tick(10.0, call_ltp=1), other, tick(11.0, call_ltp=2)])
    names = [batch.symbols[code] for code in batch.rows["symbol"]]
    assert list(zip(names, seconds(batch), strict=True)) == [
        ("NIFTY", 11.0),
        ("BANKNIFTY", 10.9),
    ]


def test_cell_is_given_on_when_the_source_is_silent() -> None:
    clock = [0.0]
    ticks = iter([tick(10, call_ltp=1), IDLE, IDLE, tick(30, call_ltp=2)])

    def passing() -> Iterable[QuoteBatch]:
        for batch in ticks:
            yield batch
            clock[0] += 1.5

    found = merged_on_grid(passing(), GRID, SymbolCodes(), lambda: clock[0])
    sizes = [len(batch.rows) for batch in found]
    assert sizes == [0, 0, 1, 0, 0, 1]  # after 3 s of silence, and at the end


def test_rejects_are_not_held_back() -> None:
    reject = Reject("malformed", "?", "x")
    first, *_ = merged_on_grid(
        [tick(10, call_ltp=1)._replace(rejects=[reject])], GRID, SymbolCodes()
    )
    assert first.rejects == [reject]


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_batches_may_be_cut_anywhere(parts: int) -> None:
    ticks = [tick(n * 0.7, 100 + n % 3, call_ltp=n + 1) for n in range(30)]
    whole = merged(ticks)
    chunks = [joined(ticks[at : at + parts]) for at in range(0, 30, parts)]
    assert merged(chunks).rows.tobytes() == whole.rows.tobytes()


def test_text_of_a_row_is_written_when_asked_for() -> None:
    assert '"strike": 100.0' in merged([tick(10, call_ltp=1)]).raw[0]


def test_snapshot_says_of_volume_what_its_feed_says() -> None:
    said = Kinds(volume="other")
    ticks = [tick(time, call_ltp=1)._replace(kinds=said) for time in (10.0, 12.5)]
    found = [
        batch for batch in merged_on_grid(ticks, GRID, SymbolCodes()) if len(batch.rows)
    ]
    assert [batch.kinds for batch in found] == [said, said]
