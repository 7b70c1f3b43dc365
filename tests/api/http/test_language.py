"""The words of a URL mean the same on every path."""

from datetime import timedelta
from urllib.parse import quote as quoted

import psycopg
import pytest

from pgstrike.api.chains.window import Between
from pgstrike.api.language import read_price, read_strikes, read_strikes_or_strike
from tests.api.conftest import Client
from tests.conftest import Stock
from tests.support.live_market import (
    EXPIRIES,
    OPEN,
    two_expiries,
)

NEAR, FAR = (expiry.isoformat() for expiry in EXPIRIES)


@pytest.fixture
def stock() -> Stock:
    return two_expiries


def test_strikes_have_the_digits_that_their_market_gives_them() -> None:
    assert read_price("0.006875") == 0.006875
    assert read_strikes("0.0068..0.00695") == Between(0.0068, 0.00695)
    assert read_strikes_or_strike("0.30000000000000004") == Between(
        0.30000000000000004, 0.30000000000000004
    )


async def test_roles_are_as_of_the_instant(
    client: Client, market: psycopg.Connection
) -> None:
    at = quoted((OPEN + timedelta(minutes=7)).isoformat())

    async def expiries(more: str) -> set[str]:
        return {row["expiry"] for row in await client.rows(more)}

    chain = "metrics/chain?symbol=NIFTY"
    assert await expiries(f"{chain}&expiry=front") == {FAR}
    assert await expiries(f"{chain}&expiry=front&at={at}") == {NEAR}
    assert await expiries(f"{chain}&expiry=next&at={at}") == {FAR}
    assert await expiries(f"{chain}&expiry=all&at={at}") == {NEAR, FAR}
    series = "moneyness-series?symbol=NIFTY&from=2025-08-29T03:45:00Z"
    assert await expiries(f"{series}&to={at}&expiry=front") == {NEAR}
    assert await expiries(f"{series}&to={at}&expiry=front,next") == {NEAR, FAR}
    assert await expiries("strike-distribution?symbol=NIFTY&expiry=front") == {FAR}
    status, answer = await client.get(f"/v1/{chain}&expiry=next")
    assert (status, answer["error"]["code"]) == (400, "unknown_expiry")
    assert answer["error"]["field"] == "expiry" and answer["error"]["hint"]


@pytest.mark.parametrize("form", ["{far},{near}", "{far}&expiry={near}", "front,next"])
@pytest.mark.parametrize(
    "path",
    [
        "chain?symbol=NIFTY",
        "chain?symbol=NIFTY&timeframe=5min",
        "metrics/chain_at?symbol=NIFTY",
        "metrics/max_pain?symbol=NIFTY",
        "metrics/pcr?symbol=NIFTY",
        "metrics/unusual_oi?symbol=NIFTY",
        "metrics/expiries?symbol=NIFTY",
    ],
)
async def test_several_expiries_are_each_as_if_asked_alone(
    client: Client, market: psycopg.Connection, path: str, form: str
) -> None:
    path = f"{path}&at={quoted((OPEN + timedelta(minutes=7)).isoformat())}"
    near, far = [await client.rows(f"{path}&expiry={each}") for each in (NEAR, FAR)]
    sent = form.format(near=NEAR, far=FAR)
    found = await client.rows(f"{path}&expiry={sent}")
    assert found == sorted(near + far, key=lambda row: str(row["expiry"]))
    assert found
    twice = await client.rows(f"{path}&expiry={NEAR}&expiry=front")
    assert twice == near


async def test_several_expiries_of_signals_stay_best_first(
    client: Client, market: psycopg.Connection
) -> None:
    path = (
        f"signals?symbol=NIFTY&at={quoted((OPEN + timedelta(minutes=7)).isoformat())}"
    )
    found = await client.rows(f"{path}&expiry=front,next")
    assert found == await client.rows(path)
    assert {row["expiry"] for row in found} == {NEAR, FAR}


async def test_all_is_every_live_expiry_also_where_one_must_be_sent(
    client: Client, market: psycopg.Connection
) -> None:
    at = quoted((OPEN + timedelta(minutes=7)).isoformat())
    found = await client.rows(f"metrics/chain_at?symbol=NIFTY&expiry=all&at={at}")
    assert found == await client.rows(f"chain?symbol=NIFTY&at={at}")


async def test_unknown_one_of_several_expiries_is_named(
    client: Client, market: psycopg.Connection
) -> None:
    path = f"/v1/chain?symbol=NIFTY&expiry={FAR},2025-09-03"
    status, answer = await client.get(path)
    assert (status, answer["error"]["code"]) == (400, "unknown_expiry")
    assert "2025-09-03" in answer["error"]["message"]


async def test_metric_of_one_expiry_refuses_all_of_them(
    client: Client, market: psycopg.Connection
) -> None:
    path = "/v1/metrics/option_bars?symbol=NIFTY&strike=24500&expiry="
    status, answer = await client.get(f"{path}all")
    assert (status, answer["error"]["code"]) == (400, "bad_expiry")
    assert answer["error"]["field"] == "expiry" and answer["error"]["hint"]
    assert (await client.get(f"{path}front"))[0] == 200


