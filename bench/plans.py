"""The plans that a request runs, those inside functions included."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg

JOINS = ("Nested Loop", "Hash Join", "Merge Join")


def join_nodes(connection: psycopg.Connection, query: str, parameters: Any) -> int:
    """How many joins all the plans of one request hold, as auto_explain logs them."""
    plans: list[Any] = []

    def note(diagnostic: psycopg.errors.Diagnostic) -> None:
        _, found, text = (diagnostic.message_primary or "").partition("plan:\n")
        if found:
            plans.append(json.loads(text))

    connection.add_notice_handler(note)
    try:
        with connection.transaction():
            connection.execute(
                "LOAD 'auto_explain'; SET LOCAL client_min_messages = log;"
                " SET LOCAL auto_explain.log_min_duration = 0;"
                " SET LOCAL auto_explain.log_nested_statements = on;"
                " SET LOCAL auto_explain.log_format = json"
            )
            connection.execute(query, parameters).fetchall()
    finally:
        connection.remove_notice_handler(note)
    if not plans:
        raise RuntimeError("auto_explain logged no plan")
    return sum(kind in JOINS for plan in plans for kind in node_types(plan))


def node_types(plan: Any) -> Iterator[str]:
    """Every node type of a plan in JSON."""
    match plan:
        case dict():
            if "Node Type" in plan:
                yield plan["Node Type"]
            for value in plan.values():
                yield from node_types(value)
        case list():
            for value in plan:
                yield from node_types(value)
