"""Types of options: each refuses with what to give instead."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import click
from click.shell_completion import CompletionItem

from pgstrike.db.options import parse


class Number(click.ParamType[float]):
    """A number within its bounds."""

    name = "number"

    def __init__(self, least: float, most: float, *, whole: bool = False) -> None:
        self.least, self.most, self.whole = least, most, whole

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if not isinstance(value, str):  # a default
            return float(value)
        try:
            return parse(value, least=self.least, most=self.most, whole=self.whole)
        except ValueError as error:
            return self.fail(f"{value}: give {error}", param, ctx)


class Whole(Number):
    """A whole number within its bounds."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(least, most, whole=True)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        return int(super().convert(value, param, ctx))


class Speed(Number):
    """How fast recorded time is played: 0 is as fast as possible."""

    def __init__(self) -> None:
        super().__init__(0, 1_000_000)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found = super().convert(value, param, ctx)
        if 0 < found < 1:
            self.fail(f"{value}: give 0, or a number from 1 to 1000000", param, ctx)
        return found


class Text(click.ParamType[Any]):
    """Text that Postgres can store."""

    name = "text"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        text = str(value)
        try:
            text.encode()
        except UnicodeEncodeError:
            self.fail("give text in UTF-8", param, ctx)
        if "\0" in text:
            self.fail("give text without a zero byte", param, ctx)
        return text


class OneOf(Text):
    """Text that a shell completes by words that are known; others are taken too."""

    def __init__(self, known: Callable[[], Iterable[str]]) -> None:
        self.known = known

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        words = (word for word in self.known() if word.startswith(incomplete))
        return [*map(CompletionItem, sorted(words))]


class Day(click.ParamType[date]):
    """A day in ISO 8601."""

    name = "day"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError:
            return self.fail(f"{value}: give a day, 2026-01-27 say", param, ctx)


class Words(Text):
    """Words with commas between them."""

    name = "words"

    def convert(  # type: ignore[override]
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[str]:
        return [word for word in super().convert(value, param, ctx).split(",") if word]


lots_option = click.option(
    "--lot",
    "lots",
    multiple=True,
    metavar="[SYMBOL[:EXPIRY]=]N",
    help="Units per lot of an NSE CSV file; may be repeated. With an expiry it is kept.",
)
