"""NSE's option chain as JSON, in both layouts: each figure, in our units."""

import json
from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.files import FeedFile
from pgstrike.jobs.feed.times import calendar_day
from tests.support.bodies import READ_AT, ROW, nse, nse_leg, read
from tests.support.feeds import joined, leg, utc

V3_LEG = {
    "expiryDate": "28-04-2026",
    "buyPrice1": 510.2,
    "buyQuantity1": 650,
    "sellPrice1": 513,
    "sellQuantity1": 1300,
}


def test_nse_body_is_in_units_and_of_its_stamp(tmp_path: Path) -> None:
    batch = read(tmp_path, nse([ROW], underlyingValue=24450.5))
    row = batch.rows[0]
    assert row["quote_time"] == row["exchange_time"] == utc("2026-04-21T06:30:05")
    assert calendar_day(int(row["expiry"])).isoformat() == "2026-04-28"
    assert (row["strike"], row["underlying"]) == (24000, 24450.5)
    assert {n: x for n, x in leg(batch, "call").items() if x is not None} == {
        "ltp": 512.35,
        "bid": 510.2,
        "ask": 513,
        "iv": 0.142,
        "bid_qty": 650,
        "ask_qty": 1300,
        "volume": 254_729 * 65,
        "oi": round(1254.5 * 65),
        "prev_oi": round(1266.5 * 65),
    }
    assert set(leg(batch, "put").values()) == {None}


def test_both_layouts_of_nse_say_the_same(tmp_path: Path) -> None:
    old = {k: v for k, v in nse_leg().items() if not k.startswith(("bid", "ask"))}
    new = {"strikePrice": 24000, "expiryDates": "28-Apr-2026", "CE": old | V3_LEG}
    first, second = (read(tmp_path, nse([row])).rows for row in (ROW, new))
    assert first.tobytes() == second.tobytes()


def test_time_of_reading_is_taken_from_the_user(tmp_path: Path) -> None:
    row = read(tmp_path, nse([ROW]), facts=Facts(read_at=READ_AT + 6)).rows[0]
    assert (row["quote_time"], row["exchange_time"]) == (
        READ_AT + 6,
        utc("2026-04-21T06:30:05"),
    )


@pytest.mark.parametrize("change", [None, "-", 2000])
def test_oi_of_before_is_unknown_where_it_cannot_be(
    tmp_path: Path, change: object
) -> None:
    row = {**ROW, "CE": nse_leg(changeinOpenInterest=change)}
    assert leg(read(tmp_path, nse([row])), "call")["prev_oi"] is None


def test_row_without_lot_is_rejected_and_asks_for_it(tmp_path: Path) -> None:
    batch = read(tmp_path, nse([ROW]), lots={"BANKNIFTY": 35})
    [reject] = batch.rejects
    assert (reject.reason, reject.symbol) == ("no_lot", "NIFTY")
    assert "--lot NIFTY:2026-04-28=N" in reject.detail


def test_bad_row_of_a_body_is_rejected_alone(tmp_path: Path) -> None:
    bad = {**ROW, "strikePrice": 24050, "CE": nse_leg(lastPrice="soon")}
    batch = read(tmp_path, nse([ROW, bad, {**ROW, "strikePrice": -1}]))
    assert batch.rows["strike"].tolist() == [24000]
    assert [reject.reason for reject in batch.rejects] == ["malformed", "bad_strike"]
    assert json.loads(batch.rejects[0].row) == bad


def test_bodies_may_follow_each_other(tmp_path: Path) -> None:
    later = nse([ROW], timestamp="21-Apr-2026 12:01:05")
    times = read(tmp_path, nse([ROW]), later).rows["quote_time"]
    assert (times[1] - times[0]) / 1e6 == 60


def later(strike: float) -> dict[str, object]:
    return nse([{**ROW, "strikePrice": strike}], timestamp="21-Apr-2026 12:01:05")


REFUSED = {"status": "error", "message": "Invalid token"}
UPSTOX = {"data": [{"call_options": {}, "expiry": "2026-04-28"}]}


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (REFUSED, "a broker's error answer: Invalid token"),
        ({}, "an empty JSON object"),
        ([], "a list"),
        (nse([]), "without any strike"),
        (nse([ROW], timestamp=None), "give --read-at"),
        (nse([ROW, 5]), "NSE's option-chain body of another form"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("is_list", [True, False])
def test_bad_element_is_a_reject_that_loses_no_other(
    tmp_path: Path, bad: object, says: str, place: int, is_list: bool
) -> None:
    bodies: list[object] = [later(24000), later(24100)]
    bodies.insert(place, bad)
    batch = read(tmp_path, *([bodies] if is_list else bodies))
    strikes = [strike for strike in batch.rows["strike"].tolist() if strike >= 24000]
    assert sorted({*strikes}) == [24000, 24100]
    (reject,) = batch.rejects
    assert reject.reason == "malformed" and says in reject.detail
    assert reject.row == json.dumps(bad)[: len(reject.row)]


def test_body_of_another_source_is_a_reject(tmp_path: Path) -> None:
    batch = read(tmp_path, [later(24000), UPSTOX, later(24100)])
    assert batch.rows["strike"].tolist() == [24000, 24100]
    (reject,) = batch.rejects
    assert "Upstox's option chain among NSE's option-chain body" in reject.detail


def test_line_that_breaks_off_is_a_reject_that_loses_no_other(tmp_path: Path) -> None:
    lines = [*map(json.dumps, (later(strike) for strike in (1, 2, 3, 4)))]
    lines[2] = lines[2][:100]
    path = tmp_path / "body.jsonl"
    path.write_text("\n".join(lines))
    batch = joined(FeedFile(str(path), 65).batches())
    assert batch.rows["strike"].tolist() == [1, 2, 4]
    (reject,) = batch.rejects
    assert "not JSON throughout" in reject.detail and reject.row == lines[2]


def test_list_without_a_body_is_refused_by_its_first_element(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="error answer: Invalid token"):
        read(tmp_path, [REFUSED, {"a": 1}])
    with pytest.raises(FeedError, match="without any strike"):
        read(tmp_path, [nse([]), nse([])])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (nse([]), "without any strike"),
        (nse([ROW], timestamp=None), "give --read-at"),
        (nse([{"strikePrice": 1, "CE": {"underlying": "X"}}]), "give --expiry"),
    ],
)
def test_nse_body_that_lacks_something_says_what(
    tmp_path: Path, body: object, says: str
) -> None:
    with pytest.raises(FeedError) as raised:
        read(tmp_path, body)
    assert says in str(raised.value)


def test_json_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "body.json"
    path.write_text(json.dumps(nse([ROW])) + '\n{"records": ')
    batches = FeedFile(str(path), 65).batches()
    assert len(next(batches).rows) == 1
    with pytest.raises(FeedError, match="not JSON throughout"):
        next(batches)
