"""jobs.live.feeds.kite: what it subscribes, what it yields, and what it says when refused."""

import json
import logging
from collections.abc import Sequence
from contextlib import aclosing
from datetime import date

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.times import SECOND, calendar_day
from pgstrike.jobs.live.feeds.kite import kite
from pgstrike.jobs.live.plugin import Asked, Contract, Frame, RefusedError, Updates
from tests.support.feeds import utc
from tests.support.kite_messages import Tick, full_packet, index_packet, message
from tests.support.kite_script import (
    CANDLES,
    LIST,
    LTP,
    NIFTY,
    SECRETS,
    dump,
    token,
    wire_of,
)
from tests.support.scripted_wire import NOW, ScriptedWire


def asked(*symbols: str, secrets: dict[str, str] = SECRETS, **options: str) -> Asked:
    return Asked("kite", symbols or ("NIFTY",), options, secrets.__getitem__)


def frame(data: bytes, seconds: float = 1) -> Frame:
    return Frame(NOW + int(seconds * SECOND), data)


async def read_all(wire: ScriptedWire, of: Asked) -> list[Updates]:
    feed = kite(of)
    contracts = await feed.contracts(wire)
    return [each async for each in feed.updates(wire, contracts)]


def ladder(contracts: Sequence[Contract]) -> dict[str, set[float | None]]:
    found: dict[str, set[float | None]] = {}
    for each in contracts:
        if each.expiry is not None:
            day = calendar_day(each.expiry).isoformat()
            found.setdefault(day, set()).add(each.strike)
    return found


async def test_underlying_and_strikes_near_the_money_are_listed() -> None:
    contracts = await kite(asked(expiries="2", strikes="atm:1")).contracts(wire_of())
    assert contracts[0] == Contract(str(NIFTY), "NIFTY", "underlying")
    near = {24550, 24600, 24650}
    assert ladder(contracts) == {"2025-09-02": near, "2025-09-09": near}
    assert len(contracts) == 1 + 2 * 3 * 2
    first = contracts[1]
    assert (first.leg, first.lot, first.unit) == ("call", 75, 1)
    assert int(first.key) & 0xFF == 2


async def test_all_strikes_need_no_price() -> None:
    wire = wire_of()
    wire.answers[LTP] = b'{"data": {}}'
    contracts = await kite(asked(strikes="all", expiries="9")).contracts(wire)
    assert [len(strikes) for strikes in ladder(contracts).values()] == [9, 9, 9]
    with pytest.raises(FeedError, match=r"price of NIFTY is not known.*strikes=all"):
        await kite(asked()).contracts(wire)


async def test_expiry_of_today_counts_and_that_of_yesterday_does_not() -> None:
    wire = wire_of(dumped=dump(["2025-08-28", "2025-08-29", "2025-09-02"]))
    contracts = await kite(asked(expiries="1")).contracts(wire)
    assert [*ladder(contracts)] == ["2025-08-29"]


async def test_list_is_fetched_once_a_day() -> None:
    wire = wire_of()

    async def lists_fetched(now: str) -> int:
        wire.now, before = utc(now), len(wire.asked)
        await kite(asked()).contracts(wire)
        return sum(request.url == LIST for request in wire.asked[before:])

    assert await lists_fetched("2025-08-29T02:00:00") == 1  # 07:30 in India
    assert await lists_fetched("2025-08-29T02:59:59") == 0
    assert await lists_fetched("2025-08-29T03:00:00") == 1  # 08:30: the new one is out
    assert await lists_fetched("2025-08-30T02:59:59") == 0
    assert await lists_fetched("2025-08-29T02:30:00") == 1  # a replay of another time


async def test_ticks_come_as_updates_of_the_contracts() -> None:
    ticks = [index_packet(Tick(NIFTY, ltp=2_461_500)), full_packet(Tick(token(1)))]
    wire = wire_of([frame(b"\0"), frame(message(ticks), 2)])
    [updates] = await read_all(wire, asked(strikes="all"))
    assert updates.read_at == NOW + 2 * SECOND
    assert updates.rows["contract"].tolist() == [0, 1]
    assert updates.rows["ltp"].tolist() == [24615.0, 95.1]
    assert not updates.rejects
    [socket] = wire.opened
    sent = [json.loads(text) for text in socket.sent]
    tokens = [NIFTY, *map(token, range(1, 37))]
    assert sent == [
        {"a": "subscribe", "v": tokens},
        {"a": "mode", "v": ["full", tokens]},
    ]
    assert wire.closed == 1


async def test_secrets_are_in_no_address() -> None:
    wire = wire_of([])
    await read_all(wire, asked())
    login = {"api_key": "the-key", "access_token": "the-token"}
    assert wire.asked[-1][:3] == ("wss://ws.kite.trade", login, {})
    for request in wire.asked:
        assert "the-key" not in request.url and "the-token" not in request.url
    assert wire.asked[0].headers["Authorization"] == "token the-key:the-token"


async def test_token_is_read_anew_at_each_connection() -> None:
    secrets = dict(SECRETS)
    feed, wire = kite(asked(secrets=secrets)), wire_of([], [])
    for value in ("one", "two"):
        secrets["KITE_ACCESS_TOKEN"] = value
        contracts = await feed.contracts(wire)
        _ = [each async for each in feed.updates(wire, contracts)]
        assert wire.asked[-1].params["access_token"] == value


