"""Metrics by SQL: from the database itself, by ADBC, which is imported only here."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pgstrike_client.errors import RequestError
from pgstrike_client.query import word_of

if TYPE_CHECKING:
    import pyarrow as pa
    from adbc_driver_postgresql.dbapi import Cursor

PARAMETERS = """
SELECT parameter.parameter, parameter.type::text
FROM ops.metric_parameter AS parameter
WHERE parameter.metric = $1
"""
COLUMNS = """
SELECT known.name, known.type::text
FROM ops.metric_column AS known
WHERE known.metric = $1
ORDER BY known.place
"""


def table_of(dsn: str, metric: str, parameters: Mapping[str, Any]) -> "pa.Table":
    """The rows of analytics.<metric>, with the columns that the server's answers have."""
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(dsn) as connection, connection.cursor() as cursor:
        text, values = call_of(cursor, metric, parameters)
        cursor.execute(text, values)
        return cursor.fetch_arrow_table()


def call_of(
    cursor: "Cursor", metric: str, parameters: Mapping[str, Any]
) -> tuple[str, list[str]]:
    """The statement, and the values of its parameters. Only names that SQL knows are in it."""
    types, columns = (
        pairs_of(cursor, PARAMETERS, metric),
        pairs_of(cursor, COLUMNS, metric),
    )
    if not types:
        raise RequestError(404, "unknown_metric", f'there is no metric "{metric}"')
    sent = {name: value for name, value in parameters.items() if value is not None}
    for name in sent:
        if name not in dict(types):
            known = ", ".join(name for name, _ in types)
            raise RequestError(
                400,
                "unknown_parameter",
                f'{metric} has no parameter "{name}"; send any of {known}',
            )
    arguments = [
        f"p_{name} => ${place}::{dict(types)[name]}"
        for place, name in enumerate(sent, 1)
    ]
    wanted = ", ".join(selected(name, type) for name, type in columns)
    text = f"SELECT {wanted} FROM analytics.{metric}({', '.join(arguments)})"
    return text, [word_of(name, value) for name, value in sent.items()]


def selected(name: str, type: str) -> str:
    """A column as an answer has it: an interval in seconds."""
    if type == "interval":
        return f'EXTRACT(EPOCH FROM "{name}")::float8 AS "{name}_seconds"'
    return f'"{name}"'


def pairs_of(cursor: "Cursor", text: str, metric: str) -> list[tuple[str, str]]:
    cursor.execute(text, [metric])
    return [(str(name), str(type)) for name, type in cursor.fetchall()]
