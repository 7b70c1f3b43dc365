"""Each kind of key walks all of REST and the stream, and gets its symbols and topics only."""

import asyncio
import contextlib
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

import aiohttp
import psycopg
import pytest

from pgstrike.api.http_server import serving
from tests.api.conftest import KEY, settings
from tests.conftest import NUMBERS, Cluster
from tests.support.engines import clone
from tests.support.grants import add_key
from tests.support.hidden_market import FIGURE, HIDDEN, OWN, build, secrets
from tests.support.quote_market import EXPIRY
from tests.support.topics import TOPICS

Measured = Callable[[str], None]
NOWHERE = "NOSUCHONE"  # as long as the hidden one, for Content-Length
SYMBOLS = (OWN, HIDDEN, NOWHERE)
# The metrics that are read of fo.expiry_metrics; all other data are of topic chain.
OF_METRICS = {
    "expiry_series",
    "exposure_series",
    "max_pain_series",
    "move_series",
    "straddle_series",
}
OF_PREDICTIONS = {"calibration", "predictions"}
OF_BOTH = {"features", "iv_rank", "realised_volatility"}
# What metrics can be told, and what makes them say what is known.
WORDS = {
    "indicator": "pcr_oi",
    "expiry": EXPIRY.isoformat(),
    "strike": "24600",
    "at": "2025-08-29T04:32:00Z",
}
UNKNOWN = {"indicator": "x", "expiry": "2031-01-01", "timeframe": "x", "strike": "1"}
NAMED = (
    "chain?symbol={}",
    "chain?symbol={}&timeframe=5min&expiry=front",
    "expiries?symbol={}",
    "bars?symbol={}&timeframe=1min&fill=true",
    "signals?symbol={}&strikes=atm:2",
    "bars?symbol={}&expiry=front&strike=24600",
    "metrics/chain?symbol={}&expiry=front",
    "strike-distribution?symbol={}&expiry=front&indicator=oi,iv",
    "metrics/market?symbol={}",
    "events?symbol={}&topic=chain",
)
CHANGING = re.compile(r'"(?:until|probe_age_seconds)":[^,}]*|retry: \d+')


class Shape(NamedTuple):
    """A kind of key, and what it may see."""

    rights: dict[str, Any] | None  # None: the key of the settings
    symbols: frozenset[str]
    topics: frozenset[str]


def shape(
    rights: dict[str, Any] | None, symbols: str = "", topics: str = " ".join(TOPICS)
) -> Shape:
    return Shape(rights, frozenset(symbols.split()), frozenset(topics.split()))


SHAPES = {
    "the owner": shape(None, f"{OWN} {HIDDEN}"),
    "admin": shape({"is_admin": True}, f"{OWN} {HIDDEN}"),
    "admin of one": shape({"is_admin": True, "symbols": [OWN]}, OWN),
    "all": shape({}, f"{OWN} {HIDDEN}"),
    "one symbol": shape({"symbols": [OWN]}, OWN),
    "chain": shape({"topics": ["chain"]}, f"{OWN} {HIDDEN}", "chain"),
    "metrics": shape({"topics": ["metrics"]}, f"{OWN} {HIDDEN}", "metrics"),
    "both": shape({"symbols": [OWN], "topics": ["chain"]}, OWN, "chain"),
    "no symbol": shape({"symbols": []}),
    "no topic": shape({"topics": []}, f"{OWN} {HIDDEN}", ""),
    "revoked": shape({"revoked_at": "2025-01-01"}, "", ""),
}

EACH_RUN = {"the owner", "admin of one", "one symbol", "chain", "no topic", "revoked"}


def marked(name: str) -> Any:
    return name if name in EACH_RUN else pytest.param(name, marks=pytest.mark.long)


class Answer(NamedTuple):
    """What came back, headers and all; `needs` are the topics of what was asked for."""

    path: str
    symbol: str | None
    needs: frozenset[str]
    status: int
    text: str


@pytest.fixture(scope="module")
def market(cluster: Cluster) -> Iterator[str]:
    with clone(cluster.server, cluster.template, f"test_{next(NUMBERS)}") as dsn:
        build(dsn, 1.5)
        with psycopg.connect(dsn) as owner:
            for number, (name, each) in enumerate(SHAPES.items()):
                if each.rights is not None:
                    add_key(owner, f"key{number}", sent_of(name), **each.rights)
        yield dsn


