"""The timeframe that is not one of bars."""

LIVE = "live"
