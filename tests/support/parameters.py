"""The parameters of the paths that are no metrics."""

PAGE = ["fields", "limit", "cursor"]
PARAMETERS = {
    "bootstrap": ["symbol"],
    "chain": ["symbol", "expiry", "strikes", "timeframe", "at", "tz", *PAGE],
    "bars": [
        "symbol", "expiry", "strike", "leg", "timeframe", "from", "to", "fill", *PAGE,
    ],
    "expiries": ["symbol", "expiry", "at", "tz", *PAGE],
    "signals": ["symbol", "expiry", "strikes", "at", *PAGE],
    "events": ["symbol", "topic", "after", "limit"],
    "strike-distribution": ["symbol", "timeframe", "expiry", "indicator", "strikes"],
    "moneyness-series": ["symbol", "indicator", "expiry", "strikes", "from", "to"],
    "stream": [
        "symbol", "expiry", "strikes", "fields", "interval", "timeframe", "topic", "after",
    ],
}  # fmt: skip
