"""Whatever bytes come, the answer is data or one sentence in our form; nothing fails."""

import asyncio
import contextlib
import json
import logging
import random
import sys
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import psycopg
import pytest

from tests.api.conftest import KEY, Client
from tests.support.api_process import connected
from tests.support.frozen import address_of
from tests.support.live_market import EXPIRIES, open_store, quote, refresh
from tests.support.parameters import PARAMETERS

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PATIENCE = 60
SEED = 10
METHODS = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND",
    "get", "G\x00T", "GETGETGETGETGETGETGETGETGET", "M-SEARCH", "\u00c9", "",
]  # fmt: skip
PATHS = [
    "/", "*", "", "//", "/fo", "/fo/metrics", "/fo/metrics/", "/fo/metrics/%00",
    "/fo/metrics/%ED%A0%80", "/fo/metrics/%FF", "/fo/metrics/a%2Fb", "/fo/metrics/%zz",
    "/fo/metrics/..%2f..%2fhealth", "/fo/metrics/pg_sleep", "/fo/metrics/%",
    "/fo/metrics/" + "x" * 5000, "/session", "/health", "/live", "/ready", "/static",
    "/static/", "/static/pgstrike.js", "/static/%00", "/static/..%2f..%2f..%2fetc%2fpasswd",
    "/static/../app.py", "/static/%ff", "/static/" + "y" * 3000, "/static/.%00.",
    "http://other/fo/metrics", "/%u1234", "/\x7f", "/fo/metrics/\u00e9", "/fo/metrics?",
    "/fo/metrics#x", "/fo/stream;x=1", "//fo//metrics",
]  # fmt: skip
NAMES = [
    "symbol", "timeframe", "expiry", "indicator", "strikes", "fields", "interval", "topic",
    "after", "from", "to", "at", "over", "p_at", "expiries", "levels", "strike", "limit",
    "key", "", "%00", "%ED%A0%80", "a" * 300, "symbol[]", "\u00e9",
]  # fmt: skip
VALUES = [
    "NIFTY", str(EXPIRIES[0]), "front", "live", "5min", "oi", "atm:5", "chain", "0", "200",
    "2025-08-29T03:46:00Z", "2025-01-01T00:00:00%2B99:00", "2025-01-01T00:00:00-99:59",
    "2025-01-01T00:00:00%2B24:00", "2025-01-01T00:00:00%2B15:59:59.999999",
    "294276-12-31T23:59:59Z", "294277-01-01T00:00:00Z", "0000-01-01", "0000-01-01T00:00:00Z",
    "-0001-01-01", "4713-01-01%20BC", "4714-01-01%20BC", "5874897-12-31", "5874898-01-01",
    "infinity", "-infinity", "epoch", "now", "today", "allballs", "24:00:00", "2025-02-30",
    "2025-08-29T03:46:60Z", "9999-12-31T23:59:59.9999999%2B14:00", "NaN", "-0", "1e308",
    "1e309", "-1e400", "9" * 40, "0x10", "1_000", "\u0661\u0662", "%EF%BC%91", "%00", "%2500",
    "%ED%A0%80", "%FF%FE", "%C0%AF", "%", "%zz", "%u0041", "%F0%9F%98%80", "%E2%80%AE", "+",
    "%0d%0aX-Injected:%201", "'", "\"", "\\", "{}", "{NULL}", "{{1,2},{3,4}}", "[1,2]", "{1,2",
    "(1,2)", "178956970%20years", "-178956971%20years", "1e20%20seconds", "P1Y",
    "1%20fortnight", "x" * 7000, "true", "null", "$1", "%25s", "a:1",
    "x:99999999999999999999", ":", "0:0", "00000000-0000-0000-0000-000000000000:1", "1..2",
    "0.00001..1", "999999999..1000000000",
]  # fmt: skip
HEADERS = [
    ("Last-Event-ID", ["x:1", ":", "\u00e9:1", "x" * 3000, "a:99999999999999999999", "\t"]),
    ("If-None-Match", ["*", '"', '"a", "b', "W/", 'W/"\u00e9"', ",,,,", '"' * 500, "x" * 7000]),
    ("Accept-Encoding", ["*", "gzip;q=nan", "gzip;q=1e999", ";;;,,,q=", "zstd;q=-1", "\u00e9"]),
    ("Authorization", ["Bearer", "Bearer \u00e9", "Bearer \xff\xfe", "Basic eA==", "x" * 7000,
                       "Bearer " + "k" * 6000, "bearer x", "Bearer  ", "Bearer a b"]),
    ("Cookie", ["pgstrike=", "pgstrike=a|1|b", "pgstrike=\u00e9|9999999999|" + "0" * 64, ";;;=",
                "pgstrike=*|99999999999|" + "0" * 64, "=" * 3000, 'pgstrike="\\', "a" * 7000]),
    ("Range", ["bytes=", "bytes=0-", "bytes=9-1", "bytes=-0", "x", "bytes=99999999999-"]),
    ("If-Modified-Since", ["x", "Thu, 99 Foo 99999 99:99:99 GMT", "\u00e9"]),
    ("If-Range", ["x", '"y"', "Thu, 01 Jan 1970 00:00:00 GMT"]),
    ("If-Match", ['"x"', "*", "W/"]),
    ("If-Unmodified-Since", ["Thu, 01 Jan 1970 00:00:00 GMT", "x"]),
    ("X-Forwarded-For", ["1.2.3.4", "x", "::1", "," * 200, "\u00e9"]),
    ("X-Forwarded-Proto", ["https, http", "x", "\u00e9"]),
    ("Host", ["", "\u00e9", "a b", "[", "x:99999", "x" * 300]),
    ("Origin", ["null", "\u00e9"]),
    ("Expect", ["100-continue", "x", ""]),
    ("Upgrade", ["websocket", "h2c", ""]),
    ("Connection", ["upgrade", "close", "keep-alive", "x,y,,"]),
    ("Transfer-Encoding", ["chunked", "gzip, chunked", "x", "chunked, chunked"]),
    ("Content-Length", ["0", "5", "-1", "99999999999999999999", "x", "5, 5", ""]),
    ("Content-Encoding", ["gzip", "deflate", "br", "x"]),
    ("Content-Type", ["application/json", "multipart/form-data", "x/\u00e9", ";"]),
    ("Sec-WebSocket-Key", ["x"]),
    ("X", ["x" * 8300, "x" * 65536, "a\x00b", "a\x7fb", "\xff", "\r\n folded", "\x01"]),
    ("X\u00e9", ["1"]), ("", ["1"]), ("X Y", ["1"]),
]  # fmt: skip
LINES = [
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/2.0",
    "HTTP/9.9",
    "http/1.1",
    "HTTP/1.1 ",
    "",
    "X",
]
BODIES = [
    b"", b"hello", b"{}", b"5\r\nhello\r\n0\r\n\r\n", b"zz\r\n", b"\x1f\x8b\0\0", b"x" * 9000,
]  # fmt: skip
# What a static file or a condition of HTTP itself is answered with has no body.
BARE = {304, 412, 416}


