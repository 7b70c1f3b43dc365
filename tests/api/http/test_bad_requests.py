"""Whatever a URL says, the answer is what was asked for, or one sentence; never a failure."""

import random
from urllib.parse import quote as quoted

import psycopg
import pytest

from tests.api.conftest import Client
from tests.support.live_market import EXPIRIES, open_store, quote, refresh
from tests.support.parameters import PARAMETERS

REQUESTS = 400
VALUES = [
    "NIFTY", str(EXPIRIES[0]), "front", "next", "live", "5min", "1d", "oi", "iv", "chain",
    "call_oi,put_oi", "metrics", "atm:10", "24400..24600", "0", "1", "200", "24500",
    "2025-08-29T03:46:00Z", "2025-08-29T03:46:00+16:00", "15 minutes", "{24500,24600}", "true",
    # None of which is sensible anywhere.
    "", " ", "-1", "1e400", "NaN", "infinity", "-infinity", "99999999999999999999",
    "0001-01-01", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-14:00",
    "1000000 years", "-1 day", "atm:9999", "atm:-1", "2..1", "{", "{NaN,NULL}", "x" * 3000,
    "'; DROP TABLE fo.event; --", "\x00", "\u202e", "\ud83d\ude00", "%", "[]", "null",
]  # fmt: skip


@pytest.fixture
def market(connection: psycopg.Connection) -> psycopg.Connection:
    store = open_store(connection)
    quote(store, 0)
    refresh(connection)
    return connection


async def test_any_url_is_answered_or_refused_in_words(
    client: Client, market: psycopg.Connection
) -> None:
    random.seed(7)
    names = PARAMETERS | {
        f"metrics/{metric}": list(dict.fromkeys(parameters))
        for metric, parameters in market.execute(
            "SELECT metric, array_agg(parameter::text) FROM ops.metric_parameter"
            " GROUP BY metric ORDER BY metric"
        )
    }
    answered = 0
    for _ in range(REQUESTS):
        route = random.choice(list(names))
        sent = [
            (name, random.choice(VALUES))
            for name in random.choices(names[route], k=random.randint(0, 4))
        ]
        sent += [("symbol", "NIFTY")] * (random.random() < 0.8)
        url = f"/fo/{route}?" + "&".join(f"{n}={encoded(v)}" for n, v in sent)
        async with client.session.get(url) as answer:
            if answer.status == 200:
                answered += 1
                continue
            assert 400 <= answer.status < 500, (url, await answer.text())
            error = (await answer.json())["error"]
            assert error["code"] and error["message"], url
    assert answered > REQUESTS / 10


def encoded(value: str) -> str:
    return quoted(value.encode("utf-8", "surrogatepass"))
