"""Canonical NDJSON: what each field becomes, what is rejected, and how it streams."""

import io
import itertools
import json
import os
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pgstrike.jobs.feed.batches import SymbolCodes
from pgstrike.jobs.feed.lines import BLOCK, MAX_SHOWN
from pgstrike.jobs.feed.ndjson import iso_day, quote_line, read_ndjson, sift, utc_time
from pgstrike.jobs.feed.ndjson_chunk import parse_chunk
from pgstrike.jobs.quote import UNKNOWN
from tests.support.feeds import json_line, leg, only_reject, read_json, utc


def test_good_line_is_converted() -> None:
    batch = read_json(json_line())
    row = batch.rows[0]
    assert row["quote_time"] == utc("2025-08-29T04:05:13")
    assert row["exchange_time"] == utc("2025-08-29T04:04:05")
    assert (batch.symbols[row["symbol"]], row["strike"]) == ("NIFTY", 24600)
    call, put = leg(batch, "call"), leg(batch, "put")
    assert (call["bid"], call["oi"], call["volume"]) == (94.9, 5_184_300, 17_763_450)
    assert (put["iv"], put["delta"], put["theta"]) == (0.1123, -0.4, -9.5)
    assert (call["iv"], call["bid_qty"], put["bid"], put["oi"]) == (None,) * 4
    assert batch.raw[0] == json_line()


@pytest.mark.parametrize("absent", [None, ..., {}])
def test_missing_leg_is_unknown_throughout(absent: object) -> None:
    batch = read_json(json_line(call=absent, exchange_time=None))
    assert set(leg(batch, "call").values()) == {None}
    assert batch.rows["exchange_time"][0] == UNKNOWN


def test_zero_price_iv_and_greek_are_unknown() -> None:
    put = {"ltp": 0, "bid": 0.0, "ask": 5, "iv": 0, "gamma": 0, "oi": 0, "volume": 0}
    batch = read_json(json_line(put=put, underlying=0))
    known = {
        name: figure for name, figure in leg(batch, "put").items() if figure is not None
    }
    assert known == {"ask": 5, "oi": 0, "volume": 0}
    assert batch.rows["underlying"][0] != batch.rows["underlying"][0]


def test_leg_of_zeros_is_unknown_throughout() -> None:
    put = {"ltp": 0, "oi": 0, "volume": 0, "iv": 0.2, "delta": -0.1, "ask_qty": 75}
    assert set(leg(read_json(json_line(put=put)), "put").values()) == {None}


@pytest.mark.parametrize(
    "text",
    [
        "2025-08-29T04:05:13Z",
        "2025-08-29T04:05:13+00:00",
        "2025-08-29T09:35:13+05:30",
        "2025-08-29 04:05:13.000000Z",
    ],
)
def test_times_are_read_with_their_zone(text: str) -> None:
    batch = read_json(json_line(quote_time=text))
    assert batch.rows["quote_time"][0] == utc("2025-08-29T04:05:13")


@pytest.mark.parametrize("figure", [10**14, 2**46 + 1, 5_184_300.0])
def test_whole_numbers_are_kept_exactly(figure: float) -> None:
    assert leg(read_json(json_line(put={"oi": figure})), "put")["oi"] == int(figure)


