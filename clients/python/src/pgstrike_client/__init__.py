"""Read option-chain analytics from a pgstrike server.

async with Client("http://127.0.0.1:8765", key="...") as client:
    async for event in client.stream(symbol="NIFTY", topic="chain"):
        print(event.body)

In a notebook, read("max_pain", symbol="NIFTY", key="...") gives a pandas DataFrame.
"""

from pgstrike_client.answer import Answer, Metric, Parameter
from pgstrike_client.client import Client
from pgstrike_client.errors import (
    FrameTooLongError,
    PgstrikeError,
    RequestError,
    UnavailableError,
)
from pgstrike_client.notebook import read
from pgstrike_client.panel import Chain, Panel, PanelStream
from pgstrike_client.sse import Event
from pgstrike_client.stream import Stream
from pgstrike_client.timing import Timing

__all__ = [
    "Answer",
    "Chain",
    "Client",
    "Event",
    "FrameTooLongError",
    "Metric",
    "Panel",
    "PanelStream",
    "Parameter",
    "PgstrikeError",
    "RequestError",
    "Stream",
    "Timing",
    "UnavailableError",
    "read",
]
