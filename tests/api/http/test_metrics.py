"""GET /fo/metrics/NAME: any function of schema analytics, as psql answers it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.api.conftest import Client
from tests.conftest import Stock
from tests.support.heard import until_heard
from tests.support.live_market import EXPIRIES, OPEN, epoch, open_store, quote, refresh

NEAR, FAR = EXPIRIES
SINCE = "2025-08-29T03:45:00Z"


def two_snapshots(connection: psycopg.Connection) -> None:
    """Two snapshots, ten minutes apart."""
    store = open_store(connection)
    quote(store, 0)
    quote(store, 10, seed=1)
    refresh(connection)


@pytest.fixture
def stock() -> Stock:
    return two_snapshots


def as_sent(value: Any) -> Any:
    """A value of psycopg's as JSON has it."""
    match value:
        case timedelta():
            return value.total_seconds()
        case date() | datetime():
            return value.isoformat()
    return value


def rows(connection: psycopg.Connection, call: str) -> list[list[Any]]:
    found = connection.execute(f"SELECT * FROM analytics.{call}".encode())
    return [[as_sent(value) for value in row] for row in found]


@pytest.mark.parametrize(
    ("path", "call"),
    [
        (f"chain?symbol=NIFTY&expiry={NEAR}", f"chain('NIFTY', '{NEAR}')"),
        ("pcr?symbol=NIFTY", "pcr('NIFTY')"),
        ("expiry_metrics?symbol=NIFTY", "expiry_metrics('NIFTY')"),
        (
            "max_pain?symbol=NIFTY&at=2025-08-29T03:46:00Z",
            "max_pain('NIFTY', NULL, '2025-08-29 03:46Z')",
        ),
        (
            "oi_change?symbol=NIFTY&over=10%20minutes",
            "oi_change('NIFTY', p_over => '10 minutes')",
        ),
        (
            f"moneyness_series?symbol=NIFTY&expiries={NEAR}&expiries={EXPIRIES[1]}",
            f"moneyness_series('NIFTY', p_expiries => '{{{NEAR},{EXPIRIES[1]}}}')",
        ),
    ],
)
async def test_rest_equals_sql(
    client: Client, market: psycopg.Connection, path: str, call: str
) -> None:
    status, answer = await client.get(f"/fo/metrics/{path}")
    assert status == 200, answer
    assert answer["rows"] == rows(market, call) != []
    assert len(answer["columns"]) == len(answer["rows"][0])


async def test_answer_says_what_it_is(
    client: Client, market: psycopg.Connection
) -> None:
    """It includes the event of the snapshot itself, which changed nothing in it."""
    [(version, seen, newest)] = market.execute(
        "SELECT version, event_id, last_id FROM fo.snapshot_version, job.event_counter"
    )
    assert seen < newest
    for when in ("", "&at=2025-08-29T04:00:00Z"):
        _, answer = await client.get(f"/fo/metrics/max_pain?symbol=NIFTY{when}")
        del answer["rows"]
        check_freshness(answer)
        assert answer == {
            "metric": "max_pain",
            "symbol": "NIFTY",
            "event": f"{epoch(market)}:{newest}",
            "version": version,
            "clock": (OPEN + timedelta(minutes=10)).isoformat(),
            "cursor": None,
            "columns": [
                "expiry",
                "max_pain",
                "max_pain_payout",
                "known_legs",
                "legs",
            ],
        }


def check_freshness(answer: dict[str, Any]) -> None:
    """Take out what an answer says of its age: as instants, never as ages."""
    as_of = datetime.fromisoformat(answer.pop("as_of"))
    assert as_of.isoformat() in (
        (OPEN + timedelta(minutes=10)).isoformat(), "2025-08-29T04:00:00+00:00",
    )  # fmt: skip
    assert answer.pop("stale_since") is None
    assert answer.pop("quote_source") is None
    committed_at = datetime.fromisoformat(answer.pop("committed_at"))
    assert abs(datetime.now(UTC) - committed_at) < timedelta(hours=1)
    assert answer.pop("market_pace_seconds") == 600
    assert 0 < answer.pop("wall_pace_seconds") < 600


async def test_age_comes_in_seconds(client: Client, market: psycopg.Connection) -> None:
    _, answer = await client.get("/fo/metrics/chain?symbol=NIFTY")
    first = dict(zip(answer["columns"], answer["rows"][0], strict=True))
    assert first["age_seconds"] == 0


async def test_unchanged_answer_is_not_sent_again(
    client: Client, market: psycopg.Connection
) -> None:
    path = "/fo/metrics/pcr?symbol=NIFTY"
    async with client.session.get(path) as response:
        etag = response.headers["ETag"]
    async with client.session.get(path, headers={"If-None-Match": etag}) as again:
        assert again.status == 304
    with psycopg.connect(market.info.dsn, autocommit=True) as other:
        quote(open_store(other), 11, seed=2)
    await until_heard(client, market)
    async with client.session.get(path, headers={"If-None-Match": etag}) as later:
        assert later.status == 200


