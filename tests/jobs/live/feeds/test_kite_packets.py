"""jobs.live.feeds.kite_packets: exact figures, and messages that are broken."""

import base64
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgstrike.jobs.feed.times import microseconds
from pgstrike.jobs.live.feeds.kite_packets import Decoded, Tokens, decode
from pgstrike.jobs.live.plugin import BIT, FIGURES
from pgstrike.jobs.quote import UNKNOWN
from tests.support.feeds import DATA
from tests.support.kite_messages import (
    Tick,
    full_packet,
    index_packet,
    message,
    price_packet,
    quote_packet,
)

NFO, CDS, BCD, INDEX = 2, 3, 6, 9
MAKERS = (price_packet, index_packet, quote_packet, full_packet)
PRESENT = {
    price_packet: {"ltp"},
    index_packet: {"ltp"},
    quote_packet: {"ltp", "volume"},
    full_packet: {"ltp", "volume", "oi", "bid", "bid_qty", "ask", "ask_qty"},
}


def token(number: int, segment: int = NFO) -> int:
    return number << 8 | segment


def present(row: np.void) -> set[str]:
    return {name for name in FIGURES if row["present"] & BIT[name]}


def decoded(data: bytes, *tokens: int) -> Decoded:
    return decode(data, Tokens(tokens))


def recorded(name: str) -> bytes:
    path = DATA.parent / "feeds" / f"kite-ticker-{name}.packet.b64"
    if not path.exists():
        pytest.skip(f"no recorded packet: {path}")
    return base64.b64decode(path.read_text())


def test_recorded_full_packet_has_exactly_these_figures() -> None:
    found = decoded(message([recorded("full")]), 408065)
    [row] = found.rows
    assert not found.rejects
    assert present(row) == PRESENT[full_packet]
    assert (row["ltp"], row["bid"], row["ask"]) == (1573.7, 1573.4, 1573.7)
    assert (row["volume"], row["oi"]) == (1_192_471, 0)
    assert (row["bid_qty"], row["ask_qty"]) == (5, 172)
    moment = datetime(2021, 7, 5, 5, 11, 27, tzinfo=UTC)
    assert row["exchange_time"] == microseconds(moment)


def test_recorded_quote_packet_brings_no_oi_and_no_time() -> None:
    [row] = decoded(message([recorded("quote")]), 408065).rows
    assert present(row) == {"ltp", "volume"}
    assert (row["ltp"], row["volume"]) == (1573.15, 1_175_986)
    assert (row["oi"], row["exchange_time"]) == (UNKNOWN, UNKNOWN)


def test_full_packet_has_each_figure_in_its_place() -> None:
    tick = Tick(token(1))
    [row] = decoded(message([full_packet(tick)]), token(1)).rows
    assert (row["ltp"], row["bid"], row["ask"]) == (95.1, 94.9, 95.2)
    assert (row["volume"], row["oi"]) == (tick.volume, tick.oi)
    assert (row["bid_qty"], row["ask_qty"]) == (tick.bid_qty, tick.ask_qty)


@pytest.mark.parametrize(
    ("segment", "divisor"),
    [(NFO, 100), (CDS, 1e7), (BCD, 1e4), (12, 1e4), (INDEX, 100)],
)
def test_price_is_divided_by_its_segment(segment: int, divisor: float) -> None:
    number = token(7, segment)
    [row] = decoded(message([price_packet(Tick(number, ltp=860_250_000))]), number).rows
    assert row["ltp"] == 860_250_000 / divisor


def test_index_has_a_time_in_full_mode_only() -> None:
    number = token(1, INDEX)
    tick = Tick(number, ltp=2_460_050)
    packets = [index_packet(tick), index_packet(tick, is_full=False)]
    full, quote = decoded(message(packets), number).rows
    assert full["ltp"] == quote["ltp"] == 24600.5
    moment = datetime(2025, 8, 29, 4, 30, 5, tzinfo=UTC)
    assert full["exchange_time"] == microseconds(moment)
    assert quote["exchange_time"] == UNKNOWN


