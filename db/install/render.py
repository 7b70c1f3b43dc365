"""One SQL text for two engines.

Files under sql/state and sql/logic are written for both at once:

- `/*postgres ... */` and `/*timescaledb ... */` hold what only that engine gets;
- a rollup is written as a continuous aggregate, with `first` and `last`. Its
  `fo.bucket_start` becomes TimescaleDB's `time_bucket` with the same origin. For plain
  Postgres it becomes a table of the same columns, and a function in schema `ops` that
  computes those of its rows that lie in one window (see `rollup_function`);
- `/*coarser MODEL: WIDTH, from SOURCE, as NAME*/` is the rollup MODEL again, of another
  width and from another source (see `expand`);
- `/*columns NAME of ALIAS from w but key, x, y*/` is the list of the columns of a table or
  type of ours: the words after NAME may be left out; they begin at w and leave out those of
  the primary key, x and y (see `columns`).
"""

import re
from pathlib import Path
from typing import Literal, NamedTuple

from pgstrike.db.paths import SQL

Engine = Literal["postgres", "timescaledb"]

ONLY = re.compile(r"/\*(postgres|timescaledb)\s(.*?)\*/", re.DOTALL)
ROLLUP = re.compile(
    r"CREATE MATERIALIZED VIEW fo\.(?P<name>\w+)\s+"
    r"WITH \(timescaledb\.continuous[^)]*\) AS\n"
    r"(?P<select>SELECT.*?)\nWITH NO DATA;",
    re.DOTALL,
)
FROM = re.compile(r"^FROM fo\.(?P<source>\w+)$", re.MULTILINE)
EDGE = re.compile(
    r"\b(first|last)\((\w+), (\w+)\)(\s+FILTER \(WHERE \2 IS NOT NULL\))?"
)
BUCKET = re.compile(r"\bfo\.bucket_start\((interval '[^']+', \w+)\)")
BUCKET_ORIGIN = re.compile(
    r"FUNCTION fo\.bucket_start.*?(timestamptz '[^']+')", re.DOTALL
)
WIDTH = re.compile(r"interval '[^']+', bucket_time")
COARSER = re.compile(
    r"/\*coarser (?P<model>\w+): (?P<width>[^,*]+),\s+"
    r"from (?P<source>\w+), as (?P<name>\w+)\s*\*/"
)
COLUMNS = re.compile(
    r"/\*columns (?P<name>\w+)(?: of (?P<alias>\w+))?"
    r"(?: from (?P<first>\w+))?(?: but (?P<but>[\w, ]+))?\*/"
)
TABLE = re.compile(r"CREATE (?:TABLE|TYPE) .*?^\)", re.DOTALL | re.MULTILINE)
COLUMN = re.compile(r"^    ([a-z]\w*) ", re.MULTILINE)
KEY = re.compile(r"PRIMARY KEY \(([^)]+)\)")

# What has quote_time; every rollup has bucket_time.
BASES = ("option_quote", "underlying_quote")


class Rollup(NamedTuple):
    """A rollup as its file says it: its name, what it reads, and the SELECT."""

    name: str
    source: str
    select: str


def render(text: str, engine: Engine) -> str:
    """The text of a state or logic file as the engine takes it."""
    text = ONLY.sub(lambda only: only[2] if only[1] == engine else "", text)
    return ROLLUP.sub(
        rollup_table if engine == "postgres" else continuous_aggregate, text
    )


def read(path: Path) -> str:
    """The text of a state or logic file, with what it says of other files filled in."""
    text = COARSER.sub(lambda wanted: expand(wanted, path.parent), path.read_text())
    return COLUMNS.sub(columns, text)


def columns(wanted: "re.Match[str]") -> str:
    """In the order of the file that makes the table or type; no line is added."""
    files = [*SQL.glob(f"logic/**/{wanted['name']}.sql")]
    [path] = [*SQL.glob(f"state/[0-9][0-9]_{wanted['name']}.sql"), *files]
    text = "".join(TABLE.findall(path.read_text()))
    but = set(re.findall(r"\w+", wanted["but"] or ""))
    if "key" in but and (key := KEY.search(text)):
        but |= {"key", *re.findall(r"\w+", key[1])}
    prefix = f"{wanted['alias']}." if wanted["alias"] else ""
    names = COLUMN.findall(text)
    names = names[names.index(wanted["first"] or names[0]) :]
    return ", ".join(prefix + name for name in names if name not in but)


def expand(wanted: "re.Match[str]", directory: Path) -> str:
    """A rollup that reads another one, by the model of a finer one."""
    [path] = directory.glob(f"[0-9][0-9]_{wanted['model']}.sql")
    _, create, text = path.read_text().partition("CREATE MATERIALIZED VIEW")
    source = FROM.search(text)
    if source is None:
        raise ValueError(f"{path.name}: its FROM must be one line of its own")
    text = WIDTH.sub(f"interval '{wanted['width']}', bucket_time", text)
    renamed = {source["source"]: wanted["source"], wanted["model"]: wanted["name"]}
    # The model's name may begin with that of its source: the longer one first.
    longest = "|".join(sorted(renamed, key=len, reverse=True))
    names = re.compile(rf"\b({longest})(?=\b|_)")
    return create + names.sub(lambda name: renamed[name[1]], text).rstrip("\n")


def rollups(directory: Path) -> list[Rollup]:
    """The rollups that the files of a directory define, in file order."""
    found = []
    for path in sorted(directory.glob("*.sql")):
        for match in ROLLUP.finditer(read(path)):
            source = FROM.search(match["select"])
            if source is None:
                raise ValueError(f"{path.name}: its FROM must be one line of its own")
            found.append(Rollup(match["name"], source["source"], match["select"]))
    return found


def continuous_aggregate(match: "re.Match[str]") -> str:
    """TimescaleDB takes a bucket from time_bucket alone, and its origin as a constant."""
    return BUCKET.sub(rf"time_bucket(\1, {bucket_origin()})", match[0])


def bucket_origin() -> str:
    """As the function has it; it has to stay the same for as long as rollups do."""
    [path] = (SQL / "state").glob("[0-9][0-9]_bucket_start.sql")
    [origin] = BUCKET_ORIGIN.findall(path.read_text())
    return str(origin)


def rollup_table(match: "re.Match[str]") -> str:
    select = plain_select(match["select"])
    return f"CREATE TABLE fo.{match['name']} AS\n{select}\nWITH NO DATA;"


def rollup_function(rollup: Rollup) -> str:
    """On plain Postgres: the rows of a rollup for one symbol and window, computed anew."""
    time = "quote_time" if rollup.source in BASES else "bucket_time"
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
        known = f" FILTER (WHERE {call[2]} IS NOT NULL)" if call[4] else ""
        place = "1" if call[1] == "first" else f"count({call[2] if known else '*'})"
        ordered = f"array_agg({call[2]} ORDER BY {call[3]})"
        return f"({ordered}{known})[{place}]"

    return EDGE.sub(edge, select)
