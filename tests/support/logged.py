"""What is logged, as something to wait for."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator


@contextlib.contextmanager
def warned(logger: str) -> Iterator[asyncio.Event]:
    """Set as soon as the logger warns of something."""
    event = asyncio.Event()

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            event.set()

    handler = Handler(logging.WARNING)
    logging.getLogger(logger).addHandler(handler)
    try:
        yield event
    finally:
        logging.getLogger(logger).removeHandler(handler)