class Call(NamedTuple):
    """A request, as it is sent."""

    method: str
    head: bytes
    body: bytes


Routes = dict[str, list[str]]  # each path with its parameters


def some_call(chosen: random.Random, routes: Routes) -> Call:
    method, path, names = "GET", chosen.choice([*routes]), NAMES
    if chosen.random() < 0.7:
        names = routes[path]
    else:
        method, path = chosen.choice(METHODS), chosen.choice([*routes, *PATHS])
    names = chosen.choices(names, k=chosen.choice([0, 1, 1, 2, 2, 3, 4]))
    sent = [(name, some_value(chosen)) for name in names]
    if chosen.random() < 0.8:
        sent.append(("symbol", "NIFTY"))
    query = "&".join(f"{name}={value}" for name, value in sent)
    line = "HTTP/1.1" if chosen.random() < 0.95 else chosen.choice(LINES)
    lines = [f"{method} {path}{'?' * bool(query)}{query} {line}", "Host: here"]
    if chosen.random() < 0.9:
        lines.append(f"Authorization: Bearer {KEY}")
    for name, values in chosen.sample(HEADERS, k=chosen.choice([0, 0, 0, 1, 1, 2, 5])):
        lines.append(f"{name}: {chosen.choice(values)}")
    body = chosen.choice(BODIES) if chosen.random() < 0.2 else b""
    if body and chosen.random() < 0.7:
        lines.append(f"Content-Length: {len(body)}")
    coding = chosen.choice(["utf-8", "latin-1"])
    head = "\r\n".join(lines).encode(coding, "replace") + b"\r\n\r\n"
    return Call(method, head, body)


