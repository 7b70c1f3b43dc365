"""The job `sinks`: sending what fired to webhooks and Telegram, each sink in order."""

import logging
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row

from pgstrike.db.queries import query
from pgstrike.jobs.alerts.posting import SinkError, post
from pgstrike.jobs.sink_settings import SinkSettings

logger = logging.getLogger(__name__)

MOST_ROUNDS = 50  # in one run of the job: others wait for their first firing


class Delivery(NamedTuple):
    """A row of sql/queries/next_deliveries.sql."""

    sink: str
    firing: int
    body: str


def deliver(settings: SinkSettings, connection: psycopg.Connection) -> int:
    """Send what is due. Returns how many firings sinks have got.

    A sink that fails gets nothing more until its next attempt. What was sent and not noted is
    sent again, with the same Idempotency-Key.
    """
    total = 0
    for _ in range(MOST_ROUNDS):
        with connection.cursor(row_factory=class_row(Delivery)) as cursor:
            due = cursor.execute(query("next_deliveries")).fetchall()
        if not due:
            break
        total += sum(send(settings, connection, each) for each in due)
    return total


def send(
    settings: SinkSettings, connection: psycopg.Connection, delivery: Delivery
) -> bool:
    error = None
    try:
        post(settings, delivery.sink, delivery.firing, delivery.body)
    except SinkError as failed:
        error = str(failed)
        logger.warning(
            "sink %s did not take firing %s: %s", delivery.sink, delivery.firing, error
        )
    noted = [delivery.firing, delivery.sink, error]
    connection.execute(query("note_delivery"), noted)
    return error is None
