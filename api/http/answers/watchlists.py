"""Answers about watchlists: their items, and their quotes."""

from pgstrike.api.http.answer import Answer
from pgstrike.api.http.schemas import INSTANT, NAME, NUMBER, TEXT, array, record
from pgstrike.api.language import ROLE, WINDOW_OR_STRIKE

MOST_ITEMS = 500
ITEM = record(
    {"symbol": TEXT, "expiry": ROLE.schema},
    {"strikes": WINDOW_OR_STRIKE.schema, "strike": NUMBER},
)
ITEMS = {"items": {**array(ITEM), "maxItems": MOST_ITEMS}}
SET = {"name": NAME, "set_at": INSTANT, **ITEMS}
WATCHLISTS = Answer(record({"watchlists": array(record(SET))}))
SET_WATCHLIST = Answer(
    record(SET), status=201, failures=(415, 422, 429), takes=record(ITEMS)
)
WATCHLIST = Answer(
    record(
        {
            **SET,
            "columns": {
                **array(TEXT),
                "description": "symbol, then the columns of the chain.",
            },
            "rows": array({"type": "array"}),
        }
    ),
    failures=(404,),
    has_rows=True,
)
REMOVED_WATCHLIST = Answer(record({}), failures=(404,))
