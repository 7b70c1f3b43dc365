"""Massive's chains of US options: pages, figures in our units, and what is refused."""

import json
import logging
from typing import Any

import numpy as np
import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.files import FeedFile
from pgstrike.jobs.feed.times import days, instant
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.live.feeds.massive import SNAPSHOT, chain_of, massive
from pgstrike.jobs.quote import UNKNOWN
from tests.support.massive import NOW_NS, READ_AT, massive_option
from tests.support.scripted_wire import ScriptedWire, plain

NEXT_PAGE = "https://api.massive.com/v3/snapshot/options/AAPL?cursor=YXA9MQ"


def page(*rows: dict[str, Any], next_url: str | None = None) -> bytes:
    return json.dumps({"results": rows, "status": "OK", "next_url": next_url}).encode()


def chain(*rows: dict[str, Any]) -> np.ndarray[Any, Any]:
    return chain_of(rows, Facts("AAPL", None, READ_AT)).rows


async def test_pages_become_one_chain_and_the_key_is_in_a_header() -> None:
    answers = {
        SNAPSHOT + "AAPL": [page(massive_option(200, "call"), next_url=NEXT_PAGE)],
        NEXT_PAGE: [
            page(massive_option(200, "put", greeks=None), massive_option(210, "call"))
        ],
    }
    wire = ScriptedWire(answers, now=READ_AT, step=1)
    feed = massive(plain("massive", ["AAPL"]))
    batch = await anext(feed.updates(wire, ()))
    assert (feed.is_whole, feed.kinds) == (True, Kinds("session", "yesterday"))
    assert batch.kinds == Kinds("session", "yesterday", "american")
    assert batch.rows["strike"].tolist() == [200, 210]
    assert set(batch.rows["quote_time"].tolist()) == {READ_AT + 2}
    for request in wire.asked:
        assert request.headers == {"Authorization": "Bearer <MASSIVE_API_KEY>"}
        assert "MASSIVE" not in request.url + str(request.params)


def test_figures_are_in_our_units() -> None:
    [row] = chain(massive_option(200, "call"))
    assert (row["call_ltp"], row["call_bid"], row["call_ask"]) == (5.15, 5.0, 5.2)
    assert (row["call_oi"], row["call_volume"]) == (154_300, 1_200)
    assert (row["call_bid_qty"], row["call_ask_qty"]) == (300, 700)
    assert (row["call_iv"], row["call_delta"]) == (0.31, 0.5)
    assert (row["underlying"], row["exchange_time"]) == (201.5, READ_AT - 2_000_000)
    assert row["put_oi"] == UNKNOWN


def test_volume_of_an_earlier_day_is_not_that_of_this_session() -> None:
    day = {"close": 5.1, "volume": 12, "last_updated": NOW_NS - 86_400 * 10**9}
    [row] = chain(massive_option(200, "call", day=day))
    assert row["call_volume"] == UNKNOWN


def test_adjusted_contract_is_left_out() -> None:
    adjusted = massive_option(200, "call")
    adjusted["details"]["additional_underlyings"] = [{"underlying": "USD"}]
    assert len(chain(adjusted, massive_option(210, "put"))) == 1


def test_row_that_cannot_be_read_is_a_reject() -> None:
    wrong = massive_option(200, "call")
    wrong["details"]["strike_price"] = "two hundred"
    batch = chain_of([wrong, massive_option(210, "put")], Facts("AAPL", None, READ_AT))
    assert (len(batch.rows), len(batch.rejects)) == (1, 1)


async def test_only_one_root_is_taken_where_it_is_asked() -> None:
    weekly = massive_option(200, "call", open_interest=9)
    weekly["details"]["ticker"] = "O:SPXW261218C00200000"
    wire = ScriptedWire(
        {SNAPSHOT + "I%3ASPX": [page(massive_option(200, "call"), weekly)]}
    )
    feed = massive(plain("massive", ["SPX"], root="SPXW", indices="SPX"))
    batch = await anext(feed.updates(wire, ()))
    assert (batch.symbols, batch.rows["call_oi"].tolist()) == (("SPX",), [900])


def test_index_that_is_no_symbol_is_refused() -> None:
    with pytest.raises(FeedError, match="indices has NDX"):
        massive(plain("massive", ["SPX"], indices="SPX NDX"))


async def test_page_elsewhere_does_not_get_the_key() -> None:
    there = "https://api.massive.com.example/v3?cursor=1"
    wire = ScriptedWire(
        {SNAPSHOT + "AAPL": [page(massive_option(200, "call"), next_url=there)]}
    )
    with pytest.raises(FeedError, match="is not asked"):
        await anext(massive(plain("massive", ["AAPL"])).updates(wire, ()))
    assert len(wire.asked) == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"nothing", "not JSON"),
        (b'{"status": "ERROR", "error": "Unknown API Key"}', "Unknown API Key"),
        (b'{"results": []}', "no option of AAPL"),
    ],
)
async def test_answer_without_a_chain_is_told(data: bytes, said: str) -> None:
    wire = ScriptedWire({SNAPSHOT + "AAPL": [data]})
    with pytest.raises(FeedError, match=said):
        await anext(massive(plain("massive", ["AAPL"])).updates(wire, ()))


async def test_american_options_without_iv_are_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lacking = page(massive_option(200, "call", implied_volatility=None))
    wire = ScriptedWire({SNAPSHOT + "AAPL": [lacking] * 2})
    stream = massive(plain("massive", ["AAPL"], interval="5")).updates(wire, ())
    with caplog.at_level(logging.WARNING):
        await anext(stream)
        await anext(stream)
    assert [each.getMessage().split(".")[0] for each in caplog.records] == [
        "AAPL has American options"
    ]
    assert wire.slept == [5.0]


def test_body_is_read_from_a_file_too(tmp_path: Any) -> None:
    path = tmp_path / "aapl.json"
    path.write_bytes(page(massive_option(200, "call"), massive_option(200, "put")))
    feed = FeedFile(str(path), {}, Facts(None, None, READ_AT))
    [batch] = feed.batches()
    assert (batch.symbols, len(batch.rows)) == (("AAPL",), 1)
    assert batch.kinds == Kinds("session", "yesterday")
    assert batch.rows["expiry"][0] == days(
        instant(READ_AT).date().replace(2026, 12, 18)
    )


@pytest.mark.parametrize("options", [{"interval": "0"}, {"every": "5"}])
def test_option_that_cannot_be_used_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(FeedError, match="interval"):
        massive(plain("massive", ["AAPL"], **options))
