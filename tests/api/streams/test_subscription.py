"""api.streams.subscription: what is asked for, in one form for all who ask for the same."""

import pytest
from multidict import MultiDict
from yarl import URL

from pgstrike.api.access.rights import Rights
from pgstrike.api.chains.window import Around, Between
from pgstrike.api.errors import ApiError
from pgstrike.api.parameters import Sent
from pgstrike.api.streams.subscription import (
    PARAMETERS,
    Panel,
    Raw,
    Subscription,
    parse_subscription,
)

LIVE = ["strike", "moneyness_level", "call_oi", "call_iv", "put_oi", "put_iv"]
BAR = ["strike", "call_open", "put_open"]
LADDER = [*LIVE, "quote_time", "call_buildup", "put_buildup"]
COLUMNS = {"live": LIVE, "ladder": LADDER, "5min": BAR}


def parse(query: str, least: int = 0, rights: Rights | None = None) -> Subscription:
    sent = Sent(MultiDict(URL(f"/?{query}").query), PARAMETERS)
    return parse_subscription(
        sent, COLUMNS, least_interval_ms=least, rights=rights or Rights()
    )


def panel(query: str) -> Panel:
    found = parse(f"symbol=X&{query}")
    assert isinstance(found, Panel)
    return found


SAME = [
    ["topic=chain&topic=task&symbol=X", "symbol=X&topic=task&topic=chain&topic=task"],
    ["expiry=2025-09-02&expiry=2025-09-09", "expiry=2025-09-09&expiry=20250902"],
    [
        "symbol=X&symbol=Y&interval=200&fields=oi,iv",
        "symbol=Y&symbol=X&symbol=X&fields=put_iv,call_iv,call_oi,put_oi&timeframe=live",
        "symbol=Y&symbol=X&fields=iv&fields=oi&topic=chain",
    ],
    ["symbol=X&strikes=1..2", "symbol=X&strikes=1.0..2&interval=200"],
]


@pytest.mark.parametrize("queries", SAME)
def test_same_wish_is_one_subscription(queries: list[str]) -> None:
    assert len({parse(query) for query in queries}) == 1


@pytest.mark.parametrize(
    "queries",
    [
        ["symbol=X", "symbol=X&interval=0", "symbol=X&interval=200", "symbol=Y"],
        [
            "symbol=X&fields=iv",
            "symbol=X&fields=call_iv",
            "symbol=X&fields=iv&topic=task",
        ],
        ["symbol=X&strikes=atm:1", "symbol=X&strikes=1..1", "symbol=X&interval=200"],
    ],
)
def test_other_wishes_are_others(queries: list[str]) -> None:
    assert len({parse(query) for query in queries}) == len(queries)


def test_rights_are_part_of_it() -> None:
    """Two readers with different rights never share a feed."""
    few = Rights(symbols=frozenset({"X"}))
    assert parse("symbol=X", rights=few) != parse("symbol=X")
    assert parse("symbol=X&interval=0", rights=few) != parse("symbol=X&interval=0")


@pytest.mark.parametrize("query", ["", "topic=chain", "symbol=X&expiry=2025-09-02"])
def test_without_a_word_of_panels_it_is_raw(query: str) -> None:
    assert isinstance(parse(query), Raw)


def test_words_of_a_panel() -> None:
    found = panel("expiry=front&expiry=2025-09-02&strikes=atm:10&topic=task&interval=0")
    assert found.expiries == {"front", "2025-09-02"}
    assert found.window == Around(10)
    assert found.topics == {"task"}
    assert found.interval_ms == 0
    assert found.fields == tuple(LIVE[1:])
    assert panel("strikes=24000..25000.5").window == Between(24000, 25000.5)
    assert panel("timeframe=5min").fields == ("call_open", "put_open")
    assert panel("fields=strike").fields == ()


def test_figures_of_a_ladder_come_where_they_are_named() -> None:
    found = panel("fields=buildup,oi,forward")
    assert found.fields == ("call_oi", "put_oi", "call_buildup", "put_buildup")
    assert (found.head, found.market) == (("forward",), "ladder")
    assert panel("fields=oi,strike_gap").market == "live"
    assert panel("interval=0").head == ()
    assert panel("timeframe=5min&fields=strike_gap").head == ("strike_gap",)


def test_default_interval_is_within_the_setting() -> None:
    for least, expected in ((0, 200), (500, 500)):
        found = parse("symbol=X&fields=iv", least)
        assert isinstance(found, Panel) and found.interval_ms == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("fields=iv", "missing_parameter"),
        ("symbol=X&fields=iv,,oi", "unknown_field"),
        ("symbol=X&fields=call_", "unknown_field"),
        ("symbol=X&timeframe=1h", "unknown_timeframe"),
        ("symbol=X&timeframe=ladder", "unknown_timeframe"),
        ("symbol=X&timeframe=5min&fields=forward", "unknown_field"),
        ("symbol=X&timeframe=5min&fields=buildup", "unknown_field"),
        ("symbol=X&interval=-1", "bad_interval"),
        ("symbol=X&interval=1e3", "bad_interval"),
        ("symbol=X&interval=99999999999999999999", "bad_interval"),
        ("symbol=X&strikes=atm:x", "bad_strikes"),
        ("symbol=X&strikes=..1", "bad_strikes"),
        ("symbol=X&interval=0&topic=snapshot", "topic_taken"),
        ("symbol=X&interval=0&expiry=Front", "bad_expiry"),
        ("expiry=front", "bad_expiry"),
    ],
)
def test_what_cannot_be_is_refused(query: str, code: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse(query)
    assert refused.value.code == code
