"""What the dashboard's Desk shows besides quotes: live feeds, models, an alert, tasks."""

import psycopg
from psycopg.types.json import Jsonb

from tests.support.predictions import add_model, add_predictions, draws
from tests.support.quote_market import ist

FEEDS = [
    (
        *("upstox", 1, True, "live", "11:52:31", "11:59:57", 0.4, 1, "11:41:09"),
        "https://api.upstox.com/v3/feed/market-data-feed/authorize answered 503"
        " (Service Unavailable)",
    ),
    ("kite", 2, True, "live", "09:14:58", "11:59:58", 0.3, 0, None, None),
    (
        *("dhan", 3, False, "refused", "09:14:59", None, None, 0, "09:14:59"),
        "https://api.dhan.co/v2/instruments answered 401 (Unauthorized);"
        " check the key or token, and renew it",
    ),
]
MINUTES = 364  # of predictions, from 09:20 on
RANGES = {
    "pcr_oi": {"quantiles": [0.5, 1.0, 1.5], "missing": 0},
    "atm_iv": {"quantiles": [0.05, 0.1, 0.2], "missing": 0},
}
DRIVE = (
    "UPDATE job.feed SET (holder, holder_since) = (SELECT pid, backend_start"
    " FROM pg_stat_activity WHERE pid = pg_backend_pid())"
)
SCHEMA = Jsonb({
    "type": "object", "required": ["symbol"],
    "properties": {"symbol": {"type": "string"}, "days": {"type": "integer"}},
})  # fmt: skip


def add_feeds(connection: psycopg.Connection) -> None:
    """Three live feeds of NIFTY: the second took over when the first failed; one is off."""
    for name, place, is_on, state, since, heard, lag, again, failed, failure in FEEDS:
        times = [time and ist(time) for time in (since, heard, failed)]
        connection.execute(
            "INSERT INTO job.feed (name, kind, symbols, position, is_on, state, lag,"
            " reconnects, failure, since, last_message_at, failed_at)"
            " VALUES (%s, %s, '{NIFTY}', %s, %s, %s, make_interval(secs => %s),"
            " %s, %s, %s, %s, %s)",
            [name, name, place, is_on, state, lag, again, failure, *times],
        )
    connection.execute(
        "INSERT INTO fo.quote_source (symbol, since, source, reason)"
        " VALUES ('NIFTY', %s, 'kite', 'upstox failed')",
        [ist("11:40:58")],
    )


def drive_feeds(connection: psycopg.Connection) -> None:
    """This session drives the feeds, as long as it lives."""
    connection.execute(DRIVE)


def add_models(connection: psycopg.Connection) -> None:
    """One that is calibrated, and one that says too much; both with a day's predictions."""
    for seed, (name, label, threshold) in enumerate(
        (("up", "direction", None), ("breakout", "size", 0.001))
    ):
        values, outcomes = draws(seed, MINUTES)
        said = [value**0.25 for value in values] if seed else values
        model = add_model(
            connection, name, label=label, threshold=threshold,
            validation={"base_rate": 0.5, "features": RANGES},
        )  # fmt: skip
        add_predictions(connection, model, said, outcomes, ist(f"09:20:{30 * seed:02}"))


def add_tasks(connection: psycopg.Connection) -> None:
    """One that is done, and one that is half done."""
    connection.execute(
        "INSERT INTO job.task_kind (name, about, schema, is_for_readers)"
        " VALUES ('rebuild', 'Compute the bars of a symbol again.', %s, FALSE)",
        [SCHEMA],
    )
    for state, progress, message in (
        ("completed", 1.0, "5 sessions"),
        ("running", 0.6, "3 of 5 sessions"),
    ):
        connection.execute(
            "INSERT INTO job.task (kind, arguments, state, progress, message, asked_by)"
            " VALUES ('rebuild', '{\"symbol\": \"NIFTY\", \"days\": 5}', %s, %s, %s, 'desk')",
            [state, progress, message],
        )
