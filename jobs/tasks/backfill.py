"""The task of fetching a symbol's past, which is done in jobs/tasks/fetching.py."""

from pgstrike.jobs.loading import LOADING
from pgstrike.jobs.tasks.kind import FROM, SYMBOL, TO, Kind, Result
from pgstrike.jobs.tasks.work import Work

BROKERS = ("kite", "upstox")


def run(work: Work) -> Result:
    with LOADING:
        from pgstrike.jobs.tasks.fetching import fetch_past

    return fetch_past(work)


KIND = Kind(
    name="backfill",
    about="Fetch the past of the listed contracts of a symbol: a broker's candles of a minute.",
    properties={
        "feed": {"enum": [*BROKERS], "description": "the broker: kite or upstox"},
        "symbol": SYMBOL,
        "from": FROM,
        "to": TO,
        "expiries": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100,
            "description": "how many expiries, the nearest first; 2 where it is left out",
        },
        "strikes": {
            "type": "string",
            "pattern": "^(all|atm:[0-9]{1,4})$",
            "description": "all, or so many each side of the money: atm:30",
        },
        "lot": {
            "type": "string",
            "maxLength": 1000,
            "description": "of kite: units of a lot of a commodity, such as NICKEL=250",
        },
    },
    required=("feed", "symbol", "from", "to"),
    run=run,
)
