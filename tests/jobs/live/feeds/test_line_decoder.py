"""jobs.live.feeds.line_decoder: ticks, legs and quotes become exact rows, or rejects."""

import json
import logging
from typing import Any

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.feeds.line_decoder import LineDecoder
from pgstrike.jobs.live.feeds.line_feed import LineFeed
from pgstrike.jobs.live.plugin import Asked
from pgstrike.jobs.quote import QuoteBatch
from tests.support.feeds import json_line, leg, utc

NOON = utc("2025-08-29T06:30:00")


def decoder(**options: str) -> LineDecoder:
    return LineDecoder(Asked("q", ["NIFTY"], options, lambda name: ""))


def tick(name: str = "NIFTY2590224600CE", **fields: Any) -> bytes:
    made = {"symbol": "NIFTY", "token": 1, "tradingsymbol": name, "price": 95.1}
    return json.dumps({**made, "oi": 5_184_300, "is_mock": False, **fields}).encode()


def strikes(batch: QuoteBatch) -> list[float]:
    return [float(strike) for strike in batch.rows["strike"]]


def test_ticks_of_both_legs_are_one_snapshot() -> None:
    spot = tick("NIFTY 50", price=24_480.5, oi=None)
    batch = decoder().batch(NOON, [spot, tick(), tick("NIFTY2590224600PE", price=80)])
    [row] = batch.rows
    assert not batch.rejects and batch.symbols == ("NIFTY",)
    assert (row["quote_time"], row["strike"]) == (NOON, 24_600)
    assert row["underlying"] == 24_480.5
    assert (leg(batch, "call")["ltp"], leg(batch, "call")["oi"]) == (95.1, 5_184_300)
    assert leg(batch, "put")["ltp"] == 80


def test_leg_without_a_tick_keeps_its_figures() -> None:
    one = decoder()
    one.batch(NOON, [tick()])
    batch = one.batch(NOON + 1_000_000, [tick("NIFTY2590224600PE", price=80)])
    assert leg(batch, "call")["ltp"] == 95.1 and leg(batch, "put")["ltp"] == 80


def test_mock_is_refused_and_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    one = decoder()
    batch = one.batch(NOON, [tick(is_mock=True), tick(is_mock="true"), tick()])
    assert [each.reason for each in batch.rejects] == ["is_mock"] * 2
    assert {each.symbol for each in batch.rejects} == {"NIFTY"}
    assert strikes(batch) == [24_600]
    one.batch(NOON + 1, [tick(is_mock=True)])
    assert len(caplog.records) == 1 and "is_mock" in caplog.text  # once a minute


def test_first_message_of_each_reason_is_told_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = [0.0]
    one = LineDecoder(Asked("q", ["NIFTY"], {}, lambda name: ""), lambda: clock[0])
    lines = [b'{"symbol": "NIFTY"}', b"not json", tick(is_mock=True)]
    told = []
    for clock[0] in (0.0, 59.0, 60.0):
        caplog.clear()
        one.batch(NOON, lines)
        told.append([record.getMessage().split(":")[1:3] for record in caplog.records])
    malformed, mock = told[0]
    assert malformed == [" 2 messages", " quote_time is no text"]
    assert mock[0] == " 1 messages" and "is_mock" in mock[1]
    assert told == [told[0], [], told[0]]


def test_monthly_name_needs_the_day() -> None:
    monthly = tick("NIFTY25SEP24600CE")
    batch = decoder().batch(NOON, [monthly])
    [reject] = batch.rejects
    assert reject.reason == "malformed" and "expiries=" in reject.detail
    days = "2025-09-02,2025-09-30,2025-10-28"
    batch = decoder(expiries=days).batch(NOON, [monthly])
    assert not batch.rejects
    given = tick("NIFTY25SEP24600CE", expiry="2025-09-30")
    assert decoder().batch(NOON, [given]).rows["expiry"] == batch.rows["expiry"]


@pytest.mark.parametrize(
    "line",
    [
        b'{"tradingsymbol": ',
        tick(price="dear"),
        tick(oi=-1),
        tick("NIFTY2590924600CE", price=float(10**13)),
        b"not json",
        b'{"quote_time": 1}',
    ],
)
def test_line_that_cannot_be_read_is_a_reject(line: bytes) -> None:
    batch = decoder().batch(NOON, [line, tick("NIFTY2590224650CE")])
    assert len(batch.rejects) == 1 and strikes(batch) == [24_650]


def test_quotes_are_as_they_are() -> None:
    lines = [json_line(strike=24_600 + 50 * n).encode() for n in range(3)]
    batch = decoder().batch(NOON, [*lines, b""])
    assert strikes(batch) == [24_600, 24_650, 24_700]
    assert {*batch.rows["quote_time"].tolist()} == {utc("2025-08-29T04:05:13")}
    assert batch.raw[0] == lines[0].decode()


def test_legs_are_merged_where_the_user_says_so() -> None:
    call, put = json_line(put=None).encode(), json_line(call=None).encode()
    batch = decoder(legs="yes").batch(NOON, [call, put])
    assert len(batch.rows) == 1
    assert leg(batch, "call")["ltp"] == 95.1 and leg(batch, "put")["ltp"] == 80


@pytest.mark.parametrize("options", [{"expiries": "soon"}, {"legs": "perhaps"}])
def test_option_that_cannot_be_used_is_named(options: dict[str, str]) -> None:
    with pytest.raises(FeedError, match=next(iter(options))):
        decoder(**options)


def test_unknown_option_is_told_which_there_are() -> None:
    with pytest.raises(FeedError, match="no option x; it has url, expiries, legs"):
        LineFeed(Asked("q", [], {"x": "1"}, lambda name: ""), "url")
