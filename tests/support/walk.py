"""All of REST and the stream, asked for by one key; with each path the topics that it is of."""

import asyncio
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import aiohttp

from tests.api.conftest import KEY
from tests.support.hidden_market import HIDDEN, OWN
from tests.support.quote_market import EXPIRY
from tests.support.topics import TOPICS

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


class Answer(NamedTuple):
    """What came back, headers and all; `needs` are the topics of what was asked for."""

    path: str
    symbol: str | None
    needs: frozenset[str]
    status: int
    text: str


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