@pytest.mark.parametrize("place", [LTP, LIST, "socket"])
async def test_refusal_says_how_to_renew_the_token(place: str) -> None:
    refusal = RefusedError("api.kite.trade answers 403")
    wire = wire_of(refusal if place == "socket" else [])
    if place != "socket":
        wire.answers[place] = refusal
    with pytest.raises(
        RefusedError, match=r"403\. .*06:00 IST.*KITE_ACCESS_TOKEN_FILE"
    ):
        await read_all(wire, asked())


async def test_more_than_3000_tokens_take_another_socket() -> None:
    dumped = dump(strikes=range(20000, 38000, 10))
    wire = wire_of([], [], [], dumped=dumped)
    await read_all(wire, asked(strikes="all", expiries="2"))
    counts = [len(json.loads(socket.sent[0])["v"]) for socket in wire.opened]
    assert counts == [3000, 3000, 1201]
    assert wire.closed == 3
    with pytest.raises(FeedError, match=r"10,801 contracts are chosen.*allows 9,000"):
        await kite(asked(strikes="all", expiries="3")).contracts(wire)


async def test_sockets_are_read_side_by_side_and_end_together() -> None:
    dumped = dump(["2025-09-02"], range(20000, 38000, 10))
    ticks = [message([full_packet(Tick(token(n)))]) for n in (1, 3500)]
    wire = wire_of(
        [frame(ticks[0])], [frame(ticks[1]), OSError("broken")], dumped=dumped
    )
    feed = kite(asked(strikes="all"))
    contracts = await feed.contracts(wire)
    found: list[int] = []
    async with aclosing(feed.updates(wire, contracts)) as updates:
        try:
            async for each in updates:
                found += each.rows["contract"].tolist()
        except OSError as error:
            assert str(error) == "broken"
    assert {*found} <= {1, 3500} and 1 in found
    assert wire.closed == 2


async def test_text_is_passed_over_and_an_error_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    texts = [
        b'{"type": "order", "data": {"id": "A1"}}',
        b'{"type": "error", "data": "Bad the-token!"}',
    ]
    wire = wire_of([*map(frame, texts), frame(b"{broken")])
    with caplog.at_level(logging.WARNING):
        assert await read_all(wire, asked()) == []
    assert [each.getMessage() for each in caplog.records] == [
        "Kite says: 'Bad ...!'",
        "Kite says: '{broken'",
    ]


async def test_connection_ends_when_the_next_list_is_out() -> None:
    tick = message([full_packet(Tick(token(1)))])
    wire = wire_of([frame(tick), frame(tick, 86_400), frame(tick, 86_401)])
    feed, found = kite(asked(strikes="all")), list[int]()
    contracts = await feed.contracts(wire)
    with pytest.raises(FeedError, match="list of instruments is out; connecting anew"):
        async for each in feed.updates(wire, contracts):
            found += [each.read_at]
    assert found == [NOW + SECOND, NOW + 86_400 * SECOND]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"strike": "all"}, "no option strike; it has lot, expiries, strikes"),
        ({"expiries": "0"}, "expiries is '0'"),
        ({"expiries": "x"}, "expiries is 'x'"),
        ({"strikes": "30"}, "strikes is '30'; give all, or atm:30"),
    ],
)
def test_option_that_cannot_be_used_is_refused(
    options: dict[str, str], says: str
) -> None:
    with pytest.raises(FeedError, match=says):
        kite(asked(**options))


@pytest.mark.parametrize(
    ("place", "body", "says"),
    [
        (LTP, b"<html>", "Kite's answer has no data: b'<html>'"),
        (LTP, b'{"data": []}', "Kite's answer has no data"),
        (LIST, b"<html>", "no list of instruments"),
        (LIST, dump(symbol="BANKNIFTY"), "no options of NIFTY in today's list"),
        (LIST, b"\x1f\x8b cut", "a list that is cut short"),
    ],
)
async def test_answer_that_is_none_is_an_error(
    place: str, body: bytes, says: str
) -> None:
    wire = wire_of()
    wire.answers[place] = body
    with pytest.raises(FeedError, match=says):
        await kite(asked()).contracts(wire)


async def test_candles_are_asked_for_with_oi_and_the_token_in_a_header() -> None:
    wire = wire_of()
    candle = ["2025-08-28T09:15:00+0530", 1, 2, 0.5, 95.1, 75, 1500]
    wire.answers[CANDLES] = json.dumps({"data": {"candles": [candle]}}).encode()
    first, last = date(2025, 8, 1), date(2025, 8, 28)
    [found] = await kite(asked()).candles(wire, "7", first, last, last)
    assert (found["close"], found["volume"], found["oi"]) == (95.1, 75, 1500)
    [request] = wire.asked
    assert request.url == f"{CANDLES}/7/minute"
    assert request.params == {
        "from": "2025-08-01 00:00:00",
        "to": "2025-08-28 23:59:59",
        "oi": "1",
    }
    assert request.headers["Authorization"] == "token the-key:the-token"


async def test_candles_that_are_refused_say_how_to_renew_the_token() -> None:
    wire, day = wire_of(), date(2025, 8, 28)
    wire.answers[CANDLES] = RefusedError("api.kite.trade answers 403")
    with pytest.raises(RefusedError, match="06:00 IST"):
        await kite(asked()).candles(wire, "7", day, day, day)
