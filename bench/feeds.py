"""`make bench-feeds`: live feeds against what a user has without them.

Decoding: 3,000 full packets of Kite in one message, by our decoder and by that of Kite's SDK
(`kiteconnect`, installed into build/bench-venv), in turn in one process on one core. Each is
the best of the rounds. Both must give the same figures.

Storing: see feeding/whole_way.py.
"""

import json
import struct
import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np

from bench.peer_venv import run_beside
from bench.report import Figure, at_least, report
from pgstrike.jobs.live.feeds.kite_packets import Tokens, decode

PEERS = ["kiteconnect==5.2.2", "numpy>=2.0"]
SDK = "kiteconnect 5.2.2"
PACKETS = 3_000
ROUNDS = 15
SDK_ROUNDS = 3


def main() -> int:
    done = run_beside(PEERS, "bench.feeds")
    if done.returncode != 0:
        return done.returncode
    # It needs psycopg, which the environment of `measure` has not.
    from bench.feeding.whole_way import whole_way_figures

    figures = [decode_figure(**json.loads(done.stdout)), *whole_way_figures()]
    return 0 if report("feeds", figures) else 1


def decode_figure(ours: float, theirs: float) -> Figure:
    """Full packets a second."""
    what = f"Kite packets/s, decoding {PACKETS:,}"
    return at_least(what, PACKETS / ours, PACKETS / theirs, SDK, theirs / ours, 200)


def measure() -> int:
    """Print the seconds that each decoder takes for one message, as JSON."""
    from kiteconnect import KiteTicker  # type: ignore[import-not-found]

    message, tokens = full_message(), Tokens(tokens_of(PACKETS))
    ticker = KiteTicker("", "")
    check_same(decode(message, tokens).rows, ticker._parse_binary(message))
    theirs = best(SDK_ROUNDS, lambda: ticker._parse_binary(message))
    ours = best(ROUNDS, lambda: decode(message, tokens))
    theirs = min(theirs, best(SDK_ROUNDS, lambda: ticker._parse_binary(message)))
    print(json.dumps({"ours": ours, "theirs": theirs}))
    return 0


def best(rounds: int, call: Callable[[], object]) -> float:
    taken = []
    for _ in range(rounds):
        began = perf_counter()
        call()
        taken.append(perf_counter() - began)
    return min(taken)


def tokens_of(count: int) -> list[int]:
    """Instrument tokens of NSE's options."""
    return [number << 8 | 2 for number in range(1, count + 1)]


def full_message() -> bytes:
    """Full packets with seeded figures, all of them above 0."""
    random = np.random.default_rng(7)
    packets = []
    for token in tokens_of(PACKETS):
        figures = random.integers(1, 2**31, 14).tolist()
        depth = random.integers(1, 2**31, 20).tolist()
        levels = [
            struct.pack(">IIHH", quantity, price, 3, 0)
            for quantity, price in zip(depth[::2], depth[1::2], strict=True)
        ]
        times = [1_756_441_803, *figures[10:13], 1_756_441_805]
        packets.append(
            struct.pack(">16I", token, *figures[:10], *times) + b"".join(levels)
        )
    head = struct.pack(">H", len(packets))
    return head + b"".join(struct.pack(">H", len(p)) + p for p in packets)


def check_same(rows: np.ndarray, ticks: list[dict]) -> None:  # type: ignore[type-arg]
    """Raise where the two decoders differ."""
    for row, tick in zip(rows, ticks, strict=True):
        bid, ask = tick["depth"]["buy"][0], tick["depth"]["sell"][0]
        theirs = (
            *(tick["last_price"], tick["volume_traded"], tick["oi"]),
            *(bid["price"], bid["quantity"], ask["price"], ask["quantity"]),
        )
        names = ("ltp", "volume", "oi", "bid", "bid_qty", "ask", "ask_qty")
        ours = tuple(row[name].item() for name in names)
        if ours != theirs:
            raise SystemExit(f"the decoders differ: {ours}, {theirs}")


if __name__ == "__main__":
    sys.exit(measure() if sys.argv[1:] == ["measure"] else main())