def sent_of(name: str) -> str:
    return KEY if SHAPES[name].rights is None else f"sent-by-{name.replace(' ', '-')}"


@contextlib.asynccontextmanager
async def walking(dsn: str, name: str) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {sent_of(name)}", "X-Request-Id": "one"}
    async with (
        serving(settings(heartbeat_seconds=0.1), dsn) as address,
        aiohttp.ClientSession(
            address, headers=headers, timeout=aiohttp.ClientTimeout(60)
        ) as session,
    ):
        yield session


async def ask(
    session: aiohttp.ClientSession,
    path: str,
    symbol: str | None = None,
    needs: frozenset[str] | set[str] = frozenset(),
    method: str = "GET",
) -> Answer:
    """The whole answer; of a stream, up to the second sign that it is silent."""
    async with session.request(method, path) as answer:
        text = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
        if answer.content_type == "text/event-stream":
            body = b""
            while body.count(b"heartbeat") < 2:
                body += await answer.content.readany()
            text += body.decode()
        else:
            text += await answer.text()
        return Answer(path, symbol, frozenset(needs), answer.status, text)


def rest_paths(known: list[dict[str, Any]]) -> Iterator[tuple[str, str, set[str]]]:
    """Every metric and other figure of REST: the least, and each word that is not known."""
    for symbol in SYMBOLS:
        for path in ("strike-distribution", "moneyness-series"):
            for more in ("", "&timeframe=5min", "&timeframe=x", "&expiry=2031-01-01"):
                yield f"/fo/{path}?symbol={symbol}{more}", symbol, {"chain"}
        for path in NAMED:
            yield f"/v1/{path.format(symbol)}", symbol, {"chain"}
        for each in known:
            metric, parameters = each["metric"], each["parameters"]
            optional = {word["name"]: word["optional"] for word in parameters}
            least = f"/fo/metrics/{metric}?symbol={symbol}" + "".join(
                f"&{name}={value}" for name, value in WORDS.items()
                if optional.get(name) is False
            )  # fmt: skip
            unknown = [
                f"{least}&{name}={value}" for name, value in UNKNOWN.items()
                if optional.get(name)
            ]  # fmt: skip
            for path in (least, *unknown):
                yield path, symbol, needs_of(metric)


def needs_of(metric: str) -> set[str]:
    if metric in OF_BOTH:
        return {"chain", "metrics"}
    if metric in OF_PREDICTIONS:
        return {"prediction"}
    return {"metrics"} if metric in OF_METRICS else {"chain"}


def stream_paths(after: str) -> Iterator[tuple[str, str | None, set[str]]]:
    """Streams of all, of each symbol and topic, panels, and where each resumes."""
    panels = ("", "&fields=oi", "&timeframe=5min", "&strikes=atm:2&topic=metrics")
    for resumed in ("", f"&after={after}"):
        yield f"/fo/stream?topic=ops{resumed}", None, {"ops"}
        yield f"/fo/stream?{resumed[1:]}", None, set()
        for topic in TOPICS:
            yield f"/fo/stream?topic={topic}{resumed}", None, {topic}
        for symbol, panel in product(SYMBOLS, panels):
            needs = {"chain"} if panel else set()
            needs |= {"metrics"} if "topic=metrics" in panel else set()
            yield f"/fo/stream?symbol={symbol}{panel}{resumed}", symbol, needs


async def fill_cache(session: aiohttp.ClientSession) -> list[dict[str, Any]]:
    """Have the owner ask for everything before the key does. Returns the metrics."""
    owners = {"Authorization": f"Bearer {KEY}"}
    async with session.get("/fo/metrics", headers=owners) as answer:
        known: list[dict[str, Any]] = (await answer.json())["metrics"]
    for path in ["/v1/bootstrap", *(each[0] for each in rest_paths(known))]:
        async with session.get(path, headers=owners) as answer:
            await answer.read()
    async with session.get("/v1/cache", headers=owners) as answer:
        assert (await answer.json())["count"] > len(known)
    return known


