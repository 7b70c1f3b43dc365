"""`pgstrike features`: the features of the past, and training sets."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from pgstrike.cli.options import Text
from pgstrike.cli.task import asked, connected, schema_of, tell
from pgstrike.db.task_arguments import is_time

FROM = "2025-08-29T03:45Z"
TO = "2025-08-30T00:00Z"


class Time(Text):
    """A time with a zone."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        text = super().convert(value, param, ctx)
        if not is_time(text):
            self.fail(f"{text}: give a time with a zone, such as {FROM}", param, ctx)
        return text


symbol_option = click.option(
    "--symbol",
    "symbols",
    required=True,
    multiple=True,
    type=Text(),
    help="May be repeated.",
)
start_option = click.option("--from", "start", required=True, type=Time(), help=FROM)
end_option = click.option("--to", "end", required=True, type=Time(), help=TO)
label_options = (
    click.option("--label", required=True, help="direction or size"),
    click.option("--horizon", required=True, type=Text(), help="15m, 1h"),
    click.option("--threshold", type=float, help="Of size: a share, such as 0.003."),
)


def label_option(command: Any) -> Any:
    """What is predicted: label, horizon and threshold."""
    for option in reversed(label_options):
        command = option(command)
    return command


@click.group()
def features() -> None:
    """Compute features of the past, and export training sets."""


@features.command()
@symbol_option
@start_option
@end_option
@click.option("--wait", is_flag=True, help="Show the progress, and the result.")
def backfill(symbols: tuple[str, ...], start: str, end: str, wait: bool) -> None:
    """Compute the features of the past from what is stored now.

    The work is done by `pgstrike run`, so start one first.

    Such rows are marked as backfilled. Rows that are there are left as they are.
    """
    with connected() as connection:
        kind = "backfill_features"
        schema = schema_of(connection, kind)
        with connection.transaction():
            ids = [
                asked(
                    connection,
                    schema,
                    kind,
                    {"symbol": symbol, "from": start, "to": end},
                )
                for symbol in symbols
            ]
        tell(connection, ids, wait)


@features.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@symbol_option
@start_option
@end_option
@label_option
def export(
    file: Path,
    symbols: tuple[str, ...],
    start: str,
    end: str,
    label: str,
    horizon: str,
    threshold: float | None,
) -> None:
    """Write a training set to FILE, as Parquet: the rows whose label is known.

    Rows that were logged have origin `logged`, the others `backfilled`. Split them by
    `session`, with a gap: train on rows whose label_at is before the first judged row.

    Example: pgstrike features export rows.parquet --symbol NIFTY
    --from 2025-08-29T00:00Z --to 2025-09-30T00:00Z --label size --horizon 15m
    --threshold 0.003
    """
    from pgstrike.jobs.predict.dataset import Wanted
    from pgstrike.jobs.predict.exporting import export_rows
    from pgstrike.jobs.predict.labels import label_of

    wanted = Wanted(
        symbols,
        datetime.fromisoformat(start),
        datetime.fromisoformat(end),
        label_of(label, horizon, threshold),
    )
    with connected() as connection:
        count = export_rows(connection, wanted, file)
    click.echo(f"{count:,} rows are in {file}")
