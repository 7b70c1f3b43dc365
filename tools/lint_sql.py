"""`python -m tools.lint_sql PATH ...`: lint SQL files, function bodies included.

sqlfluff lints each file as it stands, and each statement of a body as if it stood
outside (see tools/bodies.py), with the settings of pyproject.toml. What was clean is
remembered in build/, by its text: only what changed is linted again.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import sqlfluff
from sqlfluff.core import FluffConfig, Linter

from pgstrike.db.install.render import COLUMNS, columns
from tools.bodies import bodies, fragments, lower_keywords

ROOT = Path(__file__).parents[1]
REMEMBERED = ROOT / "build" / "lint_sql.json"
WIDTH = 100

# Rules that do not hold in a body:
IN_BODY = (
    "AL03",  # RETURNS or INSERT names the columns,
    "AL08",  # so that two may have the same name before
    "AM04",  # and that SELECT * finds others is an error at once
    "ST05",  # it does not see that a LATERAL is correlated by what its VALUES name
    "LT05",  # the width is that of the line in the file: see plain_faults
    "LT09",  # columns are packed into lines, or most functions would fill two screens
)
# Rules that do not hold for an expression, which stands somewhere in a line of PL/pgSQL:
IN_EXPRESSION = (
    *IN_BODY,
    "CP05",  # it takes the LIMIT of an ARRAY (SELECT ...) for a type
    "LT02",
    "LT14",
)


class Fault(NamedTuple):
    path: str
    line: int
    about: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.about}"


class Piece(NamedTuple):
    """A text for sqlfluff; its line 1 is this line of the file."""

    path: str
    line: int
    text: str
    but: tuple[str, ...]


def main(arguments: list[str]) -> int:
    pieces: list[Piece] = []
    faults: list[Fault] = []
    for path in paths(arguments):
        text = path.read_text()
        pieces += pieces_of(str(path), COLUMNS.sub(columns, text))
        faults += plain_faults(str(path), text)
    faults = sorted([*faults, *linted(pieces)])
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    return 1 if faults else 0


def paths(arguments: list[str]) -> Iterator[Path]:
    for argument in map(Path, arguments):
        yield from sorted(argument.rglob("*.sql")) if argument.is_dir() else [argument]


def pieces_of(path: str, text: str) -> Iterator[Piece]:
    yield Piece(path, 1, text, ())
    for body in bodies(text):
        for fragment in fragments(body):
            but = IN_EXPRESSION if fragment.is_expression else IN_BODY
            yield Piece(path, fragment.line, fragment.text, but)


def plain_faults(path: str, text: str) -> Iterator[Fault]:
    """What needs no parser, and so holds for every line of a body."""
    found = list(bodies(text))
    if text.count("AS $$") != len(found):
        yield Fault(path, 1, "a body is not between `AS $$` and `$$;`, at the margin")
    for body in found:
        for line, word in lower_keywords(body):
            yield Fault(path, line, f"keywords must be upper case: {word}")
        for line, row in enumerate(body.text.splitlines(), body.line):
            if len(row) > WIDTH:
                yield Fault(path, line, f"line is too long ({len(row)} > {WIDTH})")
            if row != row.rstrip():
                yield Fault(path, line, "line ends in blanks")
            if "\t" in row or (len(row) - len(row.lstrip(" "))) % 4:
                yield Fault(path, line, "indentation is not a multiple of 4 spaces")


def linted(pieces: list[Piece]) -> list[Fault]:
    remembered = (
        set(json.loads(REMEMBERED.read_text())) if REMEMBERED.exists() else set()
    )
    names = {piece: name_of(piece) for piece in pieces}
    unknown = [piece for piece in pieces if names[piece] not in remembered]
    faults: list[Fault] = []
    clean = {name for name in names.values() if name in remembered}
    with ProcessPoolExecutor() as pool:
        for piece, found in zip(
            unknown, pool.map(lint, unknown, chunksize=8), strict=True
        ):
            faults += found
            if not found:
                clean.add(names[piece])
    REMEMBERED.parent.mkdir(exist_ok=True)
    fresh = REMEMBERED.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(sorted(clean)))
    fresh.replace(REMEMBERED)
    return faults


@cache
def salt() -> str:
    """Of everything besides a piece's text that its faults depend on."""
    own = [ROOT / "pyproject.toml", Path(__file__), ROOT / "tools" / "bodies.py"]
    return sqlfluff.__version__ + "".join(path.read_text() for path in own)


def name_of(piece: Piece) -> str:
    whole = "\0".join([salt(), piece.text, *piece.but])
    return hashlib.sha256(whole.encode()).hexdigest()[:24]


@cache
def linter(but: tuple[str, ...]) -> Linter:
    own = FluffConfig.from_path(str(ROOT / "sql")).get("rule_denylist")
    excluded: dict[str, Any] = {"exclude_rules": ",".join([*own, *but])}
    return Linter(config=FluffConfig.from_path(str(ROOT / "sql"), overrides=excluded))


def lint(piece: Piece) -> list[Fault]:
    found = linter(piece.but).lint_string(piece.text, fname=piece.path)
    return [
        Fault(
            piece.path,
            piece.line + violation.line_no - 1,
            f"{violation.rule_code()} {violation.desc()}",
        )
        for violation in found.get_violations()
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
