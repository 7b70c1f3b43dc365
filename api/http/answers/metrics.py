"""Metrics: the tables, whose rows the catalogue describes, and the list of them."""

from pgstrike.api.http.answer import Answer, table
from pgstrike.api.http.schemas import FLAG, TEXT, array, nullable, record

METRIC = table("*", metric=TEXT)
STRIKE_DISTRIBUTION = table("strike_distribution", timeframe=TEXT, indicator=TEXT)
MONEYNESS_SERIES = table("moneyness_series", timeframe=TEXT, indicator=TEXT)
CHAIN = table("chain", "bar_chain", metric=TEXT)
BARS = table("option_bars", "underlying_bars", metric=TEXT)
EXPIRIES = table("expiries", metric=TEXT)
SIGNALS = table("signals", metric=TEXT)
METRICS = Answer(
    record(
        {
            "metrics": array(
                record(
                    {
                        "metric": TEXT,
                        "about": TEXT,
                        "parameters": array(
                            record({"name": TEXT, "type": TEXT, "optional": FLAG})
                        ),
                        "words": array(TEXT),
                        "columns": array(TEXT),
                        "fields": array(
                            record({"name": TEXT, "type": TEXT, "unit": nullable(TEXT)})
                        ),
                    }
                )
            )
        }
    )
)
