"""Files are what they say: every file of sql/, as PostgreSQL's own parser reads it."""

import re
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from pglast import ast, enums

from pgstrike.db.install.render import Engine, read, rollup_function, rollups
from pgstrike.db.install.schema import LOGIC_SCHEMAS, files
from pgstrike.db.paths import SQL
from tests.support.each import each, in_sql
from tests.support.statements import (
    Name,
    asked,
    bodies,
    companion_of,
    created,
    nodes,
    rendered,
    statements,
    unqualified,
)

ENGINES: tuple[Engine, ...] = get_args(Engine)
STATE, LOGIC = files("state"), files("logic")
BATCH = sorted((SQL / "batch").glob("*.sql"))
QUERIES = sorted((SQL / "queries").glob("*.sql")) + BATCH
STATE_SCHEMAS = ("fo", "job")

LOGIC_KINDS = (
    ast.ViewStmt,
    ast.CompositeTypeStmt,
    ast.CreateFunctionStmt,
    ast.CreateTrigStmt,
    ast.GrantStmt,
    ast.CommentStmt,
)

every_state_file = each(STATE)
every_logic_file = each(LOGIC)
every_file = each(STATE + LOGIC)
every_query = each(QUERIES)


def on_both(path: Path) -> list[ast.Node]:
    """What the one engine gets, and then the other."""
    return [statement for engine in ENGINES for statement in rendered(path, engine)]


@cache
def our_functions() -> set[str]:
    """The names of every function that logic defines, generated ones included."""
    texts = [read(path) for path in STATE + LOGIC]
    texts += [rollup_function(rollup) for rollup in rollups(SQL / "state")]
    pattern = r"CREATE (?:FUNCTION|PROCEDURE|AGGREGATE) \w+\.(\w+)"
    return {name for text in texts for name in re.findall(pattern, text)}


def is_logic(statement: ast.Node) -> bool:
    """Whether a statement holds no data, and is made by CREATE, not by OR REPLACE."""
    if isinstance(statement, ast.DefineStmt):
        return statement.kind == enums.ObjectType.OBJECT_AGGREGATE
    return isinstance(statement, LOGIC_KINDS) and not getattr(
        statement, "replace", False
    )


def schema_of(statement: ast.Node) -> str | None:
    """Of what a statement creates, or of the function that a trigger calls."""
    if isinstance(statement, ast.CreateTrigStmt):
        return str(statement.funcname[0].sval)
    name = created(statement) or companion_of(statement)
    return name.schema if name else None


@every_state_file
def test_state_file_name_begins_with_its_station(path: Path) -> None:
    """Two digits, so that `ls` lists the way the data goes."""
    assert re.fullmatch(r"state/\d\d_[a-z][a-z0-9_]*\.sql", in_sql(path))


@every_logic_file
def test_logic_file_lies_in_the_room_of_its_station(path: Path) -> None:
    """The room has the two digits, or a room in it is a room of the same station."""
    name = r"[a-z][a-z0-9_]*"
    assert re.fullmatch(rf"logic/\d\d_{name}/(?:{name}/)?{name}\.sql", in_sql(path))


@every_file
def test_file_defines_one_object_and_is_called_after_it(path: Path) -> None:
    """Whatever else it holds belongs to that object; on both engines the same one."""
    found = set()
    for engine in ENGINES:
        parsed = rendered(path, engine)
        [defined] = [name for name in map(created, parsed) if name]
        for statement in parsed:
            if created(statement) is None:
                assert companion_of(statement) == defined, statement
        found.add(defined.name)
    assert found == {re.sub(r"^\d\d_", "", path.stem)}


@every_file
def test_file_begins_with_what_it_is(path: Path) -> None:
    """A sentence, for whoever opens it."""
    first = path.read_text().splitlines()[0]
    assert re.fullmatch(r"-- [A-Z0-9].*[.,:;a-z0-9]", first), first


@every_logic_file
def test_logic_holds_no_data(path: Path) -> None:
    """Views, functions, procedures, aggregates, triggers, grants, comments: nothing else."""
    for statement in on_both(path):
        assert is_logic(statement), statement
        assert schema_of(statement) in LOGIC_SCHEMAS


@every_state_file
def test_state_is_in_the_schemas_of_state(path: Path) -> None:
    """And stops where it finds something there: IF NOT EXISTS would build on anything."""
    for statement in on_both(path):
        assert not getattr(statement, "if_not_exists", False)
        match created(statement):
            case Name(None, name):
                assert name in STATE_SCHEMAS
            case Name(schema, _):
                assert schema in STATE_SCHEMAS


