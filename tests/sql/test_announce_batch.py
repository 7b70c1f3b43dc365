"""ops.announce_batch: what a batch changed, in events that each fit into a NOTIFY."""

import json
import random
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import islice
from typing import Any

import psycopg

from pgstrike.jobs.feed.simulator import simulate
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import UNKNOWN, QuoteBatch
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.event_log import hear, log
from tests.support.quote_market import EXPIRY, LATER, MONDAY, Quote, add, listen, select

MOST_BYTES = 7_900

Contract = tuple[str, str, float]
# The longest figures that a float, of either sign, and a bigint can be written as.
WIDE = {
    **dict.fromkeys(("ltp", "bid", "ask", "iv"), 1.2345678901234567e-300),
    **dict.fromkeys(("delta", "gamma", "theta", "vega"), -1.2345678901234567e-300),
    **dict.fromkeys(("bid_qty", "ask_qty", "volume", "oi"), 2**63 - 2),
}


def test_payloads_of_a_wide_chain_fit(
    dsn: str, connection: psycopg.Connection, store: Store
) -> None:
    """400 strikes with the widest figures there are: several events, and every strike in
    exactly one. NOTIFY takes less than 8,000 bytes."""
    strikes = [12_345.678901234567 + 50.123456789 * place for place in range(400)]
    quotes = [wide(strike, EXPIRY, WIDE) for strike in strikes]
    with psycopg.connect(dsn, autocommit=True) as listener:
        listen(listener)
        stored = add(store, *quotes)
        heard = hear(listener, stored.event_id)
    assert stored.event_id > 20
    assert max(len(payload.encode()) for payload in heard) <= MOST_BYTES
    rows = [row for payload in heard for row in json.loads(payload)["rows"]]
    assert [row[0] for row in rows] == sorted(strikes)
    # Some room is wasted at the end of each, but not most of it.
    assert min(len(payload.encode()) for payload in heard[:-1]) > MOST_BYTES / 2
    assert [payload for _, payload in log(connection)] == heard


def test_payloads_of_uneven_chains_fit(
    connection: psycopg.Connection, store: Store
) -> None:
    """Rows of any width in any order, and ids of as many digits as there are."""
    connection.execute("UPDATE job.event_counter SET last_id = 10^18")
    chance = random.Random(7)
    quotes = [
        wide(
            50.0 * place,
            EXPIRY + timedelta(days=7 * week),
            chance.choice([WIDE, {}, {}, {}]),
        )
        for week in range(40)
        for place in range(1, 101 + week)
    ]
    add(store, *quotes)
    sizes = [len(payload.encode()) for _, payload in log(connection)]
    assert len(sizes) > 100
    assert MOST_BYTES - 200 < max(sizes) <= MOST_BYTES


def wide(strike: float, expiry: date, figures: Mapping[str, float]) -> Quote:
    """A quote of long names and figures all around, with these in both of its legs."""
    underlying = 22_345.678901234567
    return Quote(
        "09:20:00",
        strike,
        figures,
        figures,
        underlying,
        expiry=expiry,
        symbol="MIDCPNIFTY",
    )


def test_chunks_are_ranges_of_strikes(
    connection: psycopg.Connection, store: Store
) -> None:
    """A chain of ordinary figures too: rising within an event and from one to the next."""
    [batch] = islice(simulate(["NIFTY"], MONDAY, seed=3), 1)
    store.add(batch)
    found = select(connection, "SELECT expiry, payload FROM fo.event ORDER BY id")
    assert len(found) > len({row["expiry"] for row in found}) > 3
    for expiry in {row["expiry"] for row in found}:
        strikes = [
            line[0]
            for row in found
            if row["expiry"] == expiry
            for line in row["payload"]["rows"]
        ]
        assert strikes == sorted(set(strikes))


def test_batch_that_changes_nothing_says_nothing(
    connection: psycopg.Connection, store: Store
) -> None:
    """The same quotes again are no news."""
    quotes = [
        Quote("09:20:00", 24_600, {"ltp": 1.0}),
        Quote("09:21:00", 24_600, {"ltp": 2.0}),
    ]
    first = add(store, *quotes)
    assert add(store, *quotes).event_id == first.event_id
    assert len(log(connection)) == first.event_id


def test_chain_events_add_up_to_the_snapshot(
    connection: psycopg.Connection, store: Store
) -> None:
    """A client that applied every event holds what fo.latest_snapshot says, figure by
    figure: with drop-outs, a late snapshot, a correction, and an expiry that dies."""
    batches = list(islice(simulate(["NIFTY", "BANKNIFTY"], EXPIRY, seed=5), 12))
    late = batches.pop(4)
    correction = copy_of(batches[5])
    correction.rows["call_oi"][correction.rows["call_oi"] != UNKNOWN] += 75
    fallen = batches[-1] = copy_of(batches[-1])
    most = fallen.rows["put_volume"].argmax()
    fallen.rows["put_volume"][most] = fallen.rows["put_oi"][most] = 0
    stored = [store.add(batch)[0] for batch in [*batches, late, correction]]
    at_the_bell = [
        Quote("15:30:00", strike, {"ltp": 5.0}, day=EXPIRY, expiry=LATER, symbol=symbol)
        for symbol, strike in (("NIFTY", 24_600), ("BANKNIFTY", 54_000))
    ]
    add(store, *at_the_bell)
    refresh_all(connection)
    held: dict[Contract, dict[str, Any]] = {}
    dead = 0
    for event in (json.loads(payload) for _, payload in log(connection)):
        if event["topic"] == "chain":
            dead += apply(held, event)
    rows = select(
        connection,
        "SELECT row_to_json(live) AS live FROM fo.latest_snapshot AS live"
        " WHERE live.timeframe = 'live'",
    )
    live = {key_of(row["live"]): row["live"] for row in rows}
    assert sum(batch.dropouts for batch in stored) == 1
    assert dead > 50
    assert len(held) > 400
    assert held.keys() == live.keys()
    assert {
        key: {name: live[key][name] for name in row} for key, row in held.items()
    } == held


def copy_of(batch: QuoteBatch) -> QuoteBatch:
    """A batch whose figures may be changed."""
    return batch._replace(rows=batch.rows.copy())


def apply(held: dict[Contract, dict[str, Any]], event: dict[str, Any]) -> int:
    """Take a chain event in; returns how many contracts died."""
    if event.get("expired"):
        dead = [key for key in held if key[:2] == (event["symbol"], event["expiry"])]
        for key in dead:
            del held[key]
        return len(dead)
    head = {
        name: figure
        for name, figure in event.items()
        if name not in ("id", "epoch", "topic", "clock", "columns", "rows")
    }
    for row in event.get("rows", []):
        told = head | dict(zip(event["columns"], row, strict=True))
        held[key_of(told)] = told
    return 0


def key_of(row: dict[str, Any]) -> Contract:
    return row["symbol"], row["expiry"], row["strike"]
