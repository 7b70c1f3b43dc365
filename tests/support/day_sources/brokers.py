"""The days of brokers and exchanges, in the bytes that each of them sends."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pgstrike.jobs.feed.times import SECOND
from tests.support.day_sources.source import EXPIRY, Figures, Source, socket_of
from tests.support.deribit import FORWARD, REST, SOCKET, frame, instruments, names_of
from tests.support.deribit import STRIKES as COIN_STRIKES
from tests.support.feed_server import (
    Act,
    Answer,
    FeedServer,
    Heard,
    Message,
    json_answer,
)
from tests.support.kite_messages import Tick, full_packet, message
from tests.support.kite_script import HEADER, SPOT
from tests.support.upstox_messages import entry, response, with_greeks

TO_UNIX = 946_684_800  # seconds from 1970 to 2000


class Kite(Source):
    kind = "kite"
    secrets: ClassVar[Mapping[str, str]] = {
        "KITE_API_KEY": "key",
        "KITE_ACCESS_TOKEN": "token",
    }

    def answers(self) -> dict[str, Any]:
        rows = (
            f"{token(place)},1,NIFTY,NIFTY,0,{EXPIRY},{strike},0.05,75,"
            f"{'CE' if leg == 'call' else 'PE'},NFO-OPT,NFO\n"
            for place, (strike, leg) in enumerate(self.contracts)
        )
        listed = (HEADER + "".join(rows)).encode()
        return {
            "/quote/ltp": [json_answer(SPOT)],
            "/instruments": [Answer(body=listed)],
        }

    def point(self, address: str, server: FeedServer) -> None:
        module = "pgstrike.jobs.live.feeds.kite"
        self.places[f"{module}.API"] = address
        self.places[f"{module}.SOCKET"] = f"{socket_of(address)}/"

    def messages(self, number: int) -> Sequence[Message]:
        time = self.clock.now() // SECOND + TO_UNIX
        ticks = [
            Tick(
                token(place),
                round(of["ltp"] * 100),
                *(int(of[name]) for name in ("volume", "oi")),
                time,
                round(of["bid"] * 100),
                int(of["bid_qty"]),
                round(of["ask"] * 100),
                int(of["ask_qty"]),
            )
            for place, of in enumerate(self.figures(number))
        ]
        return [message([full_packet(tick) for tick in ticks])]


class Upstox(Source):
    kind = "upstox"
    secrets: ClassVar[Mapping[str, str]] = {"UPSTOX_TOKEN": "token"}
    underlying = "NSE_INDEX|Nifty 50"

    def sockets(self) -> dict[str, list[list[Act]]]:
        return {"/feeds": [[self.ticking()]]}

    def answers(self) -> dict[str, Any]:
        options = [
            {
                "segment": "NSE_FO",
                "expiry": EXPIRY.isoformat(),
                "instrument_type": "CE" if leg == "call" else "PE",
                "underlying_symbol": "NIFTY",
                "underlying_key": self.underlying,
                "instrument_key": f"NSE_FO|{place}",
                "lot_size": 75,
                "tick_size": 5.0,
                "strike_price": strike,
            }
            for place, (strike, leg) in enumerate(self.contracts)
        ]
        price = {"X": {"last_price": 24_612.0, "instrument_token": self.underlying}}
        return {
            "/complete.json.gz": [json_answer(options)],
            "/v3/market-quote/ltp": [json_answer({"data": price})],
            "/v2/option/chain": [json_answer({"data": []})],
        }

    def point(self, address: str, server: FeedServer) -> None:
        module = "pgstrike.jobs.live.feeds.upstox"
        self.places[f"{module}.API"] = address
        self.places[f"{module}.LIST"] = f"{address}/complete.json.gz"
        said = {"authorized_redirect_uri": f"{socket_of(address)}/feeds?code=once"}
        path = "/v3/feed/market-data-feed/authorize"
        server.answers[path] = [json_answer({"data": said})]

    def messages(self, number: int) -> Sequence[Message]:
        sent_at = self.clock.now() // 1_000 + TO_UNIX * 1_000
        entries = [
            entry(
                f"NSE_FO|{place}",
                with_greeks({**of, "oi": float(of["oi"]), "traded_at": sent_at}),
            )
            for place, of in enumerate(self.figures(number))
        ]
        return [response(*entries, sent_at=sent_at)]


class Dhan(Source):
    kind = "dhan"
    secrets: ClassVar[Mapping[str, str]] = {
        "DHAN_CLIENT_ID": "id",
        "DHAN_ACCESS_TOKEN": "token",
    }

    def answers(self) -> dict[str, Any]:
        head = (
            "EXCH_ID,SEGMENT,SECURITY_ID,INSTRUMENT,UNDERLYING_SYMBOL,LOT_SIZE,"
            "SM_EXPIRY_DATE,STRIKE_PRICE,OPTION_TYPE,TICK_SIZE\n"
            "NSE,I,13,INDEX,NIFTY,1,0001-01-01,,XX,0.05\n"
        )
        rows = (
            f"NSE,D,{500 + place},OPTIDX,NIFTY,75.0,{EXPIRY},{strike},"
            f"{'CE' if leg == 'call' else 'PE'},5.0\n"
            for place, (strike, leg) in enumerate(self.contracts)
        )
        price = {"data": {"IDX_I": {"13": {"last_price": 24_612.0}}}}
        listed = (head + "".join(rows)).encode()
        return {"/list": [Answer(body=listed)], "/prices": [json_answer(price)]}

    def point(self, address: str, server: FeedServer) -> None:
        module = "pgstrike.jobs.live.feeds.dhan"
        self.places[f"{module}.LIST"] = f"{address}/list"
        self.places[f"{module}.PRICES"] = f"{address}/prices"
        self.places[f"{module}.SOCKET"] = f"{socket_of(address)}/"

    def messages(self, number: int) -> Sequence[Message]:
        found = (dhan_packet(500 + n, of) for n, of in enumerate(self.figures(number)))
        return [b"".join(found)]


def dhan_packet(name: int, of: Figures) -> bytes:
    """A full packet; all five levels are the best one."""
    count = {key: int(value) for key, value in of.items()}
    return (
        struct.pack("<BHBI", 8, 162, 2, name)
        + struct.pack("<fHIfIII", of["ltp"], 75, 0, 99.5, count["volume"], 10, 20)
        + struct.pack("<III4f", count["oi"], count["oi"], 1, 1, 2, 3, 4)
        + struct.pack(
            "<IIHHff", count["bid_qty"], count["ask_qty"], 3, 4, of["bid"], of["ask"]
        )
        * 5
    )


class Deribit(Source):
    kind, symbol, exchange = "deribit", "BTC", "DERIBIT"
    strikes = COIN_STRIKES
    unit = 1
    is_joint = False  # each option has messages of its own
    names = names_of(EXPIRY)

    def expected(self, number: int, place: int) -> Figures:
        figures = self.in_coins(number, place)
        return {
            "ltp": figures["last_price"] * FORWARD,
            "bid": figures["best_bid_price"] * FORWARD,
            "ask": figures["best_ask_price"] * FORWARD,
            "oi": 1_000 + number,
        }

    def in_coins(self, number: int, place: int) -> dict[str, float]:
        price = 0.04 + (5 * number + 1_000 * place) * 1e-7
        return {
            "last_price": price,
            "best_bid_price": price - 0.001,
            "best_ask_price": price + 0.001,
            "open_interest": (1_000 + number) / 10,
        }

    def sockets(self) -> dict[str, list[list[Act]]]:
        return {SOCKET: [[self.ticking()]]}

    def answers(self) -> dict[str, Any]:
        return {
            f"{REST}get_instruments": [Answer(body=instruments(self.names))],
            f"{REST}get_book_summary_by_currency": [json_answer({"result": []})],
        }

    def point(self, address: str, server: FeedServer) -> None:
        self.options = {"url": socket_of(address) + SOCKET}

    def messages(self, number: int) -> Sequence[Message]:
        common = {
            "timestamp": self.clock.now() // 1_000 + TO_UNIX * 1_000,
            "underlying_price": FORWARD,
        }
        return [
            frame({"instrument_name": name, **common, **self.in_coins(number, place)})
            for place, name in enumerate(self.names)
        ]


class Massive(Source):
    kind, symbol, exchange = "massive", "AAPL", "XCBO"
    strikes = (190, 200, 210)
    unit = 100
    secrets: ClassVar[Mapping[str, str]] = {"MASSIVE_API_KEY": "key"}

    def expected(self, number: int, place: int) -> Figures:
        found = {**super().expected(number, place)}
        del found["volume"]
        return found

    def sockets(self) -> dict[str, list[list[Act]]]:
        return {}

    def answers(self) -> dict[str, Any]:
        return {"/AAPL": self.chain}

    def point(self, address: str, server: FeedServer) -> None:
        self.places["pgstrike.jobs.live.feeds.massive.SNAPSHOT"] = f"{address}/"
        self.options = {"interval": "1"}

    def chain(self, heard: Heard) -> Answer:
        stamp = (self.clock.now() + TO_UNIX * SECOND) * 1_000
        number = self.next()
        rows = [
            {
                "details": {
                    "contract_type": leg,
                    "exercise_style": "american",
                    "expiration_date": EXPIRY.isoformat(),
                    "shares_per_contract": 100,
                    "strike_price": strike,
                    "ticker": f"O:AAPL{EXPIRY:%y%m%d}{leg[0].upper()}{strike * 1000:08}",
                },
                "last_quote": {
                    "ask": of["ask"],
                    "ask_size": of["ask_qty"] / 100,
                    "bid": of["bid"],
                    "bid_size": of["bid_qty"] / 100,
                    "last_updated": stamp,
                },
                "last_trade": {"price": of["ltp"], "sip_timestamp": stamp},
                "open_interest": of["oi"] / 100,
                "underlying_asset": {"price": 201.5, "ticker": "AAPL"},
            }
            for (strike, leg), of in zip(
                self.contracts, self.figures(number), strict=True
            )
        ]
        return json_answer({"results": rows, "status": "OK", "next_url": None})


def token(place: int) -> int:
    """The instrument token of an option of NSE."""
    return (1_000 + place) << 8 | 2
