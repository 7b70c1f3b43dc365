"""CPU for each event, how late events are with 10,000 clients, and distinct subscriptions."""

from bench.report import Figure, at_least, at_most
from bench.streaming import peers, subscriptions
from bench.streaming.ours import contender
from bench.streaming.steady import Contender, Steady, broadcast, medians

MANY = 10_000
DISTINCT = 1_000
# So many strikes change with each batch that an event has about 1 kB.
STRIKES = {"raw": 1, "panel": 7}


def ours(dsn: str, kinds: list[str]) -> list[Contender]:
    one = {"raw": subscriptions.raw(), "panel": subscriptions.panel()}
    return [
        contender(f"ours, {kind}", dsn, [one[kind]], strikes=STRIKES[kind])
        for kind in kinds
    ]


def cpu_figures(
    mine: list[Contender], theirs: list[Contender], rounds: int, seconds: float
) -> list[Figure]:
    """Everybody in turn, at as many clients as each can serve."""
    runs: dict[str, list[Steady]] = {}
    for _ in range(rounds):
        for each in [*mine, *theirs]:
            run = broadcast(each, each.clients, seconds)
            runs.setdefault(each.name, []).append(run)
    cost = {name: medians(found).cpu_us for name, found in runs.items()}
    return [
        cpu_figure(each, peer, cost[each.name], cost[peer.name])
        for each in mine
        for peer in theirs
    ]


def cpu_figure(mine: Contender, peer: Contender, ours: float, its: float) -> Figure:
    what = f"CPU us per 1 kB event, {mine.clients:,} clients, {mine.name}"
    name = f"{peer.name}, {peer.clients:,} clients"
    if peer.name == peers.FLOOR:
        return at_most(what, ours, its, name, ours / its, 1.5)
    goal = 8 if peer.name == peers.SSE_STARLETTE else 1
    return at_least(what, ours, its, name, its / ours, goal)


def crowd_figures(
    mine: list[Contender], theirs: list[Contender], rounds: int, seconds: float
) -> list[Figure]:
    """How late an event is with 10,000 clients on one core."""
    crowd = [each for each in theirs if each.clients >= MANY / 2]
    late = {
        each.name: medians([broadcast(each, MANY, seconds) for _ in range(rounds)]).p99
        for each in [*mine, *crowd]
    }
    what = f"p99 ms at {MANY:,} clients, {{}}"
    best = crowd[-1].name
    return [
        at_most(what.format(each.name), late[each.name], late[best], best,
                late[each.name], 250)
        for each in mine
    ]  # fmt: skip


def distinct_figures(
    dsn: str, kinds: list[str], rounds: int, seconds: float
) -> list[Figure]:
    return [distinct_figure(dsn, kind, rounds, seconds) for kind in kinds]


def distinct_figure(dsn: str, kind: str, rounds: int, seconds: float) -> Figure:
    many = {
        "raw": subscriptions.distinct_raw,
        "panel": subscriptions.distinct_panels,
    }[kind](DISTINCT)
    name = f"{DISTINCT:,} distinct subscriptions, {kind}"
    strikes = STRIKES[kind]
    alike = contender(f"1 subscription, {kind}", dsn, many[:1], strikes=strikes)
    distinct = contender(name, dsn, many, strikes=strikes)
    runs: dict[str, list[Steady]] = {}
    for _ in range(rounds):
        for each in (alike, distinct):
            runs.setdefault(each.name, []).append(broadcast(each, 5000, seconds))
    its, ours = medians(runs[alike.name]).core, medians(runs[name]).core
    return at_most(
        f"share of a core, {name}", ours, its, "ourselves with 1", ours / its, 4
    )