async def test_strikes_are_those_of_the_money_or_a_range(
    client: Client, market: psycopg.Connection
) -> None:
    async def strikes(path: str) -> list[float]:
        return sorted({row["strike"] for row in await client.rows(path)})

    for path in ("metrics/chain", "metrics/oi_profile", "strike-distribution"):
        few = f"{path}?symbol=NIFTY&strikes="
        assert await strikes(f"{few}atm:1") == [24450, 24500, 24550], path
        assert await strikes(f"{few}24540..24600") == [24550, 24600], path
    window = "from=2025-08-29T03:45:00Z&to=2025-08-29T04:05:00Z"
    series = f"metrics/oi_series?symbol=NIFTY&expiry={NEAR}&{window}&strikes="
    assert await strikes(f"{series}24500&strikes=24600") == [24500, 24600]
    assert await strikes(f"{series}atm:0") == [24500]
    levels = await client.rows(f"moneyness-series?symbol=NIFTY&{window}&strikes=atm:1")
    assert {row["moneyness_level"] for row in levels} == {-1, 0, 1}


async def test_columns_are_those_that_are_named(
    client: Client, market: psycopg.Connection
) -> None:
    [first, *_] = await client.rows("metrics/chain?symbol=NIFTY&fields=oi,put_iv,age")
    assert list(first) == [
        "expiry", "strike", "age_seconds", "call_oi", "put_oi", "put_iv",
    ]  # fmt: skip
    status, answer = await client.get("/v1/metrics/chain?symbol=NIFTY&fields=oj")
    assert (status, answer["error"]["code"]) == (400, "unknown_field")
    assert answer["error"]["field"] == "fields"


async def test_several_indicators_come_in_one_answer(
    client: Client, market: psycopg.Connection
) -> None:
    for path, ending in (
        ("strike-distribution?symbol=NIFTY", ""),
        ("moneyness-series?symbol=NIFTY&from=2025-08-29T03:45:00Z", ""),
        (f"metrics/moneyness_series?symbol=NIFTY&expiries={NEAR}", "&from=2025-08-29"),
    ):
        more = f"{ending}&tz=UTC" if ending else ""
        both = await client.rows(f"{path}{more}&indicator=oi,iv")
        assert both
        for name in ("oi", "iv"):
            one = await client.rows(f"{path}{more}&indicator={name}")
            assert [row["call"] for row in one] == [row[f"call_{name}"] for row in both]
            assert [row["put"] for row in one] == [row[f"put_{name}"] for row in both]
    [first, *_] = await client.rows(
        "strike-distribution?symbol=NIFTY&indicator=oi_growth,oi"
    )
    assert list(first)[-4:] == ["call_oi_growth", "put_oi_growth", "call_oi", "put_oi"]
    values = await client.rows(
        "metrics/expiry_series?symbol=NIFTY&indicator=pcr_oi,atm_iv",
    )
    assert {*values[0]} == {"expiry", "bucket_time", "pcr_oi", "atm_iv"}


@pytest.mark.one_engine
async def test_times_may_be_local_or_have_a_space_for_a_plus(
    client: Client, market: psycopg.Connection
) -> None:
    path = "metrics/chain?symbol=NIFTY&at="
    expected = await client.rows(f"{path}2025-08-29T03:52:00Z")
    for at in (
        "2025-08-29T09:22:00 05:30", "2025-08-29 09:22 0530",
        "2025-08-29T09:22&tz=Asia/Kolkata",
        "2025-08-28T23:52&tz=America/New_York",
    ):  # fmt: skip
        assert await client.rows(path + at) == expected, at
    for at, code in (
        ("2025-08-29T09:22&tz=Asia", "bad_tz"),
        ("2025-03-09T02:30&tz=America/New_York", "bad_at"),  # clocks skip it
        ("2025-02-30T00:00:00Z", "bad_at"),
        ("2025-08-29T03:46:00%2B16:00", "bad_at"),
        ("0001-01-01T00:00&tz=Asia/Kolkata", "bad_at"),
    ):
        status, answer = await client.get(f"/v1/{path}{at}")
        assert (status, answer["error"]["code"]) == (400, code), at
        assert answer["error"]["field"] == code.removeprefix("bad_")
        assert answer["error"]["hint"].startswith("Send ")


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("sent", "code", "field"),
    [
        ("strikes=25000..24000", "bad_strikes", "strikes"),
        ("limit=0", "bad_limit", "limit"),
        ("limit=10001", "bad_limit", "limit"),
        ("cursor=1", "bad_cursor", "cursor"),
        ("cursor=1@2025-02-30T00:00:00.000000Z", "bad_cursor", "cursor"),
        ("fields=" + "x" * 1001, "long_parameter", "fields"),
        ("&".join(["expiry=2025-09-02"] * 101), "long_parameter", "expiry"),
        ("expiry=soon", "bad_expiry", "expiry"),
        ("nosuch=1", "unknown_parameter", "nosuch"),
        ("at=2025-08-29T03:46:00Z&at=2025-08-29T03:46:00Z", "repeated_parameter", "at"),
        ("fields=%E2%80%AE", "bad_parameter", "fields"),
    ],
)
async def test_error_names_the_parameter(
    client: Client, sent: str, code: str, field: str
) -> None:
    status, answer = await client.get(f"/v1/metrics/chain?symbol=NIFTY&{sent}")
    assert status == 400
    error = answer["error"]
    assert (error["code"], error["field"]) == (code, field)
    assert error["hint"].startswith("Send ") and error["hint"].endswith(".")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("strike_distribution?symbol=NIFTY&around=5&strikes=atm:2", "around"),
        ("straddle_series?symbol=NIFTY&expiry=front&expiries=2025-09-09", "expiries"),
    ],
)
async def test_one_thing_said_twice_is_refused(
    client: Client, market: psycopg.Connection, path: str, field: str
) -> None:
    status, answer = await client.get(f"/v1/metrics/{path}")
    assert status == 400
    assert answer["error"]["field"] == field
