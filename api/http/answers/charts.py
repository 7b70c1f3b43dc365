"""What charts of TradingView are answered."""

from pgstrike.api.http.answer import Answer, text
from pgstrike.api.http.schemas import COUNT, FLAG, NUMBER, TEXT, array, nullable, record

CONFIG = Answer(
    record(
        {
            "supports_search": FLAG,
            "supports_group_request": FLAG,
            "supported_resolutions": array(TEXT),
            "exchanges": array(record({"value": TEXT, "name": TEXT, "desc": TEXT})),
            "symbols_types": array(record({"value": TEXT, "name": TEXT})),
        },
    ),
    has_etag=True,
)
SYMBOL = Answer(
    record(
        {
            "name": TEXT,
            "ticker": TEXT,
            "description": TEXT,
            "type": {"enum": ["underlying", "option", "indicator"]},
            "exchange": TEXT,
            "timezone": TEXT,
            "session": TEXT,
            "pricescale": COUNT,
            "minmov": COUNT,
            "supported_resolutions": array(TEXT),
            "visible_plots_set": {"enum": ["c", "ohlc", "ohlcv"]},
        },
        {"session_holidays": TEXT, "corrections": TEXT, "expired": FLAG},
    ),
    has_etag=True,
)
SEARCH = Answer(
    array(
        record(
            {"symbol": TEXT, "full_name": TEXT, "ticker": TEXT, "type": TEXT}
            | {"description": TEXT, "exchange": TEXT}
        )
    ),
    has_etag=True,
)
HISTORY = Answer(
    record(
        {"s": {"enum": ["ok", "no_data"]}},
        {"t": array(COUNT), "v": array(nullable(COUNT)), "nextTime": COUNT}
        | {name: array(NUMBER) for name in ("o", "h", "l", "c")},
    ),
    has_etag=True,
)
TIME = text("text/plain")
