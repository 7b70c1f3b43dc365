"""The SQL of docs/scale.md: figures of two servers in one query."""

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict

from pgstrike.db.paths import ROOT
from tests.shards.conftest import HOME, SHARD, quoted

BLOCK = re.compile(r"```sql\n(.*?)```", re.DOTALL)


def test_analytics_over_two_servers(dsn: str, other_dsn: str) -> None:
    quoted(dsn, 0, HOME)
    quoted(other_dsn, 0, SHARD, seed=1)
    [block] = BLOCK.findall((ROOT / "docs" / "scale.md").read_text())
    where = conninfo_to_dict(other_dsn)
    for theirs, ours in {
        "'bank.example'": f"'{where['host']}'",
        "'5432'": f"'{where['port']}'",
        "dbname 'pgstrike'": f"dbname '{where['dbname']}'",
        "user 'desk'": f"user '{where['user']}'",
    }.items():
        assert theirs in block
        block = block.replace(theirs, ours)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in filter(str.strip, block.split(";")):
            found = connection.execute(statement.encode())
        rows = found.fetchall()
    assert len(rows) == 2
    with psycopg.connect(other_dsn) as connection:
        expected = connection.execute(
            "SELECT atm_iv FROM analytics.expiry_metrics ORDER BY expiry"
        ).fetchall()
    assert [(row[-1],) for row in rows] == expected
    assert {row[1] for row in rows} == {HOME} and {row[3] for row in rows} == {SHARD}
