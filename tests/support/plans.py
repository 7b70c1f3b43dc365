"""The plans that a statement runs, those inside of functions included."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg

EXPLAIN = """
    LOAD 'auto_explain';
    SET LOCAL client_min_messages = log;
    SET LOCAL auto_explain.log_min_duration = 0;
    SET LOCAL auto_explain.log_analyze = on;
    SET LOCAL auto_explain.log_nested_statements = on;
    SET LOCAL auto_explain.log_format = json
"""
# Functions that readers can call hide what runs in them: until the end of the test, none does.
OPEN_UP = """
    DO $$
    DECLARE
        v_function regprocedure;
    BEGIN
        FOR v_function IN
            SELECT oid::regprocedure FROM pg_proc
            WHERE 'client_min_messages=error' = ANY(proconfig)
        LOOP
            EXECUTE format('ALTER FUNCTION %s RESET client_min_messages', v_function);
        END LOOP;
    END $$
"""
THROWN_AWAY = ("Rows Removed by Filter", "Rows Removed by Join Filter")


def plan_nodes(
    connection: psycopg.Connection, statement: str | bytes, parameters: Any = None
) -> list[dict[str, Any]]:
    """Every node of every plan, with what it did."""
    plans: list[Any] = []

    def note(diagnosis: psycopg.errors.Diagnostic) -> None:
        _, found, text = (diagnosis.message_primary or "").partition("plan:\n")
        if found:
            plans.append(json.loads(text)["Plan"])

    connection.add_notice_handler(note)
    with connection.transaction():
        connection.execute(OPEN_UP)
        connection.execute(EXPLAIN)
        text = statement if isinstance(statement, bytes) else statement.encode()
        connection.execute(text, parameters)
    connection.remove_notice_handler(note)
    assert plans
    return [node for plan in plans for node in flatten(plan)]


def flatten(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from flatten(child)


def most_rows(nodes: list[dict[str, Any]]) -> float:
    """How many rows the busiest node brought forth, or threw away."""
    return max(
        node["Actual Loops"]
        * sum(node.get(name, 0) for name in ("Actual Rows", *THROWN_AWAY))
        for node in nodes
    )
