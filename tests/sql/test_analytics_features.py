"""analytics.features against the oracle, and at its limits."""

import gzip
import math
from datetime import timedelta
from pathlib import Path

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.chains import KINDS
from tests.support.feature_chains import (
    chain,
    features,
    moments,
    some,
)
from tests.support.oracle_features import names, read_market, unlike
from tests.support.quote_market import (
    EXPIRY,
    LATER,
    MONDAY,
    THURSDAY,
    Quote,
    add,
    ask,
    ist,
    ladder,
    refuses,
    shown,
    value,
)
from tests.support.recordings import LOTS, ingest, recording
from tests.support.seeds import seeds


@seeds(6)
@pytest.mark.parametrize("kind", KINDS)
def test_random_chains(store: Store, kind: str, seed: int) -> None:
    random, make = np.random.default_rng(seed), KINDS[kind]
    for of in moments(random):
        add(store, *some(random, make(random, *of)))
    if random.random() < 0.5:
        refresh_all(store.connection)
    market = read_market(store.connection)
    asked = list(market.underlyings.index)
    assert [
        said for at in asked for said in unlike(market, features(store, at), at)
    ] == []


def morning(data: Path, folder: Path) -> Path:
    """The two nearest expiries of the recorded session, until half past eleven."""
    header, *rows = gzip.decompress(recording(data, "NIFTY").read_bytes()).splitlines(
        True
    )
    path = folder / "morning.csv"
    path.write_bytes(
        header
        + b"".join(
            row
            for row in rows
            if row.split(b",", 3)[2] in (b"02-Sep-2025", b"09-Sep-2025")
            and row.rsplit(b",", 1)[1] < b"20250829_113000"
        )
    )
    return path


def test_recorded_session(dsn: str, data: Path, tmp_path: Path) -> None:
    """Each figure is known at the end of it, but the return since an opening not recorded."""
    ingest(dsn, morning(data, tmp_path), LOTS["NIFTY"])
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'")
        market = read_market(connection)
        instants = list(market.underlyings.index)
        random = np.random.default_rng(5)
        chosen = [*random.choice(instants[:-1], 8, replace=False), instants[-1]]
        rows = {at: ask(connection, "features", at=at)[0] for at in chosen}
    assert [said for at, row in rows.items() for said in unlike(market, row, at)] == []
    [*_, last] = rows.values()
    assert [name for name, figure in last.items() if figure is None] == ["return_open"]


def test_names_are_those_of_the_figures(store: Store) -> None:
    connection = shown(store, *ladder("09:15:00", 24_610.0))
    assert value(connection, "SELECT analytics.feature_names()") == names()
    assert list(features(store)) == ["symbol", "at", "expiry", *names()]


@pytest.mark.parametrize(
    ("time", "over", "is_known"),
    [
        # So long before, and a quarter of it or a minute.
        ("10:05:00", 5, True),
        ("10:06:15", 5, True),
        ("10:06:16", 5, False),
        ("10:18:45", 15, True),
        ("10:18:46", 15, False),
        ("11:15:00", 60, True),
        ("11:15:01", 60, False),
        ("10:04:59", 5, False),
    ],
)
def test_base_of_a_change(store: Store, time: str, over: int, is_known: bool) -> None:
    add(store, *chain("10:00:00"))
    add(store, *chain(time))
    row, names = features(store), ("atm_iv_change", "straddle_ratio_change", "return")
    found = {name: row[f"{name}_{over}min"] for name in names}
    change = (ist(time) - ist("10:00:00")).total_seconds() / 1e6
    assert (found["atm_iv_change"] == pytest.approx(change)) is is_known
    assert (found["return"], found["straddle_ratio_change"]) == (
        (0, 0) if is_known else (None, None)
    )


def test_return_of_a_minute(store: Store) -> None:
    for time in ("10:00:00", "10:02:00", "10:04:01"):
        add(store, *chain(time))
    assert features(store, ist("10:02:00"))["return_1min"] == 0
    assert features(store)["return_1min"] is None


def test_nothing_is_compared_with_before_the_opening(store: Store) -> None:
    """Neither with yesterday nor with an instant at which nothing was quoted today."""
    add(store, *chain("15:29:59", day=THURSDAY))
    for time in ("09:16:00", "09:21:00"):
        add(store, *chain(time))
    first, second = features(store, ist("09:16:00")), features(store)
    of_changes = [name for name in names() if "min" in name and "minutes" not in name]
    assert {first[name] for name in of_changes} == {None}
    assert second["atm_iv_change_5min"] == pytest.approx(0.0003)
    assert second["call_oi_change_near_day"] == 0
    assert (second["return_15min"], second["atm_iv_change_15min"]) == (None, None)


