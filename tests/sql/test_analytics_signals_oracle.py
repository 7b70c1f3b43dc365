"""analytics.signals against NumPy, on random sessions and a recorded afternoon."""

import csv
import gzip
import io
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.oracle_signals import recorded_signals, signals
from tests.support.quote_market import LATER, ask, column, ist, shown
from tests.support.seeds import seeds
from tests.support.tape import random_tape

DAYS = [date(2025, 9, day) for day in (1, 2, 3, 4, 5, 8)]
AFTER = date(2025, 10, 7)


@seeds(3)
def test_random_sessions(store: Store, seed: int) -> None:
    random = np.random.default_rng(seed)
    tapes = [
        random_tape(random, DAYS, quotes=40, unknown=0.1, expiry=expiry)
        for expiry in (LATER, AFTER)
    ]
    connection = shown(store, *(quote for tape in tapes for quote in tape.quotes()))
    opened, counts = min(tape.times()[-1, 0] for tape in tapes), []
    for at in (None, ist("12:00:00", DAYS[-1]), opened + timedelta(minutes=12)):
        rows = ask(connection, "signals", limit=None, at=at)
        expected = signals(tapes, at or ist("15:30:00", DAYS[-1]))
        assert len(rows) == len(expected)
        counts.append(len(rows))
        for name in ("expiry", "strike", "leg", "buildup", "side", "base_time"):
            assert [row[name] for row in rows] == [row[name] for row in expected]
        for name in (
            "oi_change",
            "price_change",
            "weight",
            "turnover",
            "unusualness",
            "score",
        ):
            found, figures = column(rows, name), column(expected, name)
            np.testing.assert_allclose(found, figures, 1e-9, 1e-12, err_msg=name)
        assert all(0 <= row["score"] <= 1 for row in rows)
    assert max(counts) > 5


def test_recorded_afternoon(store: Store, data: Path) -> None:
    """The front expiry's last quarter of an hour, told from the file's own columns."""
    with gzip.open(data / "nse-nifty-2025-08-29.csv.gz", "rt") as file:
        header, *lines = file.read().splitlines(True)
    lines = [
        line
        for line in lines
        if ",02-Sep-2025," in line and line.rsplit(",", 1)[1] >= "20250829_150000"
    ]
    for batch in read_nse_csv(io.BytesIO("".join([header, *lines]).encode()), 75):
        store.add(batch)
    refresh_all(store.connection)
    rows = ask(store.connection, "signals", limit=None)
    expected = recorded_signals([*csv.DictReader([header, *lines])])
    assert len(rows) == len(expected) > 80
    assert [(row["strike"], row["leg"], row["buildup"]) for row in rows] == [
        found[1:] for found in expected
    ]
    assert column(rows, "score") == pytest.approx([-found[0] for found in expected])
    # The puts at the money are sold out of, as the underlying rises into the close.
    assert expected[0][1:] == (24_500, "put", "long_unwinding")
