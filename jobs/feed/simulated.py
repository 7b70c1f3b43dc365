"""One simulated option chain: an underlying that walks, and the options traded on it."""

from collections.abc import Container
from datetime import date

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.feed.contracts import CONTRACT, Underlying, listed
from pgstrike.jobs.feed.times import DAY, SECOND, days
from pgstrike.jobs.feed.unknown import forget_zeros
from pgstrike.jobs.quote import LEGS, unknown_quotes

RATE = 0.065
TICK = 0.05
OPENS, CLOSES = 13_500 * SECOND, 36_000 * SECOND  # 03:45 and 10:00 UTC
SESSION_SECONDS = 22_500
YEAR_SECONDS = 252 * SESSION_SECONDS  # the walk rests while the market is closed
OVERNIGHT = 0.005

Floats = npt.NDArray[np.float64]


class SimulatedChain:
    """The chain of one symbol; figures of both legs stand in arrays of two rows."""

    def __init__(self, of: Underlying, rng: np.random.Generator) -> None:
        self.of = of
        self._rng = rng
        self._spot = of.spot
        self._lot = 1
        self._heat = 0.0  # log of today's volatility over the usual one
        self._contracts = np.empty(0, CONTRACT)
        self._oi = np.zeros((2, 0))
        self._ltp = np.zeros((2, 0))
        self._volume = np.zeros((2, 0))

    def open_day(self, day: date, closed: Container[date]) -> None:
        """Gap, drop the dead expiries, list the new strikes, start volume at 0."""
        self._spot *= float(np.exp(OVERNIGHT * self._rng.standard_normal()))
        alive = self._contracts["expiry"] >= days(day)
        before = self._contracts[alive]
        contracts = np.union1d(before, listed(self.of, self._spot, day, closed))
        kept = np.isin(contracts, before)
        ltp, oi = np.zeros((2, len(contracts))), np.zeros((2, len(contracts)))
        if not len(self._contracts):
            oi = self._standing_oi(contracts, day)
        oi[:, kept], ltp[:, kept] = self._oi[:, alive], self._ltp[:, alive]
        self._contracts, self._oi, self._ltp = contracts, oi, ltp
        self._volume = np.zeros((2, len(contracts)))
        self._lot = self.of.lot(day)

    def _standing_oi(self, contracts: npt.NDArray[np.void], day: date) -> Floats:
        """Lots that stand open when the simulation begins."""
        years = (contracts["expiry"] - days(day) + 1) / 365
        round_number = 1 + 3.0 * (contracts["strike"] % (10 * self.of.step) == 0)
        lots = 4_000 * self._interest(contracts["strike"], years) * round_number
        oi: Floats = np.floor(lots * self._rng.lognormal(0, 0.5, lots.shape))
        return oi

    def _interest(self, strikes: Floats, years: Floats) -> Floats:
        """How much is traded in each contract, per leg, relative to the busiest."""
        reach = self.of.vol * np.sqrt(years + 0.01)
        distance = np.log(strikes / self._spot) / reach
        out_of_the_money = np.array([distance, -distance])
        liking = np.where(out_of_the_money > 0, 1.0, 3.0)  # fewer trade in the money
        by_strike = np.exp(-liking * out_of_the_money**2 / 2)
        interest: Floats = by_strike / (1 + 20 * years) ** 2
        return interest

    def step(self, now: int, seconds: float) -> npt.NDArray[np.void]:
        """Let so much time go by until `now`; the chain as NSE would show it then."""
        self._walk(seconds)
        years = self._years(now)
        vol = self._smile(years)
        mid = self._mids(years, vol)
        bid, ask = self._spreads(mid, years)
        traded = self._trade(now, seconds, years)
        between = bid + self._rng.random(mid.shape) * (ask - bid)
        price = np.round(np.maximum(between, TICK) / TICK) * TICK
        self._ltp = np.where(
            (traded > 0) | (self._ltp == 0) & (self._oi > 0), price, self._ltp
        )
        return self._rows(now, vol, bid, ask)

    def _walk(self, seconds: float) -> None:
        """Geometric Brownian motion whose volatility is itself slow to change."""
        calm = np.exp(-seconds / 7_200)
        shock, move = self._rng.standard_normal(2)
        self._heat = calm * self._heat + 0.35 * np.sqrt(1 - calm**2) * shock
        deviation = self.of.vol * np.exp(self._heat) * np.sqrt(seconds / YEAR_SECONDS)
        self._spot *= np.exp(deviation * move - deviation**2 / 2)

    def _years(self, now: int) -> Floats:
        """Calendar time to each contract's close, at least a minute."""
        left = self._contracts["expiry"].astype(np.int64) * DAY + CLOSES - now
        years: Floats = np.maximum(left, 60 * SECOND) / (365 * DAY)
        return years

    def _smile(self, years: Floats) -> Floats:
        """Volatility by strike: skewed, curved, and nervous at the near end."""
        nearness = np.exp(-8 * years)
        level = self.of.vol * np.exp(self._heat * (0.3 + 0.5 * nearness))
        distance = np.log(self._contracts["strike"] / self._forward(years))
        away = distance / np.sqrt(years + 0.02)
        shape = 1.1 - 0.1 * nearness - 0.5 * away + 1.2 * away**2
        vol: Floats = np.clip(level * shape, 0.04, 1.5)
        return vol

    def _forward(self, years: Floats) -> Floats:
        forward: Floats = self._spot * np.exp(RATE * years)
        return forward

    def _mids(self, years: Floats, vol: Floats) -> Floats:
        """Black-76 of both legs; the put by parity."""
        forward, strike = self._forward(years), self._contracts["strike"]
        spread = vol * np.sqrt(years)
        upper = np.log(forward / strike) / spread + spread / 2
        undiscounted = forward * normal_cdf(upper) - strike * normal_cdf(upper - spread)
        call = np.maximum(undiscounted, 0)
        put = np.maximum(call - forward + strike, 0)
        mids: Floats = np.exp(-RATE * years) * np.array([call, put])
        return mids

    def _spreads(self, mid: Floats, years: Floats) -> tuple[Floats, Floats]:
        """Bid and ask on the tick; 0 where nobody quotes."""
        busy = self._interest(self._contracts["strike"], years)
        half = 0.5 * TICK + mid * np.minimum(0.001 / (busy + 0.01), 0.05)
        bid = np.floor((mid - half) / TICK) * TICK
        ask = np.maximum(np.ceil((mid + half) / TICK), 1) * TICK
        quoted = busy > 1e-7
        return np.where(quoted & (bid > 0), bid, 0), np.where(quoted, ask, 0)

    def _trade(self, now: int, seconds: float, years: Floats) -> Floats:
        """Trade lots, most at both ends of a session, which builds and unwinds OI."""
        through = (now % DAY - OPENS) / (CLOSES - OPENS)
        pace = (0.6 + 1.6 * (2 * through - 1) ** 2) * np.exp(self._heat)
        busy = self._interest(self._contracts["strike"], years)
        lots = 100 * seconds * busy * pace
        traded: Floats = self._rng.poisson(lots).astype(np.float64)
        opened = traded * (0.03 + 0.2 * self._rng.standard_normal(traded.shape))
        closing = np.where(years > 2 / 365, 0.1, 0.8) * seconds / SESSION_SECONDS
        self._volume += traded
        self._oi = np.maximum(np.rint(self._oi * (1 - closing) + opened), 0)
        return traded

    def _rows(
        self, now: int, vol: Floats, bid: Floats, ask: Floats
    ) -> npt.NDArray[np.void]:
        """The chain in rows of QUOTE, after NSE's manner of zeros is undone."""
        rows = unknown_quotes(len(self._contracts))
        rows["quote_time"] = now
        rows["expiry"] = self._contracts["expiry"]
        rows["strike"] = self._contracts["strike"]
        rows["underlying"] = round(round(self._spot / TICK) * TICK, 2)
        quantity = self._lot * self._rng.integers(1, 40, (4, len(rows)))
        for at, leg in enumerate(LEGS):
            rows[f"{leg}_ltp"] = np.round(self._ltp[at], 2)
            rows[f"{leg}_bid"] = np.round(bid[at], 2)
            rows[f"{leg}_ask"] = np.round(ask[at], 2)
            rows[f"{leg}_iv"] = np.where(self._volume[at] > 0, np.round(vol, 4), 0)
            rows[f"{leg}_oi"] = self._oi[at] * self._lot
            rows[f"{leg}_volume"] = self._volume[at] * self._lot
            rows[f"{leg}_bid_qty"] = np.where(bid[at] > 0, quantity[2 * at], 0)
            rows[f"{leg}_ask_qty"] = np.where(ask[at] > 0, quantity[2 * at + 1], 0)
        forget_zeros(rows)
        return rows


def normal_cdf(deviations: Floats) -> Floats:
    """Abramowitz and Stegun 26.2.17, within 7.5e-8: NumPy has no erf of arrays."""
    size = np.abs(deviations)
    t = 1 / (1 + 0.2316419 * size)
    series = t * (
        0.319381530
        + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))
    )
    tail = np.exp(-size * size / 2) / np.sqrt(2 * np.pi) * series
    cdf: Floats = np.where(deviations > 0, 1 - tail, tail)
    return cdf