def test_price_of_zero_and_its_quantity_are_unknown_from_now_on() -> None:
    tick = Tick(token(1), ltp=0, bid=0, bid_qty=0, time=0)
    [row] = decoded(message([full_packet(tick)]), token(1)).rows
    assert present(row) == PRESENT[full_packet]
    assert np.isnan(row["ltp"]) and np.isnan(row["bid"])
    assert (row["bid_qty"], row["exchange_time"]) == (UNKNOWN, UNKNOWN)
    assert (row["ask"], row["ask_qty"]) == (95.2, 150)


def test_single_byte_is_a_sign_of_life() -> None:
    found = decoded(b"\0", token(1))
    assert (len(found.rows), found.rejects) == (0, [])


kinds = st.lists(
    st.tuples(st.sampled_from(MAKERS), st.integers(1, 40), st.integers(1, 10**6)),
    max_size=120,
)


@given(kinds)
def test_packets_of_all_kinds_come_in_their_order(ticks: list) -> None:
    packets = [make(Tick(token(n), ltp=ltp)) for make, n, ltp in ticks]
    found = decoded(message(packets), *(token(n) for n in range(1, 41)))
    assert found.rejects == []
    assert found.rows["contract"].tolist() == [n - 1 for _, n, _ in ticks]
    assert found.rows["ltp"].tolist() == [ltp / 100 for *_, ltp in ticks]
    assert [present(row) for row in found.rows] == [PRESENT[make] for make, *_ in ticks]


@given(kinds, st.data())
def test_half_a_message_loses_only_what_is_cut_off(
    ticks: list, data: st.DataObject
) -> None:
    packets = [make(Tick(token(n))) for make, n, _ in ticks]
    whole = message(packets)
    cut = data.draw(st.integers(0, len(whole)))
    left, ends = cut - 2, []
    for packet in packets:
        left -= 2 + len(packet)
        ends.append(left >= 0)
    found = decoded(whole[:cut], *(token(n) for n in range(1, 41)))
    if cut == 1:
        return  # a sign of life
    assert len(found.rows) == sum(ends)
    cut_off = [reject.reason for reject in found.rejects]
    assert cut_off == ([] if all(ends) and cut > 1 else ["malformed"])


def test_unknown_kind_of_packet_loses_nothing_of_the_others() -> None:
    good = [full_packet(Tick(token(n))) for n in (1, 2)]
    odd = full_packet(Tick(token(3))) + b"more"
    found = decoded(message([good[0], odd, odd, b"", good[1]]), token(1), token(2))
    assert found.rows["contract"].tolist() == [0, 1]
    assert [(reject.reason, reject.detail) for reject in found.rejects] == [
        ("unknown_packet", "2 packets of 188 bytes, which is no known kind"),
        ("unknown_packet", "1 packets of 0 bytes, which is no known kind"),
    ]


def test_instrument_that_was_not_asked_for_is_rejected() -> None:
    packets = [full_packet(Tick(token(n))) for n in (1, 9, 2)]
    found = decoded(message(packets), token(2), token(1))
    assert found.rows["contract"].tolist() == [1, 0]
    [reject] = found.rejects
    assert (reject.reason, reject.detail) == (
        "unknown_contract",
        f"1 packets of instrument tokens {token(9)}",
    )


def test_negative_price_is_rejected() -> None:
    packets = [full_packet(Tick(token(n), ask=-n)) for n in (1, 0)]
    found = decoded(message(packets), token(0), token(1))
    assert found.rows["contract"].tolist() == [0]
    assert [reject.reason for reject in found.rejects] == ["negative"]


def test_bytes_after_the_last_packet_are_rejected() -> None:
    found = decoded(message([full_packet(Tick(token(1)))]) + b"\1\2\3", token(1))
    assert len(found.rows) == 1
    [reject] = found.rejects
    assert (reject.detail, reject.row) == (
        "3 bytes follow the last of 1 packets",
        "010203",
    )


@given(st.binary(max_size=600))
def test_no_bytes_raise(data: bytes) -> None:
    decoded(data, token(1))


@given(st.binary(min_size=1, max_size=40), st.integers(0, 400))
def test_no_change_of_a_message_raises(noise: bytes, place: int) -> None:
    packets = [make(Tick(token(1))) for make in MAKERS]
    whole = message(packets)
    changed = whole[:place] + noise + whole[place + len(noise) :]
    decoded(changed, token(1))
