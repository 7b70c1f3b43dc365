"""jobs.feed.lot_book: units per lot, of an expiry and at a time."""

from datetime import UTC, date, datetime

import numpy as np

from pgstrike.jobs.feed.lot_book import (
    ALWAYS,
    NO_LOTS,
    FileLots,
    LotBook,
    LotOptions,
    Terms,
    book_of,
)
from pgstrike.jobs.feed.times import days, microseconds

DECEMBER, JANUARY, MARCH = (
    days(date.fromisoformat(day)) for day in ("2025-12-30", "2026-01-27", "2026-03-31")
)


def at(day: str) -> int:
    return microseconds(datetime.fromisoformat(day).replace(tzinfo=UTC))


AUTUMN, BEFORE, AFTER = at("2025-11-01"), at("2025-12-30"), at("2025-12-31")
# One revision: later series at once, long-dated contracts at the end of December.
KNOWN = [
    Terms("NIFTY", days(date(2025, 1, 1)), True, ALWAYS, 75, "old"),
    Terms("NIFTY", DECEMBER + 1, True, at("2025-10-28"), 65, "new"),
    Terms("NIFTY", days(date(2026, 3, 1)), True, at("2025-10-28"), 75, "new"),
    Terms("NIFTY", days(date(2026, 3, 1)), True, AFTER, 65, "new"),
]


def lots(options: LotOptions = NO_LOTS, said: list[str] | None = None) -> FileLots:
    return LotBook(options, KNOWN, ([] if said is None else said).append).of_file()


def test_lot_is_that_of_the_expiry() -> None:
    assert lots().lot_of("NIFTY", DECEMBER, AUTUMN) == 75
    assert lots().lot_of("NIFTY", JANUARY, AUTUMN) == 65


def test_lot_is_that_of_the_time() -> None:
    """A long-dated contract was listed with the old lot, and changed on a day."""
    found = [lots().lot_of("NIFTY", MARCH, time) for time in (AUTUMN, BEFORE, AFTER)]
    assert found == [75, 75, 65]


def test_columns_say_what_single_rows_say() -> None:
    expiries = np.array([DECEMBER, JANUARY, MARCH, MARCH, DECEMBER, JANUARY], np.int32)
    times = np.array([AUTUMN, AUTUMN, BEFORE, AFTER, AUTUMN, AUTUMN])
    codes = np.array([1, 1, 1, 1, 0, 1], np.int16)
    names = ("ACME", "NIFTY")
    whole = lots().lots_of(names, codes, expiries, times).tolist()
    rows = zip(codes.tolist(), expiries.tolist(), times.tolist(), strict=True)
    each = [lots().lot_of(names[code], day, time) or 0 for code, day, time in rows]
    assert whole == each == [75, 65, 75, 65, 0, 65]


def test_known_lot_goes_before_that_of_the_symbol_and_is_said_once() -> None:
    said: list[str] = []
    found = lots(LotOptions(by_symbol={"NIFTY": 75}), said)
    for _ in range(2):
        assert found.lot_of("NIFTY", JANUARY, AUTUMN) == 65
        assert found.lot_of("NIFTY", DECEMBER, AUTUMN) == 75
    [line] = said
    assert "NIFTY 2026-01-27 has lots of 65 (new), not 75 as --lot says" in line


def test_lot_that_agrees_is_not_said() -> None:
    """Terms that hold at another time are no contradiction."""
    said: list[str] = []
    assert lots(LotOptions(of_first=75), said).lot_of("NIFTY", MARCH, BEFORE) == 75
    assert said == []


def test_option_of_an_expiry_goes_before_all() -> None:
    said: list[str] = []
    options = LotOptions(by_expiry={("NIFTY", JANUARY): 70})
    assert lots(options, said).lot_of("NIFTY", JANUARY, AUTUMN) == 70
    assert lots(options, said).lot_of("NIFTY", JANUARY + 7, AUTUMN) == 65
    assert said == []


def test_terms_of_one_expiry_go_before_those_of_a_series() -> None:
    own = Terms("NIFTY", JANUARY, False, AUTUMN, 80, "list")
    found = LotBook(NO_LOTS, [own, *KNOWN]).of_file()
    earlier = found.lot_of("NIFTY", JANUARY, AUTUMN - 1)
    assert (earlier, found.lot_of("NIFTY", JANUARY, AUTUMN)) == (65, 80)


def test_option_covers_what_has_no_terms() -> None:
    found = lots(LotOptions(by_symbol={"ACME": 10}))
    assert found.lot_of("ACME", JANUARY, AUTUMN) == 10
    assert found.lot_of("OTHER", JANUARY, AUTUMN) is None


def test_book_is_empty_only_where_nothing_is_known() -> None:
    assert not LotBook()
    assert LotBook(NO_LOTS, KNOWN) and book_of(75) and book_of({"NIFTY": 75})
