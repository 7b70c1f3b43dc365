"""CPU for each event, how late events are with 10,000 clients, and distinct subscriptions."""

from bench.report import Figure, at_least, at_most
from bench.streaming import peers, subscriptions
from bench.streaming.ours import contender
from bench.streaming.steady import EVERY_MS, Contender, in_turn

CLIENTS = 5_000
MANY = 10_000
DISTINCT = 1_000
# So many strikes change with each batch that an event has about 1 kB.
STRIKES = {"raw": 1, "panel": 7, "paced": 7}


def ours(dsn: str, kinds: list[str]) -> list[Contender]:
    one = {
        "raw": ("raw", subscriptions.raw()),
        "panel": ("panel, each event", subscriptions.panel()),
        "paced": (f"panel, {EVERY_MS} ms", subscriptions.panel(EVERY_MS)),
    }
    return [
        contender(one[kind][0], dsn, [one[kind][1]], strikes=STRIKES[kind])
        for kind in kinds
    ]


def cpu_figures(
    mine: list[Contender], theirs: list[Contender], rounds: int, seconds: float
) -> list[Figure]:
    """Everybody at as many clients as they can serve."""
    runs = in_turn([*mine, *theirs], rounds, seconds)
    return [
        cpu_figure(each, peer, runs[each.name].cpu_us, runs[peer.name].cpu_us)
        for each in mine
        for peer in theirs
    ]


def cpu_figure(mine: Contender, peer: Contender, ours: float, its: float) -> Figure:
    what = f"CPU us for an event of 1 kB, {mine.clients:,} clients, {mine.name}"
    name = f"{peer.name}, {peer.clients:,} clients"
    if peer.name == peers.FLOOR:
        return at_most(what, ours, its, name, ours / its, 1.25)
    goal = 3.5 if peer.name == peers.SSE_STARLETTE else 1
    return at_least(what, ours, its, name, its / ours, goal)


def crowd_figures(
    mine: list[Contender], theirs: list[Contender], rounds: int, seconds: float
) -> list[Figure]:
    """How late an event is with 10,000 clients on one core."""
    able = [each for each in theirs if each.clients >= CLIENTS]
    late = in_turn([*mine, *able], rounds, seconds, MANY)
    return [
        crowd_figure(each, able[-1], late[each.name].p99, late[able[-1].name].p99)
        for each in mine
    ]


def crowd_figure(mine: Contender, peer: Contender, ours: float, its: float) -> Figure:
    what = f"p99 ms at {MANY:,} clients, {mine.name}"
    return at_most(what, ours, its, peer.name, ours / its, 1.5)


def distinct_figures(
    dsn: str, kinds: list[str], rounds: int, seconds: float
) -> list[Figure]:
    return [distinct_figure(dsn, kind, rounds, seconds) for kind in kinds]


def distinct_figure(dsn: str, kind: str, rounds: int, seconds: float) -> Figure:
    make = {"raw": subscriptions.distinct_raw, "panel": subscriptions.distinct_panels}
    many, strikes = make[kind](DISTINCT), STRIKES[kind]
    alike = contender(f"1 subscription, {kind}", dsn, many[:1], strikes=strikes)
    name = f"{DISTINCT:,} subscriptions, {kind}"
    distinct = contender(name, dsn, many, strikes=strikes)
    runs = in_turn([alike, distinct], rounds, seconds)
    ours, its = runs[distinct.name].core, runs[alike.name].core
    what = f"share of a core, {CLIENTS:,} clients, {name}"
    return at_most(what, ours, its, "ourselves with 1", ours / its, 4)
