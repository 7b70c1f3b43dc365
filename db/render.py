"""One SQL text for two engines.

Files under sql/state and sql/logic are written for both at once:

- `/*postgres ... */` and `/*timescaledb ... */` hold what only that engine gets;
- a rollup is written as a continuous aggregate, with `time_bucket`, `first` and `last`.
  For plain Postgres it becomes a table of the same columns, and a function in schema
  `ops` that computes those of its rows that lie in one window (see `rollup_function`).
"""

import re
from pathlib import Path
from typing import Literal, NamedTuple

Engine = Literal["postgres", "timescaledb"]

ONLY = re.compile(r"/\*(postgres|timescaledb)\s(.*?)\*/", re.DOTALL)
ROLLUP = re.compile(
    r"CREATE MATERIALIZED VIEW fo\.(?P<name>\w+)\s+"
    r"WITH \(timescaledb\.continuous[^)]*\) AS\n"
    r"(?P<select>SELECT.*?)\nWITH NO DATA;",
    re.DOTALL,
)
FROM = re.compile(r"^FROM fo\.(?P<source>\w+)$", re.MULTILINE)
EDGE = re.compile(r"\b(first|last)\((\w+), (\w+)\)\s+FILTER \(WHERE \2 IS NOT NULL\)")
BUCKET = re.compile(r"\btime_bucket\(")

BASE = "option_quote"  # the only source with quote_time; every rollup has bucket_time


class Rollup(NamedTuple):
    """A rollup as its file says it: its name, what it reads, and the SELECT."""

    name: str
    source: str
    select: str


def render(text: str, engine: Engine) -> str:
    """The text of a state or logic file as the engine takes it."""
    text = ONLY.sub(lambda only: only[2] if only[1] == engine else "", text)
    if engine == "timescaledb":
        return text
    return ROLLUP.sub(rollup_table, text)


def rollups(directory: Path) -> list[Rollup]:
    """The rollups that the files of a directory define, in file order."""
    found = []
    for path in sorted(directory.glob("*.sql")):
        for match in ROLLUP.finditer(path.read_text()):
            source = FROM.search(match["select"])
            if source is None:
                raise ValueError(f"{path.name}: its FROM must be one line of its own")
            found.append(Rollup(match["name"], source["source"], match["select"]))
    return found


def rollup_table(match: "re.Match[str]") -> str:
    select = plain_select(match["select"])
    return f"CREATE TABLE fo.{match['name']} AS\n{select}\nWITH NO DATA;"


def rollup_function(rollup: Rollup) -> str:
    """On plain Postgres: the rows of a rollup for one symbol and window, computed anew."""
    time = "quote_time" if rollup.source == BASE else "bucket_time"
    window = (
        f"FROM (\n    SELECT * FROM fo.{rollup.source} AS source\n"
        "    WHERE source.symbol = p_symbol\n"
        f"        AND source.{time} >= p_from AND source.{time} < p_to\n"
        f") AS {rollup.source}"
    )
    select = FROM.sub(window, plain_select(rollup.select))
    return (
        f"CREATE FUNCTION ops.{rollup.name}(\n"
        "    p_symbol text, p_from timestamptz, p_to timestamptz\n"
        f") RETURNS SETOF fo.{rollup.name}\n"
        f"LANGUAGE sql STABLE AS $$\n{select};\n$$;\n"
    )


def plain_select(select: str) -> str:
    """The SELECT of a rollup without TimescaleDB's functions.

    An aggregate of our own in their place costs six times an ordered array_agg. first and
    last share one order, so that PostgreSQL sorts a group's rows once for all of them.
    """

    def edge(call: "re.Match[str]") -> str:
        place = "1" if call[1] == "first" else f"count({call[2]})"
        ordered = f"array_agg({call[2]} ORDER BY {call[3]})"
        return f"({ordered} FILTER (WHERE {call[2]} IS NOT NULL))[{place}]"

    return EDGE.sub(edge, BUCKET.sub("date_bin(", select))
