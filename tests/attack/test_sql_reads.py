"""A login that may read one symbol learns nothing of another one's figures, by any SQL."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple

import psycopg
import pytest

from pgstrike.db.embedded.server import Server
from tests.conftest import NUMBERS, Cluster
from tests.support.engines import clone, owner_of
from tests.support.hidden_market import (
    FIGURE,
    HIDDEN,
    NOWHERE,
    OWN,
    build,
    login,
    relations,
    secrets,
)
from tests.support.probes import (
    READ_SO_FAR,
    STATISTICS,
    Suspicion,
    calls,
    on_call,
    on_relation,
    reachable,
)
from tests.support.quote_market import select, value
from tests.support.spy import Spy, spying

pytestmark = pytest.mark.both_engines

Times = Callable[[int, int], int]
Measured = Callable[[str], None]
# Whatever a reader can switch on that says more than rows and errors.
TALKATIVE = """
    SELECT format('SET %s = on', name) FROM pg_settings
    WHERE context = 'user' AND vartype = 'bool'
        AND name ~ 'debug|trace|log_|print|explain' AND name !~ 'pretty'
"""


READABLE = """
    SELECT oid::regclass::text AS name FROM pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege(oid, 'SELECT')
        AND has_schema_privilege(relnamespace, 'USAGE')
    ORDER BY name
"""
# When it was stored differs between two databases, and is no figure.
WALL_CLOCK = ("created_at", "rejected_at", "last_rejected_at", "refreshed_at", "epoch")
FIRST = ("call_oi", "call_ltp", "call_close", "oi", "close", "underlying", "row")


class Twins(NamedTuple):
    """Two databases that differ in the hidden symbol's figures alone, and a login to both."""

    dsns: tuple[str, str]
    spy: str


@pytest.fixture(scope="module")
def twins(cluster: Cluster) -> Iterator[Twins]:
    names = [f"test_{next(NUMBERS)}" for _ in range(2)]
    with (
        without_autovacuum(cluster.server),
        clone(cluster.server, cluster.template, names[0]) as one,
        clone(cluster.server, cluster.template, names[1]) as other,
    ):
        build(one, 1.5)
        build(other, 2.5)
        for dsn in (one, other):  # when each was built tells nothing
            with psycopg.connect(dsn) as owner:
                owner.execute(
                    "UPDATE fo.market_commit SET committed_at = '2025-08-29T05:00Z',"
                    " recent = ARRAY['2025-08-29T05:00Z'::timestamptz]"
                )
        with login([one, other], f"spy_{names[0]}", {"symbols": [OWN]}) as name:
            yield Twins((one, other), name)


@contextmanager
def without_autovacuum(server: Server) -> Iterator[None]:
    """Autovacuum reaches one of two databases first, and a reader can see that."""
    owner = owner_of(server)
    owner.execute("ALTER SYSTEM SET autovacuum = off")
    owner.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        owner.execute("ALTER SYSTEM RESET autovacuum")
        owner.execute("SELECT pg_reload_conf()")


@contextmanager
def both(twins: Twins, settings: list[str] | None = None) -> Iterator[tuple[Spy, Spy]]:
    """The same login, in each of the databases."""
    one, other = twins.dsns
    with (
        spying(one, twins.spy, settings or []) as first,
        spying(other, twins.spy, settings or []) as second,
    ):
        yield first, second


def same(spies: tuple[Spy, Spy], *statements: str) -> str:
    """What both see; anything that tells them apart tells of hidden figures."""
    first, second = (spy.see(*statements) for spy in spies)
    assert first == second, statements
    return first


def suspicions(twins: Twins, most: int) -> list[Suspicion]:
    """For some columns of each relation: is a hidden figure above the lesser maximum?"""
    found = []
    with psycopg.connect(twins.dsns[0]) as one, psycopg.connect(twins.dsns[1]) as other:
        for relation, columns in relations(one).items():
            hidden = f"symbol = '{HIDDEN}'" if "symbol" in columns else "TRUE"
            telling = 0
            for column in sorted(columns, key=lambda name: name not in FIRST):
                above = threshold(one, other, relation, column, hidden)
                if above is not None and telling < most:
                    telling += 1
                    found += [
                        Suspicion(f"analytics.{relation}", column, condition)
                        for condition in (f"{hidden} AND {above}", above)
                    ]
    return found