async def test_answer_about_the_past_stays_until_that_past_changes(
    client: Client, market: psycopg.Connection
) -> None:
    """Its ETag goes by its rows: also of a series that begins with the newest session."""
    at = "2025-08-29T03:50:00Z"
    paths = (
        f"pcr?symbol=NIFTY&at={at}",
        f"iv_rank?symbol=NIFTY&at={at}",
        f"straddle_series?symbol=NIFTY&timeframe=1min&to={at}",
    )

    async def answers() -> list[tuple[str, object]]:
        found = []
        for path in paths:
            async with client.session.get(f"/v1/metrics/{path}") as answer:
                assert answer.status == 200
                found.append((answer.headers["ETag"], (await answer.json())["rows"]))
        return found

    before = await answers()
    assert all(etag.startswith('W/"past-') for etag, _ in before)
    with psycopg.connect(market.info.dsn, autocommit=True) as other:
        store = open_store(other)
        for minute in (11, 8, 12):  # the second is late
            quote(store, minute, seed=minute)
        await until_heard(client, other)
        assert await answers() == before
        known = {"If-None-Match": before[0][0]}
        async with client.session.get(f"/v1/metrics/{paths[0]}", headers=known) as same:
            assert same.status == 304
        first = newest_event(other)
        quote(store, 4, seed=4)
        late = newest_event(other)
        assert late == first + 1  # who keeps answers until an event is told
        await until_heard(client, other)
        after = await answers()
        assert after[0] != before[0]
        quote(store, 24 * 60, seed=5)  # the next session
        refresh(other)
        await until_heard(client, other)
        later = await answers()
        assert later[0] == after[0] and later[2][1] != after[2][1]
        for one in (before, after, later):
            for (etag, rows), (other_etag, other_rows) in zip(one, later, strict=True):
                assert (etag == other_etag) == (rows == other_rows)


def newest_event(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT last_id FROM job.event_counter").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(
    ("path", "code", "hint"),
    [
        ("max_pane?symbol=NIFTY", "unknown_metric", "max_pain"),
        ("max_pain", "missing_parameter", "symbol=NIFTY"),
        ("fixed_straddle_series?symbol=NIFTY", "missing_parameter", "strike"),
        ("max_pain?symbol=NIFTI", "unknown_symbol", "NIFTY"),
        ("max_pain?symbol=NIFTY&expiry=2025-09-03", "unknown_expiry", str(NEAR)),
        ("max_pain?symbol=NIFTY&expiry=soon", "bad_expiry", "2025-09-02"),
        ("max_pain?symbol=NIFTY&at=2025-08-29T09:20", "bad_at", "zone"),
        ("max_pain?symbol=NIFTY&at=99-99-99T09:20Z", "bad_at", "zone"),
        ("max_pain?symbol=NIFTY&at=2025-08-29T09:20%2B16:00", "bad_at", "zone"),
        ("max_pain?symbol=NIFTY&at=2025-08-29T09:20-23:59", "bad_at", "zone"),
        ("oi_change?symbol=NIFTY&over=x", "bad_over", "15 minutes"),
        ("oi_change?symbol=NIFTY&over=-1%20day", "bad_over", "positive"),
        (f"oi_change?symbol=NIFTY&over=1%20day&since={SINCE}", "bad_since", "not both"),
        (
            f"oi_change?symbol=NIFTY&at={SINCE}&since=2025-08-30T03:45:00Z",
            "bad_since",
            "no later",
        ),
        ("max_pain?symbol=NIFTY&when=now", "unknown_parameter", "symbol, expiry, at"),
        (
            f"option_bars?symbol=NIFTY&strike=24500&expiry={NEAR},{FAR}",
            "bad_expiry",
            "one of them",
        ),
        ("strike_distribution?symbol=NIFTY&around=ten", "bad_around", "another"),
        ("max_pain?symbol=NIFTY'%3B--", "unknown_symbol", "NIFTY"),
    ],
)
async def test_what_cannot_be_answered_is_one_sentence(
    client: Client, market: psycopg.Connection, path: str, code: str, hint: str
) -> None:
    status, answer = await client.get(f"/fo/metrics/{path}")
    assert (status, answer["error"]["code"]) == (400, code)
    assert hint in answer["error"]["message"]


async def test_metric_that_the_feed_cannot_have_is_refused(
    client: Client, market: psycopg.Connection
) -> None:
    market.execute("UPDATE fo.instrument SET oi_kind = 'yesterday'")
    status, answer = await client.get("/fo/metrics/cumulative_oi?symbol=NIFTY")
    assert (status, answer["error"]["code"]) == (400, "no_oi_growth")
    assert "is that of yesterday" in answer["error"]["message"]
    assert "Ask for the OI itself" in answer["error"]["message"]


async def test_every_metric_is_listed_with_what_it_is_about(
    client: Client, connection: psycopg.Connection
) -> None:
    _, answer = await client.get("/fo/metrics")
    listed = {metric["metric"]: metric for metric in answer["metrics"]}
    functions = connection.execute(
        "SELECT proname FROM pg_proc"
        " WHERE pronamespace = 'analytics'::regnamespace AND proretset"
    )
    # A watchlist is a key's own, at a route of its own.
    assert {*listed, "watchlist"} == {row[0] for row in functions}
    assert listed["pcr"]["parameters"] == [
        {"name": name, "type": type, "optional": more, "array": False, "default": None}
        for name, type, more in (
            ("symbol", "text", False),
            ("expiry", "date", True),
            ("at", "timestamp with time zone", True),
        )
    ]
    assert all(metric["about"] and metric["columns"] for metric in answer["metrics"])
    assert (
        "strikes" in listed["chain"]["words"] and "to" not in listed["chain"]["words"]
    )
    assert listed["moneyness_series"]["parameters"][1]["words"] == ["5min"]