def test_chain_that_stands_still_has_no_change(store: Store) -> None:
    """Quotes of the next expiry alone go on: of the front no change is known."""
    for minute in (0, 5, 10):
        add(store, *chain(f"10:{minute:02}:00", expiry=LATER))
        if minute < 10:
            add(store, *chain(f"10:{minute:02}:00"))
    row = features(store)
    assert row["expiry"] == EXPIRY
    assert row["next_atm_iv_change_5min"] == pytest.approx(0.0003)
    for name in ("atm_iv", "skew_25", "straddle_ratio", "term_slope"):
        assert row[f"{name}_change_5min"] is None
    assert row["atm_iv"] == pytest.approx(0.1 + 3_000 / 1e6)


def test_open_interest_near_the_money(store: Store) -> None:
    """Of 24,600 and five strikes on each side; of 15 minutes and of the day."""
    add(store, *chain("15:20:00", 5_000, THURSDAY))
    add(store, *chain("10:00:00", 6_000))
    far = (24_250.0, 24_300.0, 24_900.0, 24_950.0)
    for quote in chain("10:15:00", 7_500):
        oi = (
            10**6 if quote.strike in far else 9_000 if quote.strike == 24_600 else 7_500
        )
        add(store, quote._replace(call={**quote.call, "oi": oi}))
    row = features(store)
    assert row["call_oi_change_atm_15min"] == pytest.approx(9_000 / 6_000 - 1)
    assert row["call_oi_change_near_15min"] == pytest.approx(84_000 / 66_000 - 1)
    assert row["call_oi_change_near_day"] == pytest.approx(84_000 / 55_000 - 1)
    assert row["put_oi_change_atm_day"] == pytest.approx(0.5)
    assert row["spread_near"] == pytest.approx(0.02)


def test_first_day_has_the_feeds_own_base(store: Store) -> None:
    add(
        store,
        *(
            quote._replace(call={**quote.call, "prev_oi": 6_000})
            for quote in chain("10:00:00", 7_500)
        ),
    )
    row = features(store)
    assert row["call_oi_change_near_day"] == pytest.approx(0.25)
    assert row["put_oi_change_near_day"] is None


def test_session_that_is_missing_is_no_base(store: Store) -> None:
    """Thursday is not stored: what changed since Wednesday is no change of a day."""
    add(store, *chain("15:29:00", 5_000, THURSDAY - timedelta(days=1)))
    add(store, *chain("10:00:00", 7_500))
    assert features(store)["call_oi_change_near_day"] is None


def test_return_since_the_open(store: Store) -> None:
    """From the first snapshot, which is at most five minutes late."""
    for time, underlying in (("09:20:00", 24_000.0), ("09:31:00", 24_240.0)):
        add(store, *ladder(time, underlying))
    add(store, *ladder("09:20:01", 24_000.0, day=MONDAY))
    row = features(store, ist("09:31:00"))
    assert row["return_open"] == pytest.approx(math.log(1.01))
    assert features(store)["return_open"] is None


def test_nothing_is_known(store: Store) -> None:
    """Neither forward, nor book, nor OI: then only the clock is."""
    add(store, Quote("10:00:00", 24_600.0, {"volume": 75}))
    row = features(store)
    clock = {"minutes_since_open": 45, "minutes_to_close": 330}
    assert {name: row[name] for name in names() if row[name] is not None} == {
        **clock,
        "minutes_to_expiry": (ist("15:30:00", EXPIRY) - ist("10:00:00")).total_seconds()
        / 60,
        "known_share": 0,
    }


def test_after_the_close_the_last_snapshot_stands(store: Store) -> None:
    """Of expiry day as well: its front is the expiry that is over by now."""
    add(
        store,
        *chain("15:29:59", day=EXPIRY),
        *chain("15:29:59", day=EXPIRY, expiry=LATER),
    )
    row = features(store)
    assert (row["at"], row["expiry"]) == (ist("15:29:59", EXPIRY), EXPIRY)
    assert row["minutes_to_expiry"] == row["minutes_to_close"] == pytest.approx(1 / 60)
    assert features(store, ist("23:00:00", EXPIRY)) == row
    add(store, *chain("09:15:00", day=EXPIRY + timedelta(days=1), expiry=LATER))
    assert features(store)["expiry"] == LATER
    assert features(store)["next_atm_iv"] is None


def test_unknown_symbol_is_refused_and_early_instant_has_no_row(store: Store) -> None:
    connection = shown(store, *ladder("10:00:00", 24_610.0))
    refuses(connection, "features", "unknown_symbol", "NIFTY", symbol="NIFTI")
    assert ask(connection, "features", at=ist("09:59:59")) == []
