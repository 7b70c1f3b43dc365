"""Waking the requests that wait until their lines are stored."""

import asyncio


class Answered:
    """Some lines were answered: each request that waits looks whether they were its own."""

    def __init__(self) -> None:
        self._told = asyncio.Event()

    def tell(self) -> None:
        """Wake all who wait now."""
        self._told.set()
        self._told = asyncio.Event()

    def next(self) -> asyncio.Event:
        """Wait for this event: `tell` sets it."""
        return self._told
