"""Delivery under a handful of the faults of `make soak`, and a verdict that can fail."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from pgstrike.db.embedded.server import Server
from pgstrike.db.install.render import Engine
from tests.conftest import ENGINES
from tests.soak.__main__ import SAFE
from tests.soak.faults import QUICK
from tests.soak.journal import Journal, PositionParser, Told
from tests.soak.plan import Plan
from tests.soak.report import line
from tests.soak.round import play
from tests.soak.topologies.plain import on
from tests.soak.verdict import Tally, judge, judge_log, judge_panel
from tests.soak.wishes import Logged, Wish
from tests.support.engines import WANTED, clone, make_server, make_template, running
from tests.support.sse_reader import Dispatched

pytestmark = pytest.mark.second_later

LOG = [
    Logged(id, topic, symbol, None, f'{{"id":{id}}}')
    for id, (topic, symbol) in enumerate(
        [("ops", None), ("chain", "NIFTY"), ("chain", "BANKNIFTY")] * 3, 1
    )
]
BY_ID = {event.id: event for event in LOG}
Change = Callable[[list[Told]], object]


@pytest.fixture(params=ENGINES)
def server(request: pytest.FixtureRequest) -> Iterator[tuple[Engine, Server]]:
    """A server that keeps what was committed when it crashes."""
    made = make_server(request.param, SAFE)
    if made is None:
        pytest.skip(f"engine {request.param} is not here: {WANTED}")
    with running(made):
        yield request.param, made


async def test_everything_is_delivered_once_and_in_order(
    server: tuple[Engine, Server], measured: Callable[[str], None]
) -> None:
    """With one fault of each kind; `python -m tests.soak` has the same seeds, and more."""
    engine, own = server
    plan = Plan(4, subscribers=20, mutations=100, one_of_each=True)
    with clone(own, make_template(own), "delivery") as dsn:
        async with on(plan, own, dsn) as topology:
            result = await play(plan, topology, engine)
    assert not result.tally, result.tally.words[0]
    assert result.faults == dict.fromkeys(QUICK, 1)
    measured(line(result))


def told(*ids: int) -> list[Told]:
    return [Told(id, BY_ID[id].topic, BY_ID[id].payload) for id in ids]


def verdict(told: Sequence[Told], wish: Wish, *, after: int = 0) -> Tally:
    journal = Journal()
    for each in (Told(after, "", ""), *told, Told(len(LOG), "", "")):
        journal.add(each)
    return judge(journal, BY_ID, {"e"}, wish.wants)


@pytest.mark.parametrize(
    ("wish", "ids"),
    [
        (Wish(), range(1, 10)),
        (Wish(topics=["chain"]), [2, 3, 5, 6, 8, 9]),
        (Wish(symbols=["NIFTY"]), [1, 2, 4, 5, 7, 8]),
    ],
)
def test_verdict_passes_what_is_right(wish: Wish, ids: Sequence[int]) -> None:
    assert not verdict(told(*ids), wish)


def tamper(told: list[Told]) -> None:
    told[4] = told[4]._replace(data=told[4].data.replace("5", "6"))


def swap(told: list[Told]) -> None:
    told[2], told[3] = told[3], told[2]


CHANGES: list[tuple[Change, str, str]] = [
    (lambda told: told.pop(3), "lost", "event 4 (ops) never came between 0 and 9"),
    (lambda told: told.insert(5, told[2]), "twice", "event 3 came twice"),
    (swap, "disordered", "event 3 came when the stream stood at 4"),
    (tamper, "wrong", "event 5 is ...'6}' and in fo.event ...'5}'"),
    (lambda told: told.append(Told(10, "ops", "{}")), "wrong",
     "event 10 is not in fo.event: {}"),
    (lambda told: told.insert(2, Told(7, "", "")), "disordered",
     "event 3 came when the stream stood at 7"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "kind", "words"), CHANGES)
def test_verdict_finds_what_is_wrong(change: Change, kind: str, words: str) -> None:
    given = told(*range(1, 10))
    change(given)
    tally = verdict(given, Wish())
    assert getattr(tally, kind) >= 1
    assert tally.words[0] == words


def test_verdict_finds_what_was_not_asked_for() -> None:
    tally = verdict(told(2, 3, 5, 8), Wish(symbols=["NIFTY"], topics=["chain"]))
    assert tally.words == ['event 3 was not asked for: {"id":3}']


def reset(after: int, reason: str = "too_slow") -> Dispatched:
    data = f'{{"reason":"{reason}","after":"e:{after}"}}'
    return Dispatched("reset", data, f"e:{after}")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (reset(6), None),
        (reset(5), "event 6 (chain) never came between 5 and 9"),
        (reset(2), "a reset says to go on after 2, and 3 was told"),
        (reset(6, "ahead"), "was reset (ahead), and there was no reason to"),
    ],
)
def test_gap_is_explained_by_its_reset(event: Dispatched, words: str | None) -> None:
    journal = Journal()
    for each in (Told(0, "", ""), *told(1, 2, 3)):
        journal.add(each)
    journal.note(event)
    for each in told(7, 8, 9):
        journal.add(each)
    tally = judge(journal, BY_ID, {"e"}, Wish().wants)
    assert words in tally.words if words else not tally


def test_other_epoch_is_found() -> None:
    journal = Journal()
    journal.note(Dispatched("ops", '{"id":1}', "f:1"))
    tally = judge(journal, BY_ID, {"e"}, Wish().wants)
    assert tally.words == ["was told of epoch f, and the log is of e"]


def test_panel_is_held_against_sql() -> None:
    key, row = ("NIFTY", "2025-09-02"), {"strike": 100.0, "call_oi": 1}
    right = {key: {100.0: row}}
    assert not judge_panel(right, right)
    wrong = judge_panel({key: {100.0: {**row, "call_oi": 2}}}, right)
    assert wrong.words == [
        "NIFTY 2025-09-02 100 is {'strike': 100.0, 'call_oi': 2} in the panel, "
        "and {'strike': 100.0, 'call_oi': 1} in SQL"
    ]
    assert judge_panel({}, right).words == ["only SQL has the chain NIFTY 2025-09-02"]
    assert judge_panel(right, {}).words == [
        "only the panel has the chain NIFTY 2025-09-02"
    ]


def test_log_is_held_against_what_was_committed() -> None:
    assert not judge_log(LOG, {"mutation 1": (2, 2), "mutation 2": (0, 0)})
    assert judge_log([*LOG[:3], *LOG[4:]], {}).words == [
        "event 4 is missing in fo.event"
    ]
    assert judge_log(LOG, {"mutation 1": (1, 2)}).lost == 1
    assert judge_log(LOG, {"mutation 2": (3, 0)}).twice == 1


def test_ids_without_data_are_noted_where_they_come() -> None:
    sent = b"id: e:1\n\nid: e:2\nevent: ops\ndata: a\ndata: b\n\n: beat\nid: e:4\n\n"
    expected = [("", "", "e:1"), ("ops", "a\nb", "e:2"), ("", "", "e:4")]
    for size in (1, 7, len(sent)):
        parser = PositionParser("")
        pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
        assert [e for piece in pieces for e in parser.feed(piece)] == expected


async def test_same_seed_plans_the_same() -> None:
    first, same, other = plans = [Plan(seed) for seed in (7, 7, 8)]
    drawn = [plan.draw_faults(plan.workers, {}) for plan in plans]
    assert drawn[0] == drawn[1] != drawn[2]
    assert first.draw_mutations() == same.draw_mutations() != other.draw_mutations()
    assert first.draw_wishes() == same.draw_wishes() != other.draw_wishes()
