"""Options as Massive sends them, all of one moment."""

from typing import Any

from tests.support.feeds import utc

READ_AT = utc("2026-04-20T15:33:20")  # 11:33 in New York
UNIX = 946_684_800_000_000  # microseconds from 1970 to 2000
NOW_NS = (READ_AT + UNIX) * 1000


def massive_option(strike: float, leg: str, **more: Any) -> dict[str, Any]:
    """An option of AAPL, with the fields of `more` replaced or added."""
    return {
        "day": {"close": 5.1, "volume": 12, "last_updated": NOW_NS},
        "details": {
            "contract_type": leg,
            "exercise_style": "american",
            "expiration_date": "2026-12-18",
            "shares_per_contract": 100,
            "strike_price": strike,
            "ticker": f"O:AAPL261218{leg[0].upper()}{round(strike * 1000):08}",
        },
        "greeks": {"delta": 0.5, "gamma": 0.01, "theta": -0.1, "vega": 0.3},
        "implied_volatility": 0.31,
        "last_quote": {
            "ask": 5.2,
            "ask_size": 7,
            "bid": 5.0,
            "bid_size": 3,
            "last_updated": NOW_NS - 2_000_000_000,
        },
        "last_trade": {"price": 5.15, "sip_timestamp": NOW_NS - 9_000_000_000},
        "open_interest": 1543,
        "underlying_asset": {"price": 201.5, "ticker": "AAPL"},
    } | more