async def walk(session: aiohttp.ClientSession, after: str) -> list[Answer]:
    async with session.get(
        "/fo/metrics", headers={"Authorization": f"Bearer {KEY}"}
    ) as answer:
        known = (await answer.json())["metrics"]
    everywhere = [*rest_paths(known), *stream_paths(after)]
    others = [
        *(
            ("GET", path)
            for path in (
                "/fo/metrics",
                "/v1/bootstrap",
                "/v1/events",
                "/health",
                "/ready",
                "/live",
            )
        ),
        *(
            ("GET", path)
            for path in (
                "/metrics",
                "/api/performance-metrics",
                "/api/logs",
                "/v1/feeds",
                "/v1/cache",
            )
        ),
        *(
            ("GET", path)
            for path in ("/session", "/v1/events", "/x", "/fo/metrics/x?symbol=x")
        ),
        *((method, "/fo/metrics/pcr?symbol=NIFTY") for method in ("HEAD", "POST")),
        ("GET", "/fo/stream?symbol=x&topic=x"),
        ("GET", "/fo/stream?after=x"),
    ]
    room = asyncio.Semaphore(8)

    async def one(*arguments: Any, **named: Any) -> Answer:
        async with room:
            return await ask(session, *arguments, **named)

    return await asyncio.gather(
        *(one(*each) for each in everywhere),
        *(one(path, method=method) for method, path in others),
    )


@pytest.mark.parametrize("name", [marked(name) for name in SHAPES])
async def test_each_key_is_shown_its_own(
    market: str, name: str, measured: Measured, caplog: pytest.LogCaptureFixture
) -> None:
    may = SHAPES[name]
    with psycopg.connect(market) as owner:
        hidden = {
            figure
            for symbol in {OWN, HIDDEN} - may.symbols
            for figure in secrets(owner, symbol)
        }
        [installed] = owner.execute(
            "SELECT channel, cookie_secret, ops.epoch() FROM job.installation"
        )
    caplog.set_level(logging.INFO, "pgstrike.api")
    async with walking(market, name) as session:
        known = await fill_cache(session)
        answers = await walk(session, f"{installed[2]}:0")
        again = [await ask(session, *each) for each in rest_paths(known)]
    for answer in (*answers, *again):
        check_status(may, answer, is_known=name != "revoked")
        figures = set(FIGURE.findall(answer.text))
        assert not figures & hidden, answer.path
        check_topics(may, answer)
        for unseen in {OWN, HIDDEN} - may.symbols - {answer.symbol}:
            word = rf"\b{unseen}\b"
            assert not re.search(word, answer.text), (answer.path, answer.text)
    if HIDDEN not in may.symbols:
        expect_alike(answers)
        expect_alike(again)
    for kept in (*installed[:2], KEY, sent_of(name)):
        assert kept not in caplog.text
        assert not any(kept in answer.text for answer in answers)
    measured(f"grants: {len(answers)} answers as {name}, none showed another's")


def check_status(may: Shape, answer: Answer, *, is_known: bool) -> None:
    """What may be read is, and what may not is refused, with the reason of its kind."""
    if not is_known:
        assert answer.status in (401, 429) or answer.path in (
            "/health", "/ready", "/live"
        ), answer.path  # fmt: skip
    elif not answer.needs <= may.topics:
        refused = "unknown_symbol" if "/fo/stream" in answer.path else "none"
        assert answer.status == 403 or refused in answer.text, answer
    elif answer.symbol is not None and answer.symbol not in may.symbols:
        assert answer.status == 400, answer
    elif answer.symbol is not None and not any(
        f"{name}={value}" in answer.path for name, value in UNKNOWN.items()
    ):
        assert answer.status == 200, answer


def check_topics(may: Shape, answer: Answer) -> None:
    """Of events, those of the key's topics alone."""
    for line in answer.text.splitlines():
        if line.startswith("data: {"):
            event = json.loads(line.removeprefix("data: "))
            # A panel's own state is called its snapshot.
            topic = "chain" if "chains" in event else event.get("topic", "chain")
            assert topic in may.topics, answer.path


def expect_alike(answers: list[Answer]) -> None:
    """A symbol that is hidden is answered like one that there is not."""

    def as_of(symbol: str) -> dict[str, tuple[int, str]]:
        return {
            answer.path.replace(symbol, "S"): (
                answer.status,
                CHANGING.sub("", answer.text.replace(symbol, "S")).partition("Date:")[0]
                + answer.text.replace(symbol, "S").partition("\n\n")[2],
            )
            for answer in answers
            if answer.symbol == symbol
        }

    hidden, nowhere = as_of(HIDDEN), as_of(NOWHERE)
    assert hidden.keys() == nowhere.keys()
    for path, answer in hidden.items():
        # Of many wrong keys some are refused as too many, at whatever path that is.
        if 429 not in (answer[0], nowhere[path][0]):
            assert answer == nowhere[path], path