@pytest.mark.parametrize(
    "rollup", rollups(SQL / "state"), ids=lambda rollup: rollup.name
)
def test_generated_function_is_logic(rollup: object) -> None:
    """The one that recomputes a rollup's window is called as the rollup is."""
    [function] = statements(rollup_function(rollup))  # type: ignore[arg-type]
    assert is_logic(function)
    assert created(function) == Name("ops", rollup.name)  # type: ignore[attr-defined]
    assert not any(unqualified(body, our_functions()) for body in bodies(function))


@every_query
def test_query_is_one_statement(path: Path) -> None:
    """Named by its file."""
    assert len(asked(path)) == 1


@each(BATCH)
def test_batch_file_makes_what_it_is_called_after(path: Path) -> None:
    """A temporary table or view, which begins with what it is for."""
    [statement] = asked(path)
    defined = created(statement)
    assert defined is not None and defined.name == path.stem
    assert path.read_text().startswith("-- ")


@every_query
def test_query_selects_columns_by_name(path: Path) -> None:
    """A prepared SELECT * fails once a view gains a column."""
    for statement in asked(path):
        targets = getattr(statement, "targetList", None) or ()
        found = [node for target in targets for node in nodes(target)]
        assert not any(isinstance(node, ast.A_Star) for node in found)


@every_query
def test_query_names_schemas(path: Path) -> None:
    """It means the same whatever the search_path."""
    for statement in asked(path):
        assert unqualified(statement, our_functions()) == set()


@every_file
def test_file_names_schemas(path: Path) -> None:
    """Of relations and of functions of ours, also inside functions."""
    ours = our_functions()
    for statement in on_both(path):
        for part in (statement, *bodies(statement)):
            assert unqualified(part, ours) == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT 1 FROM option_quote", {"option_quote"}),
        ("SELECT epoch()", {"epoch"}),
        ("WITH one AS (SELECT 1) SELECT ops.epoch(), max(1) FROM one, fo.event", set()),
        ("DELETE FROM event WHERE id IN (SELECT 1 FROM job.rollup)", {"event"}),
        ("CREATE VIEW ops.one AS SELECT 1 FROM event", {"event"}),
        ("CREATE TEMPORARY TABLE batch (id int)", set()),
        (
            "CREATE FUNCTION ops.one() RETURNS void LANGUAGE plpgsql AS $$"
            " DECLARE v text; BEGIN v := epoch(); IF EXISTS (SELECT FROM event) THEN"
            " PERFORM last_known(1) FROM fo.event; END IF; END $$",
            {"epoch", "event", "last_known"},
        ),
        (
            "CREATE FUNCTION ops.one() RETURNS text LANGUAGE sql AS $$ SELECT epoch() $$",
            {"epoch"},
        ),
    ],
)
def test_bare_names_are_noticed(text: str, found: set[str]) -> None:
    """In statements and in the bodies of functions: else the two tests above are empty."""
    [statement] = statements(text)
    bare = [
        unqualified(part, our_functions()) for part in (statement, *bodies(statement))
    ]
    assert set().union(*bare) == found


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE ops.one ()",
        "CREATE MATERIALIZED VIEW ops.one AS SELECT 1",
        "CREATE INDEX one ON fo.event (topic)",
        "INSERT INTO fo.event (id) VALUES (1)",
        "ALTER TABLE fo.event ADD one int",
        "CREATE TYPE ops.one AS ENUM ('a')",
        "CREATE OPERATOR ops.+ (FUNCTION = ops.one, LEFTARG = int, RIGHTARG = int)",
        "DROP VIEW IF EXISTS ops.one",
        "DO $$ BEGIN END $$",
        "CREATE OR REPLACE VIEW ops.one AS SELECT 1",
        "CREATE OR REPLACE FUNCTION ops.one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_what_is_no_logic_is_noticed(text: str) -> None:
    """Of each kind that would outlive a rebuild, hold data, or hide what was there."""
    [statement] = statements(text)
    assert not is_logic(statement)


def test_each_file_that_is_wrong_is_named() -> None:
    """Also where others are right; what is asked of no file is no test."""
    first, second, *_ = STATE

    @each([first, second, first])
    def is_second(path: Path) -> None:
        assert path == second

    with pytest.raises(ExceptionGroup, match="2 of 3 files") as raised:
        is_second()
    notes = [error.__notes__ for error in raised.value.exceptions]
    assert notes == [[f"of {in_sql(first)}"]] * 2
    with pytest.raises(AssertionError):
        each([])(is_second)()
