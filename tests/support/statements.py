"""The statements of our SQL files, as PostgreSQL's own parser reads them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pglast import ast, parse_plpgsql, parse_sql
from pglast.stream import RawStream
from pglast.visitors import Ancestor, Visitor

from pgstrike.db.install.render import Engine, read, render

PLACEHOLDER = re.compile(r"%(?:s|\(\w+\)s)")
ROW_ARRAY = re.compile(r"\b(?:fo|job|ops|analytics)\.\w+\[\]")
ROW_TYPE = re.compile(
    r"(^\s+v_\w+|RETURNS(?: SETOF)?|, quote) (?:fo|job|ops|analytics)\.\w+(?:%ROWTYPE)?",
    re.MULTILINE | re.IGNORECASE,
)
EXPRESSION = 2  # PL/pgSQL's parse mode of an expression; above it are assignments


class Name(NamedTuple):
    """The qualified name of an object; the schema is None where it is not said."""

    schema: str | None
    name: str


def rendered(path: Path, engine: Engine) -> list[ast.Node]:
    """The statements of a state or logic file as the engine gets them."""
    return statements(render(read(path), engine))


def asked(path: Path) -> list[ast.Node]:
    """The statements of a query file; the driver's placeholders become parameters."""
    return statements(PLACEHOLDER.sub("$1", path.read_text()).replace("%%", "%"))


def statements(text: str) -> list[ast.Node]:
    return [raw.stmt for raw in parse_sql(text)]


def created(statement: ast.Node) -> Name | None:
    """What a statement creates that stands for itself: no index, and no trigger."""
    match statement:
        case ast.CreateSchemaStmt():
            return Name(None, statement.schemaname)
        case ast.CreateStmt():
            return of_relation(statement.relation)
        case ast.CreateTableAsStmt():
            return of_relation(statement.into.rel)
        case ast.ViewStmt():
            return of_relation(statement.view)
        case ast.CompositeTypeStmt():
            return of_relation(statement.typevar)
        case ast.CreateFunctionStmt():
            return of_strings(statement.funcname)
        case ast.DefineStmt():
            return of_strings(statement.defnames)
    return None


def companion_of(statement: ast.Node) -> Name | None:
    """The object that an index, a constraint, a seed or a grant belongs to.

    A trigger belongs to the function that it calls.
    """
    match statement:
        case ast.IndexStmt() | ast.AlterTableStmt() | ast.InsertStmt():
            return of_relation(statement.relation)
        case ast.CreateTrigStmt():
            return of_strings(statement.funcname)
        case ast.GrantStmt():
            [granted] = statement.objects
            if isinstance(granted, ast.RangeVar):
                return of_relation(granted)
            return of_strings(granted.objname)
        case ast.CommentStmt():
            named = statement.object
            return of_strings(getattr(named, "objname", named))
        case ast.SelectStmt() | ast.CallStmt():
            return first_argument(statement)
    return None


def first_argument(statement: ast.Node) -> Name | None:
    """Of a call such as create_hypertable('fo.option_quote', ...)."""
    calls = [node for node in nodes(statement) if isinstance(node, ast.FuncCall)]
    if not calls or not calls[0].args:
        return None
    argument = calls[0].args[0]
    if not isinstance(argument, ast.A_Const):
        return None
    return Name(*argument.val.sval.split("."))


def of_relation(relation: ast.RangeVar) -> Name:
    return Name(relation.schemaname, relation.relname)


def of_strings(strings: Any) -> Name:
    *schema, name = (string.sval for string in strings)
    return Name(schema[-1] if schema else None, name)


def nodes(statement: Any) -> list[ast.Node]:
    """Every node of a tree."""
    collected: list[ast.Node] = []

    class Collector(Visitor):
        def visit(self, ancestors: Ancestor, node: ast.Node) -> None:
            collected.append(node)

    Collector()(statement)
    return collected


def bodies(statement: ast.Node) -> Iterator[ast.Node]:
    """The statements inside a function, and, of PL/pgSQL, the expressions as SELECTs."""
    if not isinstance(statement, ast.CreateFunctionStmt):
        return
    options = {option.defname: option.arg for option in statement.options}
    if statement.sql_body is not None:
        yield statement.sql_body
    elif options["language"].sval == "sql":
        yield from statements(options["as"][0].sval)
    else:
        # The parser looks row types up, and knows no schema of ours.
        text = ROW_ARRAY.sub("text[]", RawStream()(statement))
        text = ROW_TYPE.sub(r"\1 record", text)
        for query, mode in expressions(parse_plpgsql(text)):
            if mode < EXPRESSION:
                yield from statements(query)
            else:
                yield from statements(f"SELECT {query.partition(':=')[2] or query}")


def expressions(tree: Any) -> Iterator[tuple[str, int]]:
    """The SQL in a function's parsed body, each with how PL/pgSQL would parse it."""
    if isinstance(tree, dict):
        if "PLpgSQL_expr" in tree:
            expression = tree["PLpgSQL_expr"]
            yield expression["query"], expression.get("parseMode", 0)
        else:
            yield from expressions(list(tree.values()))
    elif isinstance(tree, list):
        for each in tree:
            yield from expressions(each)


def unqualified(statement: ast.Node, ours: set[str]) -> set[str]:
    """Relations that are read or written, and functions of ours, named without schema."""
    every = nodes(statement)
    known = {node.ctename for node in every if isinstance(node, ast.CommonTableExpr)}
    bare = {
        node.relname
        for node in every
        if isinstance(node, ast.RangeVar)
        and node.schemaname is None
        and node.relpersistence != "t"
    }
    called = {
        node.funcname[0].sval
        for node in every
        if isinstance(node, ast.FuncCall) and len(node.funcname) == 1
    }
    return (bare - known) | (called & ours)