BAD_LINES = [
    (json_line(quote_time="2025-08-29T04:05:13"), "malformed"),
    (json_line(quote_time="soon"), "malformed"),
    (json_line(quote_time=...), "malformed"),
    (json_line(exchange_time=5), "malformed"),
    (json_line(expiry="2025-02-30"), "malformed"),
    (json_line(symbol=""), "malformed"),
    (json_line(symbol="N\0"), "malformed"),
    (json_line(symbol="\ud800"), "malformed"),
    (json_line(symbol=[[]]), "malformed"),
    (json_line(call=[1]), "malformed"),
    (json_line(strike="24600"), "malformed"),
    (json_line(strike=True), "malformed"),
    (json_line(put={"oi": 1.5}), "malformed"),
    (json_line(put={"oi": True}), "malformed"),
    (json_line()[:-1], "malformed"),
    ("[1]", "malformed"),
    ("[" * 100_000, "malformed"),
    (json_line(put={"oi": 10**14 + 1}), "out_of_range"),
    (json_line(put={"oi": 2**63}), "out_of_range"),
    (json_line(put={"oi": -(2**63)}), "out_of_range"),
    (json_line(put={"oi": 1e19}), "out_of_range"),
    (json_line(put={"ltp": 10**400}), "out_of_range"),
    (json_line(put={"bid": 5e-324}), "out_of_range"),
    (json_line(strike=1e-13), "out_of_range"),
    (json_line(expiry="2225-09-02"), "out_of_range"),
    (json_line(put={"ltp": float("nan")}), "not_a_number"),
    (json_line(put={"ltp": float("-inf")}), "not_a_number"),
    (json_line(put={"ltp": -1}), "negative"),
    (json_line(put={"oi": -1}), "negative"),
    (json_line(underlying=-1), "negative"),
    (json_line(strike=...), "bad_strike"),
    (json_line(strike=-5), "bad_strike"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_bad_line_is_rejected_alone(line: str, reason: str) -> None:
    good = [json_line(strike=strike) for strike in (1, 2, 3, 4)]
    batch = read_json(*good[:2], line, *good[2:])
    assert batch.rows["strike"].tolist() == [1, 2, 3, 4]
    [reject] = batch.rejects
    assert (reject.reason, reject.row) == (reason, line[:MAX_SHOWN])
    assert reject.detail.isprintable()


def test_float_too_large_is_rejected() -> None:
    line = json_line(put={"ltp": 7}).replace("7}", "1e999}")
    assert only_reject(read_json(line)).reason == "not_a_number"


def test_line_that_is_not_utf8_is_rejected_with_its_bytes() -> None:
    batch = read_json(json_line(), b'{"symbol": "N\xff\0"}')
    [reject] = batch.rejects
    assert (len(batch.rows), reject.reason) == (1, "malformed")
    assert reject.row == '{"symbol": "N\\xff\\x00"}'


class LongLine:
    """A stream of one line of 200 MB and a good one after it."""

    def __init__(self) -> None:
        self._blocks = itertools.chain(
            itertools.repeat(b"x" * BLOCK, 200_000_000 // BLOCK),
            [b"\n" + json_line().encode() + b"\n"],
        )

    def read1(self, size: int, /) -> bytes:
        return next(self._blocks, b"")

    def fileno(self) -> int:
        raise OSError("no descriptor")


def test_endless_line_is_rejected_without_being_held() -> None:
    tracemalloc.start()
    batches = list(read_ndjson(LongLine()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    [reject] = [reject for batch in batches for reject in batch.rejects]
    assert (reject.reason, reject.row) == ("too_long", "x" * MAX_SHOWN)
    assert sum(len(batch.rows) for batch in batches) == 1
    assert peak < 16e6


def test_live_line_is_yielded_while_the_source_stays_open() -> None:
    reading, writing = os.pipe()
    with open(reading, "rb") as source, open(writing, "wb", buffering=0) as sink:
        batches = read_ndjson(source, flush_seconds=0.01)
        assert len(next(batches).rows) == 0  # idle: the consumer may look up
        for strike in (100, 200):
            sink.write(json_line(strike=strike).encode() + b'\n{"strike": ')
            arrived = next(batch for batch in batches if len(batch.rows))
            assert arrived.rows["strike"].tolist() == [strike]
            sink.write(b"1}\n")
            rejects = next(batch.rejects for batch in batches if batch.rejects)
            assert [reject.row for reject in rejects] == ['{"strike": 1}']


def test_full_chunk_of_a_live_feed_is_not_held_back() -> None:
    reading, writing = os.pipe()
    with open(reading, "rb") as source, open(writing, "wb", buffering=0) as sink:
        batches = read_ndjson(source, chunk_rows=2, flush_seconds=0.01)
        times = [f"2025-08-29T04:05:{second}Z" for second in (10, 20)]
        sink.write("".join(json_line(quote_time=t) + "\n" for t in times).encode())
        seen = [len(batch.rows) for batch in itertools.islice(batches, 2)]
        assert seen == [1, 1]


def test_written_line_reads_back_the_same() -> None:
    batch = read_json(
        json_line(exchange_time=None), json_line(call=None, strike=24600.5)
    )
    lines = [quote_line(row, "NIFTY") for row in batch.rows]
    again = read_json(*lines)
    assert again.rows.tobytes() == batch.rows.tobytes()
    assert "NaN" not in lines[0] and json.loads(lines[1])["call"]["oi"] is None


def test_byte_order_mark_and_blank_lines_are_passed_over() -> None:
    batch = read_json(b"\xef\xbb\xbf" + json_line().encode(), "", "  \r", json_line())
    assert (len(batch.rows), batch.rejects) == (2, [])


def test_empty_source_yields_nothing() -> None:
    assert list(read_ndjson(io.BytesIO(b""))) == []


FIGURES = st.one_of(
    st.none(),
    st.integers(-(2**70), 2**70),
    st.integers(0, 1000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([5184300.0, "5", True, [], {}, 1e19]),
)
LEG_NAMES = st.sampled_from(["ltp", "iv", "delta", "oi", "volume", "bid_qty", "note"])
QUOTES = st.fixed_dictionaries(
    {},
    optional={
        "strike": FIGURES,
        "underlying": FIGURES,
        "symbol": st.one_of(FIGURES, st.sampled_from(["NIFTY", "N\0", ""])),
        "exchange_time": st.sampled_from([None, "2025-08-29T04:04:05", 5]),
        "expiry": st.one_of(FIGURES, st.just("2025-09-02")),
        "call": st.one_of(FIGURES, st.dictionaries(LEG_NAMES, FIGURES, max_size=3)),
        "more": FIGURES,
    },
)


@settings(deadline=None, database=None)  # a shared machine stalls
@given(quote=QUOTES)
@example(quote={"put": {"oi": 5184300.0}})
@example(quote={"strike": 10**400})
@example(quote={"call": {"oi": 2**63}})
def test_line_is_read_the_same_in_a_chunk_and_by_itself(
    quote: dict[str, object],
) -> None:
    line = json_line(**quote).encode()
    by_line = sift(SymbolCodes(), [line])
    chunk = parse_chunk([line], SymbolCodes(), utc_time, iso_day)
    if chunk is None:  # the line is looked at by itself
        return
    assert by_line.rejects == []
    assert chunk.tobytes() == by_line.rows.tobytes()


def test_good_lines_are_read_as_a_chunk() -> None:
    lines = [json_line(strike=n, note=[n], put=None).encode() for n in range(1, 5)]
    rows = parse_chunk(lines, SymbolCodes(), utc_time, iso_day)
    assert rows is not None and rows["strike"].tolist() == [1, 2, 3, 4]
    assert rows.tobytes() == sift(SymbolCodes(), lines).rows.tobytes()


@pytest.mark.parametrize("line", [line for line, _ in BAD_LINES])
def test_chunk_takes_no_line_that_is_malformed(line: str) -> None:
    by_line = sift(SymbolCodes(), [line.encode("utf-8", "surrogatepass")])
    if by_line.rejects:
        chunk = [line.encode("utf-8", "surrogatepass")]
        assert parse_chunk(chunk, SymbolCodes(), utc_time, iso_day) is None
