"""What one key's many panels cost the readers of others.

Each round is held against the time just before it, without them: the machine drifts. The key
is an ordinary one: once within the default limits, and once without any but its turns in the
fan-out.
"""

from statistics import median

from bench.report import Figure, at_most
from bench.streaming import subscriptions
from bench.streaming.load import Load, load, pause
from bench.streaming.ours import contender
from bench.streaming.steady import SETTLE_SECONDS, Contender, Server, describe, interval
from pgstrike.api.access.keys import hash_of
from pgstrike.db.connection import connect

DEFAULT_PANELS, DEFAULT_INTERVAL_MS = 100, 100  # the most of one key
PANELS = 900
OTHERS = 200
STRIKES = 7
EVERY_MS = 50
GREEDY = "greedy-key"
LET_OFF = {
    "PGSTRIKE_MAX_SUBSCRIPTIONS_PER_KEY": "1000",
    "PGSTRIKE_MIN_INTERVAL_MS": "0",
}


def starving_figures(
    dsn: str, kinds: list[str], rounds: int, seconds: float
) -> list[Figure]:
    add_key(dsn)
    one = {"raw": subscriptions.raw(), "panel": subscriptions.panel()}
    usual = subscriptions.distinct_panels(DEFAULT_PANELS, DEFAULT_INTERVAL_MS, GREEDY)
    greedy = subscriptions.distinct_panels(PANELS, key=GREEDY)
    return [
        starving_figure(dsn, one[kind], kind, panels, limits, rounds, seconds)
        for kind in kinds
        for panels, limits in ((usual, {}), (greedy, LET_OFF))
    ]


def starving_figure(
    dsn: str,
    asked: str,
    kind: str,
    panels: list[str],
    limits: dict[str, str],
    rounds: int,
    seconds: float,
) -> Figure:
    mine = contender(f"ours, {kind}", dsn, [asked], strikes=STRIKES, environ=limits)
    alone, beside = [], []
    with (
        mine.serve(0, EVERY_MS) as server,
        load(server.port, OTHERS, mine.requests) as readers,
    ):
        pause(SETTLE_SECONDS)
        for _ in range(rounds):
            alone.append(late(server, readers, mine, seconds))
            with load(server.port, len(panels), panels):
                pause(SETTLE_SECONDS)
                beside.append(late(server, readers, mine, seconds))
    ratio = median(
        with_them / without for with_them, without in zip(beside, alone, strict=True)
    )
    which = "without its limits" if limits else "within its limits"
    what = f"p99 ms of {OTHERS} others, {kind}, beside one key's {len(panels)} panels {which}"
    return at_most(what, median(beside), median(alone), "ourselves without", ratio, 1.5)


def late(server: Server, readers: Load, mine: Contender, seconds: float) -> float:
    run = interval(server, readers, seconds, mine)
    print(f"  {describe(run)}", flush=True)
    return run.p99


def add_key(dsn: str) -> None:
    """An ordinary one, which may read everything."""
    with connect(dsn, "bench") as connection:
        connection.execute(
            "INSERT INTO job.api_key (name, key_hash) VALUES ('greedy', %s)",
            [hash_of(GREEDY)],
        )
