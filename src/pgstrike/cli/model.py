"""`pgstrike model`: train, add, list, activate and retire models."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pgstrike.cli.features import (
    Time,
    end_option,
    label_option,
    start_option,
    symbol_option,
)
from pgstrike.cli.options import Text, Whole, Words
from pgstrike.cli.task import asked, connected, schema_of, tell
from pgstrike.db.errors import PgstrikeError, database_errors
from pgstrike.db.queries import query

if TYPE_CHECKING:
    import psycopg

NAME = click.argument("name", type=Text())


@click.group()
def model() -> None:
    """Train, add, list, activate and retire models.

    A model is a text: LightGBM's, or JSON of a linear one. An active model predicts once a
    minute. No model is claimed to have an edge: see what its validation says.
    """


@model.command()
@NAME
@symbol_option
@start_option
@end_option
@label_option
@click.option("--form", default="linear", show_default=True, help="linear or lightgbm")
@click.option("--features", type=Words(), help="Names with commas; all if left out.")
@click.option("--gap", type=Text(), help="Of the split; the horizon if left out.")
@click.option("--wait", is_flag=True, help="Show the progress, and the result.")
def train(
    name: str,
    symbols: tuple[str, ...],
    start: str,
    end: str,
    label: str,
    horizon: str,
    wait: bool,
    **chosen: Any,
) -> None:
    """Train a model NAME, validate it walk-forward, and add it.

    The work is done by `pgstrike run`, so start one first.

    Example: pgstrike model train nifty-size --symbol NIFTY --from 2025-08-29T00:00Z
    --to 2025-09-30T00:00Z --label size --horizon 15m --threshold 0.003 --form lightgbm
    --wait
    """
    from pgstrike.jobs.predict.labels import label_of

    label_of(label, horizon, chosen["threshold"])
    arguments = {
        "name": name,
        "symbols": list(symbols),
        "from": start,
        "to": end,
        "label": label,
        "horizon": horizon,
        **{key: value for key, value in chosen.items() if value is not None},
    }
    with connected() as connection:
        schema = schema_of(connection, "train")
        tell(connection, [asked(connection, schema, "train", arguments)], wait)


@model.command()
@NAME
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--symbol", type=Text(), help="The only one that it is for.")
@label_option
@click.option(
    "--features", type=Words(), help="Names with commas, as the text has them."
)
@click.option("--trained-from", type=Time())
@click.option("--trained-to", type=Time())
def add(
    name: str,
    file: Path,
    symbol: str | None,
    label: str,
    horizon: str,
    threshold: float | None,
    features: list[str] | None,
    trained_from: str | None,
    trained_to: str | None,
) -> None:
    """Add the model of FILE as the next version of NAME. It predicts once it is activated."""
    from pgstrike.jobs.predict.labels import label_of
    from pgstrike.jobs.predict.model_file import read_model_file
    from pgstrike.jobs.predict.models import Model, add_model, as_time

    said = label_of(label, horizon, threshold)
    text = read_model_file(file)
    if features is not None and tuple(features) != text.features:
        raise PgstrikeError(
            f"{file} has the features {','.join(text.features)}; --features says others"
        )
    added = Model(
        name, symbol, text.form, text.body, text.features, said,
        as_time(trained_from), as_time(trained_to),
    )  # fmt: skip
    with connected() as connection, database_errors(connection.info.dbname):
        click.echo(f"{name} version {add_model(connection, added)} is added")


@model.command("list")
def list_models() -> None:
    """List the models, with their Brier score beside that of the base rate."""
    with connected() as connection:
        for row in connection.execute(query("models")):
            click.echo(line_of(*row))


@model.command()
@NAME
@click.option("--version", type=Whole(1, 2**31 - 1), help="The newest if left out.")
def activate(name: str, version: int | None) -> None:
    """Let a version of NAME predict from now on. The version before it is retired."""
    with connected() as connection:
        activated = answer(
            connection, "activate_model", {"name": name, "version": version}
        )
    click.echo(f"{name} version {activated} is active")


@model.command()
@NAME
def retire(name: str) -> None:
    """Stop the predictions of NAME. Those it has made stay."""
    with connected() as connection:
        retired = answer(connection, "retire_model", {"name": name})
    if retired is None:
        raise PgstrikeError(
            f"no version of {name} is active; `pgstrike model list` lists the models"
        )
    click.echo(f"{name} version {retired} is retired")


def answer(
    connection: "psycopg.Connection", name: str, values: dict[str, Any]
) -> int | None:
    with database_errors(connection.info.dbname):
        row = connection.execute(query(name), values).fetchone()
    return None if row is None else row[0]


def line_of(
    name: str,
    version: int,
    state: str,
    symbol: str,
    form: str,
    label: str,
    horizon: Any,
    threshold: float | None,
    features: int,
    brier: str | None,
    base: str | None,
    warning: str | None,
) -> str:
    size = f" above {threshold:g}" if threshold is not None else ""
    judged = "not validated"
    if brier is not None and base is not None:
        judged = f"Brier {float(brier):.4f}, base rate {float(base):.4f}"
        if float(brier) >= float(base):
            judged += ": no better than the base rate"
    return (
        f"{name:20} {version:>3} {state:8} {symbol:12} {form:8} {label}{size} "
        f"over {horizon}, {features} features; {judged}"
        + (f"; {warning}" * bool(warning))
    )
