"""The models and their predictions over HTTP: listed by rights, told on the stream."""

import psycopg
import pytest

from pgstrike.jobs.predict.predicting import predict
from pgstrike.jobs.predict.serving import Models
from tests.api.conftest import Client, Serve
from tests.conftest import Stock
from tests.support.grants import add_key, add_market
from tests.support.predictions import add_model, add_row
from tests.support.quote_market import ist

pytestmark = pytest.mark.one_engine
AT = ist("10:00:00")


def two_models(connection: psycopg.Connection) -> None:
    add_market(connection)
    add_model(connection, "up", validation={"base_rate": 0.5})
    add_model(connection, "theirs", symbol="BANKNIFTY")
    predict(connection, [add_row(connection, AT)], Models())


@pytest.fixture
def stock() -> Stock:
    return two_models


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection


async def test_models_are_listed(market: psycopg.Connection, client: Client) -> None:
    status, found = await client.get("/v1/models?symbol=NIFTY")
    assert status == 200
    [model] = found["models"]
    assert (model["name"], model["version"], model["state"]) == ("up", 1, "active")
    assert (model["label"], model["horizon_seconds"]) == ("direction", 300)
    assert (model["value"], model["predictions"]) == (0.5, 1)
    assert model["validation"] == {"base_rate": 0.5}
    assert model["warning"].startswith("not judged yet")
    status, found = await client.get("/v1/models")
    assert [each["name"] for each in found["models"]] == ["theirs", "up"]
    status, refused = await client.get("/v1/models?symbol=NOSUCH")
    assert (status, refused["error"]["code"]) == (400, "unknown_symbol")


async def test_key_sees_the_models_of_its_symbols_and_topics(
    market: psycopg.Connection, serve: Serve
) -> None:
    add_key(market, "one", "key-of-one", symbols=["BANKNIFTY"])
    add_key(market, "quotes", "key-of-quotes", topics=["chain"])
    async with serve() as client:
        client.session.headers["Authorization"] = "Bearer key-of-one"
        status, found = await client.get("/v1/models")
        assert (status, [each["name"] for each in found["models"]]) == (200, ["theirs"])
        client.session.headers["Authorization"] = "Bearer key-of-quotes"
        for path in ("models?symbol=NIFTY", "metrics/calibration?symbol=NIFTY"):
            status, refused = await client.get(f"/v1/{path}")
            assert (status, refused["error"]["code"]) == (403, "topic_not_allowed")


async def test_predictions_are_a_metric_and_in_the_log(
    market: psycopg.Connection, client: Client
) -> None:
    path = "/v1/metrics/predictions?symbol=NIFTY&model=up&fields=value,reason"
    status, found = await client.get(path)
    assert status == 200
    assert found["rows"][0][found["columns"].index("value")] == 0.5
    _, log = await client.get("/v1/events?topic=prediction&symbol=NIFTY")
    assert [each["model"] for each in log["events"]] == ["up"]
    row = add_row(market, ist("10:01:00"), {"pcr_oi": None, "atm_iv": None})
    predict(market, [row], Models())
    _, log = await client.get("/v1/events?topic=prediction&symbol=NIFTY")
    assert log["events"][1]["reason"] == "all features are unknown"
    _, found = await client.get(f"{path}&after={log['event']}")
    assert len(found["rows"]) == 2  # an event of this topic ends what was kept
