"""From a commit to the last byte at the client."""

from bench.report import Figure, at_most
from bench.streaming import subscriptions
from bench.streaming.load import load, pause
from bench.streaming.ours import contender
from bench.streaming.steady import SETTLE_SECONDS, describe, interval, medians

CLIENTS = 200
EVERY_MS = 50
STRIKES = 20  # a batch: an event of about 6 kB
GOALS = {"p50": 10.0, "p99": 50.0}


def latency_figures(
    dsn: str, kinds: list[str], rounds: int, seconds: float
) -> list[Figure]:
    one = {"raw": subscriptions.raw(), "panel": subscriptions.panel()}
    figures: list[Figure] = []
    for kind in kinds:
        mine = contender(f"ours, {kind}", dsn, [one[kind]], strikes=STRIKES)
        with (
            mine.serve(0, EVERY_MS) as server,
            load(server.port, CLIENTS, mine.requests) as readers,
        ):
            pause(SETTLE_SECONDS)
            runs = [interval(server, readers, seconds, mine) for _ in range(rounds)]
        late = medians(runs)
        print(f"  {mine.name}: {describe(late)}", flush=True)
        for name, goal in GOALS.items():
            what = f"commit to last byte, {CLIENTS} clients, 20 batches/s, {kind}, {name} ms"
            ours: float = getattr(late, name)
            figures.append(at_most(what, ours, goal, "the budget", ours, goal))
    return figures
