"""Storing or refusing the lines of a request, and its answer."""

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import psycopg

from pgstrike.db.errors import explain
from pgstrike.db.queries import query
from pgstrike.jobs.feed.batches import SymbolCodes, finished
from pgstrike.jobs.feed.lines import line_text
from pgstrike.jobs.feed.ndjson import parse_lines
from pgstrike.jobs.ingest.fed_iv import without_iv
from pgstrike.jobs.ingest.outage import is_away
from pgstrike.jobs.ingest.store import Store, Stored, renamed
from pgstrike.jobs.live.incoming import Incoming
from pgstrike.jobs.quote import QuoteBatch, Reject
from pgstrike.jobs.settings import JobsSettings

logger = logging.getLogger(__name__)

SOURCE = "http"
MOST_ATTEMPTS = 3  # at lines whose storing ends the session
MOST_SHOWN = 20  # rejects in an answer
COUNTED = ("stored", "corrected", "unchanged", "late", "outside_session")

Answer = Mapping[str, Any]


class NotOursError(Exception):
    """Another session has the lines: nothing of them is stored here."""


def store_of(connection: psycopg.Connection, settings: JobsSettings) -> Store:
    return Store(
        connection,
        source=SOURCE,
        rate=settings.rate,
        horizon=settings.horizon,
        pricing_seconds=settings.pricing_seconds,
        is_live=True,
    )


def serve_one(store: Store, incoming: Incoming, *, ignores_iv: bool) -> None:
    """Store the lines of a request, or refuse them; it is answered in each case."""
    if incoming.attempt > MOST_ATTEMPTS:
        answer(store.connection, incoming.id, failed(f"{MOST_ATTEMPTS} attempts ended"))
        return
    store.learn_aliases()
    lines = incoming.lines.split(b"\n")
    codes = SymbolCodes()
    parsed = parse_lines(codes, [line for line in lines if line.strip()])
    batch = renamed(finished(parsed, codes), store.aliases)
    if not_allowed := refusal(batch, incoming.symbols, store.aliases):
        answer(store.connection, incoming.id, not_allowed)
        return
    try:
        add(store, incoming, without_iv(batch) if ignores_iv else batch, lines)
    except NotOursError:
        logger.info("lines %s were taken over by another session", incoming.id)
    except psycopg.Error as error:
        if is_away(error):
            raise
        logger.error("lines %s were not stored: %s", incoming.id, explain(error))
        answer(store.connection, incoming.id, failed(explain(error)))


def add(
    store: Store, incoming: Incoming, batch: QuoteBatch, lines: Sequence[bytes]
) -> None:
    """Store them; the transaction that does so answers the request."""
    is_first = True

    def note(stored: Stored, rejects: list[Reject]) -> None:
        nonlocal is_first
        said = told(stored, rejects, lines)
        if is_first and not answer(store.connection, incoming.id, said):
            raise NotOursError
        is_first = False  # what had waited for it is stored after it

    store.in_transaction = note
    store.room.make(partial(store.add, batch))


def answer(connection: psycopg.Connection, id: int, said: Answer) -> bool:
    """Answer a request. False: another session has its lines."""
    row = connection.execute(query("answer_incoming"), [id, json.dumps(said)])
    return row.fetchone() == (True,)


def told(stored: Stored, rejects: Sequence[Reject], lines: Sequence[bytes]) -> Answer:
    """What the request is answered with: counts, and the first rejects with their lines.

    Blank lines count for the place of a line, as in an editor, and not as lines.
    """
    shown = rejects[:MOST_SHOWN]
    places: dict[str, int] = {}
    for number, line in enumerate(lines if shown else (), 1):
        places.setdefault(line_text(line), number)
    return {
        "event_id": stored.event_id,
        "lines": sum(map(bool, map(bytes.strip, lines))),
        **{name: getattr(stored, name) for name in COUNTED},
        "rejected": Counter(reject.reason for reject in rejects),
        "rejects": [
            {
                "line": places.get(reject.row, 0),
                "reason": reject.reason,
                "detail": reject.detail,
                "row": reject.row[:200],
            }
            for reject in shown
        ],
    }


def refusal(
    batch: QuoteBatch, allowed: Sequence[str] | None, aliases: Mapping[str, str]
) -> Answer | None:
    """What to say where a line is of a symbol that the key may not ingest; None: all may."""
    if allowed is None:
        return None
    rejected = (each.symbol for each in batch.rejects if each.symbol)
    named = {*batch.symbols, *(aliases.get(symbol, symbol) for symbol in rejected)}
    for symbol in sorted(named.difference(allowed)):
        return refused(
            403,
            "symbol_not_allowed",
            f"The key may not ingest {symbol}, and nothing was stored",
            f"Send only quotes of {', '.join(allowed)}.",
            field="symbol",
        )
    return None


def failed(why: str) -> Answer:
    return refused(
        500,
        "not_stored",
        f"Nothing was stored ({why})",
        "Look into the log of `pgstrike run`.",
    )


def refused(
    status: int, code: str, message: str, hint: str, field: str | None = None
) -> Answer:
    says = f"{message}; {hint[0].lower()}{hint[1:]}"
    about = {"status": status, "code": code, "message": says, "hint": hint}
    return {"refused": about | ({"field": field} if field else {})}
