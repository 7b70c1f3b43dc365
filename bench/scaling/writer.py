"""Commits events: so many a second, or all it can. Says how many, and how long it took."""

import json
import sys
from time import monotonic, sleep, time_ns

from pgstrike.db.connection import connect

APPEND = """
    SELECT ops.append_events(
        array_fill('ops'::text, ARRAY[%(n)s]), array_fill(NULL::text, ARRAY[%(n)s]),
        array_fill(NULL::date, ARRAY[%(n)s]), array_fill(%(body)s::text, ARRAY[%(n)s])
    )
"""
BODY = '{"topic":"ops","text":"an event that is about as long as most"}'
FAST = 10  # events of a commit, where it writes all it can


def main(dsn: str, per_second: float, seconds: float) -> None:
    """`per_second` commits of one event each; 0: all it can, FAST events in each."""
    last, commits, began_ns = 0, 0, time_ns()
    count = 1 if per_second else FAST
    began = monotonic()
    with connect(dsn, "bench") as session:
        while monotonic() - began < seconds:
            row = session.execute(APPEND, {"n": count, "body": BODY}).fetchone()
            assert row is not None
            last, commits = row[0], commits + 1
            if per_second:
                sleep(max(began + commits / per_second - monotonic(), 0))
    said = {
        "last": last,
        "events": commits * count,
        "began_ns": began_ns,
        "ended_ns": time_ns(),
    }
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
