"""The parameters of the paths that are no metrics."""

PARAMETERS = {
    "strike-distribution": ["symbol", "timeframe", "expiry", "indicator", "strikes"],
    "moneyness-series": ["symbol", "indicator", "expiry", "strikes", "from", "to"],
    "stream": [
        "symbol", "expiry", "strikes", "fields", "interval", "timeframe", "topic", "after",
    ],
}  # fmt: skip
