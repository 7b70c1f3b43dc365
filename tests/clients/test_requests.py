"""What the clients ask for: where the key goes, and how parameters are written."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from pgstrike_client import Answer, Client, RequestError, UnavailableError
from pgstrike_client.connection import PREFIX
from tests.support.client_reading import (
    KEY,
    Read,
    Wish,
    both_clients,
    needs_node,
    node,
    read_in_node,
)
from tests.support.misbehaving import Misbehaving, Reply, Send, answer, event

AT = datetime(2025, 8, 29, 3, 45, tzinfo=UTC)


def query(path: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(path).query, strict_parsing=True)


@both_clients
async def test_key_goes_into_a_header_and_into_no_url(read: Read) -> None:
    server = Misbehaving([Send(event(101, "b"))])
    async with server.running() as url:
        await read(url, Wish(count=2, with_snapshot=True))
    for asked in (*server.streams, *server.others):
        assert asked.headers["Authorization"] == f"Bearer {KEY}"
        assert KEY not in asked.path


@both_clients
async def test_key_does_not_follow_a_redirect_to_another_host(read: Read) -> None:
    other = Misbehaving([Send(event(1))])
    async with other.running() as elsewhere:
        moved = Reply(307, headers={"Location": f"{elsewhere}{PREFIX}/stream"})
        server = Misbehaving([moved])
        async with server.running() as url:
            await read(url, Wish())
    assert "Authorization" in server.streams[0].headers
    assert "Authorization" not in other.streams[0].headers


@needs_node
async def test_headers_and_cookies_are_sent_by_javascript() -> None:
    server = Misbehaving([Send(event(1))])
    own = {"Cookie": "pgstrike=one", "X-Desk": "two"}
    async with server.running() as url:
        await read_in_node(url, Wish(headers=own))
    [asked] = server.streams
    assert {name: asked.headers[name] for name in own} == own
    assert asked.headers["Cache-Control"] == "no-cache"


@needs_node
async def test_what_javascript_asks_fetch_for() -> None:
    host, bearer = "http://host/folder", {"Authorization": "Bearer k"}

    def call(name: str, *args: Any, **options: Any) -> dict[str, Any]:
        return {"url": host + "/", "options": options, "call": name, "args": args}

    chain = {"symbol": "M&M", "expiry": ["2025-09-02", "2025-09-09"], "strikes": None}
    asked = await node(
        "asked",
        [
            call("metric", "oi change", {"symbol": "NIFTY", "at": "2025+"}, key="k"),
            call("strikeDistribution", chain, credentials="include"),
            call("moneynessSeries", {"symbol": "NIFTY", "from": "1", "to": "2"}),
            call("metrics", headers={"X-Own": "1"}),
            call("signIn", "k"),
            call("signOut"),
        ],
    )
    assert [(each["method"], each["url"]) for each in asked] == [
        ("GET", f"{host}{PREFIX}/metrics/oi%20change?symbol=NIFTY&at=2025%2B"),
        (
            "GET",
            f"{host}{PREFIX}/strike-distribution"
            "?symbol=M%26M&expiry=2025-09-02&expiry=2025-09-09",
        ),
        ("GET", f"{host}{PREFIX}/moneyness-series?symbol=NIFTY&from=1&to=2"),
        ("GET", f"{host}{PREFIX}/metrics"),
        ("POST", f"{host}/session"),
        ("DELETE", f"{host}/session"),
    ]
    assert [each["headers"] for each in asked] == [
        *(bearer, {}, {}, {"X-Own": "1"}, bearer, {})
    ]
    same = "same-origin"
    assert [each["credentials"] for each in asked] == [same, "include", *[same] * 4]
    assert {each["cache"] for each in asked} == {"no-store"}


Call = Callable[[Client], Awaitable[Any]]


@pytest.mark.parametrize(
    ("call", "path", "words"),
    [
        (
            lambda client: client.metric(
                "oi_change",
                symbol="M&M",
                expiry=datetime(2025, 9, 2),
                at=AT,
                over=timedelta(minutes=15),
                flag=True,
                n=2,
                none=None,
            ),
            "/metrics/oi_change",
            [
                ("symbol", "M&M"),
                ("expiry", "2025-09-02"),
                ("at", "2025-08-29T03:45:00+00:00"),
                ("over", "900.000000 seconds"),
                ("flag", "true"),
                ("n", "2"),
            ],
        ),
        (
            lambda client: client.strike_distribution(
                "NIFTY", expiry=[date(2025, 9, 2), "2025-09-09"], strikes="atm:10"
            ),
            "/strike-distribution",
            [
                ("symbol", "NIFTY"),
                ("expiry", "2025-09-02"),
                ("expiry", "2025-09-09"),
                ("indicator", "oi"),
                ("strikes", "atm:10"),
                ("timeframe", "live"),
            ],
        ),
        (
            lambda client: client.moneyness_series("NIFTY", start=AT, end=AT),
            "/moneyness-series",
            [
                ("symbol", "NIFTY"),
                ("indicator", "oi"),
                ("timeframe", "5min"),
                ("from", "2025-08-29T03:45:00+00:00"),
                ("to", "2025-08-29T03:45:00+00:00"),
            ],
        ),
        (
            lambda client: client.metric("../stream?x", symbol="NIFTY"),
            "/metrics/..%2Fstream%3Fx",
            [("symbol", "NIFTY")],
        ),
    ],
)
async def test_what_python_asks_for(
    call: Call, path: str, words: list[tuple[str, str]]
) -> None:
    server = Misbehaving([], [answer("a:1")])
    async with server.running() as url, Client(url) as client:
        found = await call(client)
    assert isinstance(found, Answer)
    [asked] = server.others
    assert urlsplit(asked.path).path == PREFIX + path
    assert query(asked.path) == words


@pytest.mark.parametrize(
    ("panel", "words"),
    [
        (
            {
                "symbols": ["NIFTY", "BANKNIFTY"],
                "expiry": ["front", date(2025, 9, 9)],
                "strikes": "atm:10",
                "fields": ["ltp", "call_oi"],
                "interval": 0,
                "topic": "ops",
            },
            [
                ("symbol", "NIFTY"),
                ("symbol", "BANKNIFTY"),
                ("topic", "ops"),
                ("expiry", "front"),
                ("expiry", "2025-09-09"),
                ("strikes", "atm:10"),
                ("fields", "ltp,call_oi"),
                ("interval", "0"),
                ("timeframe", "live"),
            ],
        ),
        ({"symbols": "NIFTY"}, [("symbol", "NIFTY"), ("timeframe", "live")]),
    ],
)
async def test_what_a_panel_asks_for(
    panel: dict[str, Any], words: list[tuple[str, str]]
) -> None:
    server = Misbehaving([Reply(400, "no")])
    async with server.running() as url, Client(url) as client:
        with pytest.raises(RequestError):
            await anext(aiter(client.panel(**panel)))
    assert query(server.streams[0].path) == words


@pytest.mark.parametrize(
    "url",
    [
        "http://key@host",
        "http://user:key@host",
        "https://host/?key=x",
        "https://host/#key",
        "host:8765",
        "ws://host",
        "",
    ],
)
def test_url_that_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Client(url)


async def test_naive_time_is_refused() -> None:
    async with Client("http://127.0.0.1") as client:
        with pytest.raises(ValueError, match="no time zone"):
            await client.metric("chain", symbol="NIFTY", at=datetime(2025, 8, 29))


async def test_client_that_is_not_open_says_so() -> None:
    client = Client("http://127.0.0.1")
    with pytest.raises(RuntimeError, match="async with Client"):
        client.stream()
    with pytest.raises(RuntimeError, match="async with Client"):
        await client.metrics()


@pytest.mark.parametrize(
    ("reply", "code", "retry_after"),
    [
        (
            Reply(503, '{"error":{"code":"c","message":"m"}}', {"Retry-After": "7"}),
            "c",
            7,
        ),
        (Reply(502, "<html>"), "http_502", None),
        (Reply(500, '{"error":{"code":1}}'), "http_500", None),
        (Reply(200, "<html>"), "no_answer", None),
        (Reply(200, '{"metrics":7}'), "no_answer", None),
        (Reply(200, "[" * 100_000), "no_answer", None),
        (Reply(204), "no_answer", None),
    ],
)
async def test_answer_that_cannot_be_had_now_is_unavailable(
    reply: Reply, code: str, retry_after: float | None
) -> None:
    server = Misbehaving([], [reply, reply])
    async with server.running() as url, Client(url) as client:
        for call in (client.metric("chain", symbol="NIFTY"), client.metrics()):
            with pytest.raises(UnavailableError) as raised:
                await call
            error = raised.value
            assert (error.code, error.retry_after) == (code, retry_after)


async def test_server_that_is_away_is_unavailable() -> None:
    async with Misbehaving([]).running() as url:
        pass
    async with Client(url) as client:
        with pytest.raises(UnavailableError, match="connection was lost") as raised:
            await client.metrics()
    assert (raised.value.code, raised.value.status) == ("connection_lost", None)