def some_value(chosen: random.Random) -> str:
    """One of the list, or any bytes."""
    if chosen.random() < 0.8:
        return chosen.choice(VALUES)
    return "".join(f"%{byte:02x}" for byte in chosen.randbytes(chosen.randint(1, 8)))


@pytest.fixture
def routes(connection: psycopg.Connection) -> Routes:
    """What there is, on a small market."""
    store = open_store(connection)
    quote(store, 0)
    refresh(connection)
    metrics = connection.execute(
        "SELECT metric, array_agg(parameter::text ORDER BY parameter)"
        " FROM ops.metric_parameter GROUP BY metric ORDER BY metric"
    )
    found = {f"/fo/{name}": names for name, names in PARAMETERS.items()}
    return found | {f"/fo/metrics/{metric}": names for metric, names in metrics}


async def test_any_bytes_are_answered_in_words(
    client: Client,
    routes: Routes,
    times: Callable[[int, int], int],
    measured: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    count, chosen = times(500, 10_000), random.Random(SEED)
    statuses: Counter[int] = Counter()
    problems: list[str] = []
    for number in range(count):
        call = some_call(chosen, routes)
        status, problem = judged(call, await answer_to(client, call))
        statuses[status] += 1
        if problem:
            problems.append(f"{number}: {problem} for {call!r:.900}")
    measured(
        f"fuzz: {count} calls, {dict(sorted(statuses.items()))}, {len(problems)} failed"
    )
    assert not problems, "\n".join(problems[:20])
    assert statuses[200] > count / 50
    assert [
        record for record in caplog.records if record.levelno >= logging.ERROR
    ] == []
    assert [record for record in caplog.records if record.exc_info] == []


async def answer_to(client: Client, call: Call) -> bytes:
    """What comes until the first answer is whole, or the connection ends."""
    url = address_of(client)
    async with connected(str(url.host), url.port or 0, call.head + call.body) as wire:
        got = b""
        with contextlib.suppress(ConnectionResetError, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not is_whole(got, call.method):
                    chunk = await wire.reader.read(65536)
                    if not chunk:
                        break
                    got += chunk
        return got


def is_whole(got: bytes, method: str) -> bool:
    head, ended, body = got.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        return is_whole(body, method)
    if not ended:
        return False
    has_body = head.split(b" ")[1] not in (b"204", b"304") and method != "HEAD"
    if b"text/event-stream" in head or not has_body:
        return True
    length = length_of(head)
    return length is not None and len(body) >= length


def length_of(head: bytes) -> int | None:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return None


def plain(head: bytes, body: bytes) -> bytes:
    """The body without zstd, which is what a client that takes anything is sent."""
    is_packed = b"content-encoding: zstd" in head.lower()
    return zstd.decompress(body) if is_packed else body


def judged(call: Call, got: bytes) -> tuple[int, str]:
    """The status, and what is wrong with the answer."""
    if not got:
        return 0, "no answer"
    head, _, body = got.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        return judged(call, body)
    try:
        status = int(head.split(b" ")[1])
    except (IndexError, ValueError):
        return 0, f"no answer of HTTP: {got[:200]!r}"
    if status < 400 or status in BARE or call.method == "HEAD":
        return status, "" if status < 500 else f"{status}"
    if status >= 500:
        return status, f"{status} {body[:300]!r}"
    try:
        error = json.loads(plain(head, body))["error"]
        return status, "" if error["code"] and error["message"] else "no words"
    except (ValueError, KeyError, TypeError):
        return status, f"not in our form: {body[:300]!r}"


@pytest.mark.one_engine
async def test_refused_head_is_answered_once(client: Client) -> None:
    """Also where more of it is read after the refusal."""
    url = address_of(client)
    head = b"GET /live HTTP/1.1\r\nHost: here\r\nX\xc3\xa9: 1\r\nX: " + b"x" * 65_536
    answers = []
    for _ in range(20):
        async with connected(str(url.host), url.port or 0, head) as wire:
            got = b""
            with contextlib.suppress(ConnectionResetError):
                while chunk := await wire.reader.read(65536):
                    got += chunk
        answers.append(got.count(b"HTTP/1.1 "))
    assert max(answers) == 1, answers
