"""Requests made from the api's own description: each is answered, and as described.

Values are of the market where the description names a format of ours; the rest is whatever the
schemas allow.
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import KEY, Serve
from tests.support.live_market import EXPIRIES, OPEN, open_store, quote, refresh

SEED = 14
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# What the market lacks, or what only SQL knows; each message names what there is.
OF_THE_MARKET = {
    "no_instant", "no_oi_growth", "no_volume_growth", "below_floor", "missing_parameter",
    "topic_taken", "bad_sessions", "bad_days", "bad_strikes", "bad_expiry", "bad_cursor",
}  # fmt: skip
PRINTABLE = st.text(min_size=1, max_size=20).filter(str.isprintable)
TIMES = st.datetimes(OPEN.replace(tzinfo=None)).map(lambda at: f"{at.isoformat()}Z")
FORMATS = {
    "symbol": st.sampled_from(["NIFTY", "NIFTY", "NIFTY", "BANKNIFTY"]) | PRINTABLE,
    "time-zone": st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York"]),
    "cursor": TIMES.map(lambda at: f"1@{at[:19]}.000000Z"),
    "date": st.sampled_from([str(expiry) for expiry in EXPIRIES]) | st.dates().map(str),
}


def is_refused_rightly(response: Any) -> bool:
    """Whether the refusal is of what the market has, and not of how it was asked."""
    error = response.json()["error"]
    assert error["hint"], error
    code = error["code"]
    return code.startswith("unknown_") or code in OF_THE_MARKET


def is_stream(operation: Any) -> bool:
    return bool(operation.path.endswith("/stream"))


def attack(address: str, cases: int) -> Counter[int]:
    """Send so many requests, over all paths that read; return how often each status came."""
    for name, strategy in FORMATS.items():
        schemathesis.openapi.format(name, strategy)
    document = requests.get(f"{address}/openapi.json", timeout=30).json()
    found = [
        each.ok()
        for each in schemathesis.openapi.from_dict(document).get_all_operations()
    ]
    read = [each for each in found if each.method == "get" and not is_stream(each)]
    statuses: Counter[int] = Counter()
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {KEY}"
        for number, operation in enumerate(read):
            share = cases // len(read) + (number < cases % len(read))
            if share:
                statuses += answered(operation, share, session, address)
    return statuses


def answered(
    operation: Any, cases: int, session: requests.Session, address: str
) -> Counter[int]:
    statuses: Counter[int] = Counter()

    @seed(SEED)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy())
    def sent(case: Any) -> None:
        response = case.call(base_url=address, session=session)
        statuses[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)
        if response.status_code == 400:
            assert is_refused_rightly(response), (case.path, case.query, response.text)

    sent()
    return statuses


@pytest.mark.one_engine
async def test_requests_of_the_description_are_answered(
    serve: Serve,
    connection: psycopg.Connection,
    times: Callable[[int, int], int],
    measured: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = open_store(connection)
    for minute in (0, 5, 10):
        quote(store, minute, seed=minute)
    refresh(connection)
    caplog.set_level(logging.ERROR)
    cases = times(150, 3000)
    async with serve() as client:
        statuses = await asyncio.to_thread(attack, client.address, cases)
    measured(f"{cases} requests of the description: {json.dumps(statuses)}")
    assert not caplog.records
    assert statuses[200] > statuses.total() / 4