def threshold(
    one: psycopg.Connection,
    other: psycopg.Connection,
    relation: str,
    column: str,
    hidden: str,
) -> str | None:
    """A condition that some hidden row meets in one database and none does in the other."""
    kind = value(
        one,
        "SELECT atttypid::regtype::text FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attname = %s",
        f"fo.{relation}",
        column,
    )
    if kind in ("boolean", "json") or column in WALL_CLOCK:
        return None
    # jsonb has an order and no max.
    ask = (
        f"SELECT (SELECT {column}::text FROM fo.{relation} WHERE {hidden}"
        f" ORDER BY {column} DESC NULLS LAST LIMIT 1)"
    )
    most = value(one, ask), value(other, ask)
    if None in most or most[0] == most[1]:
        return None
    least = value(one, f"SELECT least(%s::{kind}, %s::{kind})::text", *most)
    return f"{column} > '{least}'::{kind}"


def test_hidden_figures_cannot_be_seen_in_relations(
    twins: Twins, times: Times, measured: Measured
) -> None:
    """By conditions, plans, statistics of the transaction, cursors, copies or errors."""
    tried = 0
    found = suspicions(twins, times(1, 1000))
    with both(twins) as spies:
        reached = {*reachable(spies[0].connection)}
        for suspicion in found:
            for statements in on_relation(suspicion):
                same(spies, *statements)
                tried += 1
    suspected = {suspicion.relation for suspicion in found}
    assert suspected <= reached and len(suspected) >= 24
    measured(f"sql reads: {len(found)} suspicions, {tried} statements, none told")


def test_hidden_figures_cannot_be_seen_through_functions(
    twins: Twins, times: Times, measured: Measured
) -> None:
    """Nor whether there is such a symbol: about it and about none they answer the same."""
    tried = 0
    with both(twins) as spies:
        for symbol in (OWN, HIDDEN):
            for call in calls(spies[0].connection, symbol):
                for statements in islice(on_call(call), times(2, 10)):
                    seen = same(spies, *statements)
                    tried += 1
                    if symbol == HIDDEN and READ_SO_FAR not in statements:
                        none = [each.replace(HIDDEN, NOWHERE) for each in statements]
                        assert seen.replace(HIDDEN, NOWHERE) == spies[0].see(*none)
    measured(f"sql reads: {tried} statements on functions, none told")


@pytest.mark.parametrize(
    "level", [pytest.param("log", marks=pytest.mark.long), "debug5"]
)
def test_hidden_figures_are_in_no_debug_output(twins: Twins, level: str) -> None:
    """Whatever a reader switches on, what runs as the owner prints nothing to the reader."""
    with psycopg.connect(twins.dsns[0], user=twins.spy) as reader:
        talkative = [row[0] for row in reader.execute(TALKATIVE)]
    assert "SET debug_print_plan = on" in talkative
    settings = [*talkative, f"SET client_min_messages = {level}"]
    with both(twins, settings) as spies:
        for suspicion in suspicions(twins, 1):
            seen = same(spies, f"SELECT * FROM {suspicion.relation}")
            assert "PLANNEDSTMT" in seen and "fo." not in seen
        for call in calls(spies[0].connection, OWN):
            same(spies, f"SELECT * FROM {call}")


def test_statistics_tell_no_hidden_figure(twins: Twins) -> None:
    with both(twins) as spies:
        for statement in STATISTICS:
            assert same(spies, statement)


def test_no_secret_stands_in_anything_that_can_be_read(
    twins: Twins, measured: Measured
) -> None:
    """In no relation of any schema, the system's and the extension's included."""
    with psycopg.connect(twins.dsns[0]) as owner:
        hidden = secrets(owner)
        channel = value(owner, "SELECT channel FROM job.installation")
    looked = 0
    with psycopg.connect(twins.dsns[0], user=twins.spy, autocommit=True) as reader:
        everything = select(reader, READABLE)
        for row in everything:
            try:
                texts = reader.execute(
                    f"SELECT row::text FROM {row['name']} AS row".encode()
                )
            except psycopg.errors.InsufficientPrivilege:
                continue
            text = "\n".join(str(line[0]) for line in texts)
            looked += 1
            assert not hidden.intersection(FIGURE.findall(text)), row["name"]
            assert channel not in text, row["name"]
    assert looked > 150
    measured(
        f"sql reads: {len(hidden)} figures looked for in {looked} relations, none found"
    )
