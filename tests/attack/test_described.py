"""Requests made from the api's own description: each is answered, and as described.

Values are of the market where the description names a format of ours; the rest is whatever the
schemas allow.
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    status_code_conformance,
)

from pgstrike.api.http.answers.market import STREAM
from pgstrike.api.http.routes import ROUTES
from tests.api.conftest import KEY, Serve
from tests.support.incoming import storing
from tests.support.live_market import EXPIRIES, OPEN, open_store, quote, refresh

SEED = 14
PATIENCE = 120
JSON = "application/json"
STREAMS = {row.path for row in ROUTES if row.answers is STREAM}  # they never end
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
]
# What the market lacks, or what only SQL knows; each message names what there is.
OF_THE_MARKET = {
    "no_instant", "no_oi_growth", "no_volume_growth", "below_floor", "missing_parameter",
    "topic_taken", "bad_sessions", "bad_days", "bad_strikes", "bad_expiry", "bad_cursor",
    "cursor_expired",
    "bad_window",  # no JSON Schema compares two parameters
    "bad_since",  # nor says that only one of two is sent
    "other_epoch",  # of the database's events
    "long_parameter",  # JSON Schema cannot bound the length of a list's items together
}  # fmt: skip
PRINTABLE = st.text(min_size=1, max_size=20).filter(str.isprintable)
NAMES = [
    "oi",
    "call_iv",
    "strike",
    "underlying",
    "put_oi,age",
    "oi,iv",
    "pcr_oi",
    "none",
]
OFFSETS = st.sampled_from(["Z", "+05:30", "-15:59", "+00:00"])
MOMENTS = st.datetimes(
    OPEN.replace(tzinfo=None), OPEN.replace(tzinfo=None) + timedelta(hours=1)
) | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))
TIMES = st.tuples(MOMENTS, OFFSETS).map(lambda each: each[0].isoformat() + each[1])
FORMATS = {
    "symbol": st.sampled_from(["NIFTY", "NIFTY", "NIFTY", "BANKNIFTY"]) | PRINTABLE,
    "text": PRINTABLE,
    "columns": st.sampled_from(NAMES),
    "date-time": TIMES,
    "time-zone": st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York"]),
    "cursor": MOMENTS.map(lambda at: f"1@{at.isoformat(timespec='microseconds')}Z"),
    "date": st.sampled_from([str(expiry) for expiry in EXPIRIES]) | st.dates().map(str),
}


@schemathesis.serializer("application/x-ndjson")
def as_lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """Lines are sent as they are."""
    return str(value).encode("utf-8", "surrogatepass")


def is_refused_rightly(response: Any) -> bool:
    """Whether the refusal is of what the market has, and not of how it was asked."""
    error = response.json()["error"]
    assert error["hint"], error
    code = error["code"]
    return code.startswith("unknown_") or code in OF_THE_MARKET


def is_stream(operation: Any) -> bool:
    return operation.path in STREAMS


def attack(address: str, cases: int) -> tuple[Counter[int], list[str]]:
    """Send so many requests, to all paths but the streams; the statuses, and the faults."""
    for name, strategy in FORMATS.items():
        schemathesis.openapi.format(name, strategy)
    document = requests.get(f"{address}/openapi.json", timeout=30).json()
    found = [
        each.ok()
        for each in schemathesis.openapi.from_dict(document).get_all_operations()
    ]
    tried = [each for each in found if each.method != "head" and not is_stream(each)]
    statuses, faults = Counter[int](), list[str]()
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {KEY}"
        for number, operation in enumerate(tried):
            share = cases // len(tried) + (number < cases % len(tried))
            try:
                if share:
                    statuses += answered(operation, share, session, address)
            except (Exception, BaseExceptionGroup) as error:
                faults.append(f"{operation.label}: {error}")
    return statuses, faults


def answered(
    operation: Any, cases: int, session: requests.Session, address: str
) -> Counter[int]:
    statuses: Counter[int] = Counter()
    # schemathesis itself turns prefixItems into what JSON Schema 2020-12 does not have.
    good = operation.definition.raw["responses"].get("200", {}).get("content", {})
    schema = Draft202012Validator(good.get(JSON, {}).get("schema", {}))

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
        response = case.call(base_url=address, session=session, timeout=PATIENCE)
        statuses[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)
        if response.status_code == 200 and JSON in str(
            response.headers["content-type"]
        ):
            schema.validate(response.json())
        if response.status_code == 400:
            assert is_refused_rightly(response), (case.path, case.query, response.text)

    sent()
    return statuses


# schemathesis uses `random` within its strategies.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@pytest.mark.one_engine
async def test_requests_of_the_description_are_answered(
    serve: Serve,
    dsn: str,
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
    with storing(dsn):
        async with serve() as client:
            statuses, faults = await asyncio.to_thread(attack, client.address, cases)
    measured(f"{cases} requests of the description: {json.dumps(statuses)}")
    assert not faults, "\n".join(faults)
    assert not caplog.records
    assert statuses[200] > statuses.total() / 4
