"""Logic may lean on state; state may never lean on logic."""

import psycopg
import pytest

from pgstrike.db.errors import DatabaseError
from pgstrike.db.install.engine import installed_engine
from pgstrike.db.install.schema import LEANING, LOGIC_SCHEMAS, build_logic, drop_logic

# What holds data, or serves those who write it, and would go with the logic it leans on.
PLANTED = {
    "matview that calls a function": (
        "CREATE MATERIALIZED VIEW fo.leaning AS SELECT ops.epoch() AS epoch"
    ),
    "matview that reads a view": (
        "CREATE MATERIALIZED VIEW fo.leaning AS SELECT count(*) FROM ops.stale_window"
    ),
    "view that calls a function": (
        "CREATE VIEW fo.leaning AS SELECT ops.epoch() AS epoch"
    ),
    "view in public": ("CREATE VIEW public.leaning AS SELECT * FROM ops.stale_window"),
    "default": "ALTER TABLE fo.exchange ADD leaning text DEFAULT ops.epoch()",
    "generated column": (
        "ALTER TABLE job.rollup ADD leaning bigint"
        " GENERATED ALWAYS AS (ops.keep_known(place, place)) STORED"
    ),
    "check": (
        "ALTER TABLE job.rollup ADD CONSTRAINT leaning"
        " CHECK (ops.keep_known(place, place) > 0)"
    ),
    "index": "CREATE INDEX leaning ON job.stale_bucket (ops.keep_known(id, id))",
    "index's condition": (
        "CREATE INDEX leaning ON job.stale_bucket (id) WHERE ops.keep_known(id, id) > 0"
    ),
    "function": (
        "CREATE FUNCTION fo.leaning() RETURNS text LANGUAGE sql STABLE"
        " BEGIN ATOMIC SELECT ops.epoch(); END"
    ),
    "column of a view's type": "ALTER TABLE job.rollup ADD leaning ops.stale_window",
    "table of a view's type": "CREATE TABLE fo.leaning (held ops.stale_window[])",
}


def leaning(connection: psycopg.Connection) -> list[str]:
    found = connection.execute(LEANING, {"logic": list(LOGIC_SCHEMAS)})
    return [row[0] for row in found]


def test_state_leans_on_no_logic(connection: psycopg.Connection) -> None:
    """As it is built, with triggers, which are logic wherever their table is."""
    connection.execute(
        "CREATE FUNCTION ops.trigger_function() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RETURN NULL; END $$"
    )
    connection.execute(
        "CREATE TRIGGER planted AFTER INSERT ON fo.event"
        " FOR EACH STATEMENT EXECUTE FUNCTION ops.trigger_function()"
    )
    assert leaning(connection) == []


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_leaning_state_is_found_and_kept(
    connection: psycopg.Connection, planted: str
) -> None:
    """CASCADE would take it without a word, so that logic is not dropped at all."""
    connection.execute(planted.encode())
    found = leaning(connection)
    assert len(found) == 1
    with pytest.raises(DatabaseError) as refused, connection.transaction():
        drop_logic(connection)
    assert str(refused.value) == f"state leans on logic: {found[0]}; drop it first"
    connection.execute("SELECT ops.epoch()")


def test_logic_is_dropped_and_built_anew(connection: psycopg.Connection) -> None:
    """Whole, so that nothing of an older text stays."""
    engine = installed_engine(connection)
    assert engine is not None
    connection.execute(
        "CREATE FUNCTION ops.old() RETURNS int LANGUAGE sql AS 'SELECT 1'"
    )
    with connection.transaction():
        drop_logic(connection)
        there = connection.execute(
            "SELECT count(*) FROM pg_namespace WHERE nspname = ANY(%s)",
            [[*LOGIC_SCHEMAS]],
        )
        assert there.fetchone() == (0,)
        build_logic(connection, engine)
    connection.execute("SELECT ops.epoch()")
    with pytest.raises(psycopg.errors.UndefinedFunction):
        connection.execute("SELECT ops.old()")


def test_drop_waits_five_seconds_at_most(connection: psycopg.Connection) -> None:
    """For a busy table, instead of holding up everybody who comes behind it."""
    with connection.transaction(force_rollback=True):
        drop_logic(connection)
        assert connection.execute("SHOW lock_timeout").fetchone() == ("5s",)
    assert connection.execute("SHOW lock_timeout").fetchone() == ("0",)
