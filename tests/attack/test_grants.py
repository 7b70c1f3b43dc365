"""Each kind of key walks all of REST and the stream, and gets its symbols and topics only."""

import contextlib
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
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
from tests.support.topics import TOPICS
from tests.support.walk import (
    NOWHERE,
    UNKNOWN,
    Answer,
    ask,
    fill_cache,
    rest_paths,
    walk,
)

Measured = Callable[[str], None]
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

EACH_RUN = {"the owner", "one symbol", "chain", "no topic", "revoked"}


def marked(name: str) -> Any:
    return name if name in EACH_RUN else pytest.param(name, marks=pytest.mark.long)


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
