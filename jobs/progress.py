"""A progress bar on a terminal; nothing elsewhere."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

# Takes the step's name, how much of it is done, and how much there is (0: unknown).
Shown = Callable[[str, float, float], None]


def nothing(doing: str, done: float, total: float) -> None:
    """Show nothing."""


class ProgressBar:
    """One line that shows the present step."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._step = ""
        self._is_shown = sys.stderr.isatty()

    def show(self, doing: str, done: float, total: float) -> None:
        """Show a step, or how far it is."""
        if not self._is_shown:
            return
        if self._bar is None or self._task is None:
            self._bar = make_bar()
            self._task = self._bar.add_task(doing)
            self._bar.start()
        step, _, _ = doing.partition(",")
        self._bar.update(
            self._task,
            description=doing,
            completed=done,
            total=total or None,
            refresh=step != self._step,  # a short step is shown too
        )
        self._step = step

    def close(self) -> None:
        """Remove the line."""
        if self._bar is not None:
            self._bar.stop()
        self._bar, self._is_shown = None, False


def make_bar() -> "Progress":
    from rich.console import Console  # it takes a moment to load
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
