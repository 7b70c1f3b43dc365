"""Training a model on logged and backfilled features, and adding it to fo.model."""

from datetime import timedelta
from typing import Any

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.predict.dataset import (
    Dataset,
    Wanted,
    feature_names,
    read_dataset,
)
from pgstrike.jobs.predict.labels import Label, horizon_of, label_of
from pgstrike.jobs.predict.models import Model, add_model
from pgstrike.jobs.predict.splits import Split, walk_forward
from pgstrike.jobs.predict.training import Validation, described, fit_all
from pgstrike.jobs.tasks.kind import Result
from pgstrike.jobs.tasks.work import Work


def train(work: Work) -> Result:
    """A fold at a time; then a fit of all rows, which is added in the last chunk."""
    label = label_of_arguments(work)
    dataset = dataset_of(work, label)
    split = split_of(work, dataset, label)
    form = work.arguments["form"]
    validation = Validation(dataset, split, label, form)
    found = judged(work, validation)
    model = Model(
        name=work.arguments["name"],
        symbol=lone(work.arguments["symbols"]),
        form=form,
        body=fit_all(dataset, form).text(),
        features=dataset.names,
        label=label,
        trained_from=dataset.datetime(0),
        trained_to=dataset.datetime(-1),
        validation={
            "rows": len(dataset),
            "logged_rows": dataset.logged,
            "sessions": len(dataset.sessions),
            "symbols": work.arguments["symbols"],
            **described(dataset),
            **validation.summary(found),
        },
    )
    folds = len(split.folds)
    with work.chunk(folds + 1, folds + 1, "the model is added", work.checkpoint):
        version = add_model(work.connection, model)
    return {
        "name": model.name,
        "version": version,
        "rows": len(dataset),
        **{key: model.validation[key] for key in ("split", "overall")},
    }


def label_of_arguments(work: Work) -> Label:
    named = work.arguments
    return label_of(named["label"], named["horizon"], named.get("threshold"))


def dataset_of(work: Work, label: Label) -> Dataset:
    start, end = work.span()
    names = feature_names(work.connection)
    if chosen := work.arguments.get("features"):
        if unknown := [name for name in chosen if name not in names]:
            raise PgstrikeError(
                f"this pgstrike has no feature {unknown[0]}; it has {', '.join(names)}"
            )
        names = chosen
    wanted = Wanted(work.arguments["symbols"], start, end, label)
    return read_dataset(work.connection, wanted, names)


def split_of(work: Work, dataset: Dataset, label: Label) -> Split:
    gap = label.horizon
    if text := work.arguments.get("gap"):
        gap = max(gap, horizon_of(text))
    dates = [dataset.sessions[number] for number in dataset.session]
    return walk_forward(
        dates, dataset.at, dataset.label_at, gap=gap // timedelta(microseconds=1)
    )


def judged(work: Work, validation: Validation) -> list[dict[str, Any]]:
    """Of each fold; an attempt goes on after the last fold, if the rows are the same."""
    rows, folds = len(validation.dataset), validation.split.folds
    found = []
    if work.checkpoint.get("rows") == rows:
        found = list(work.checkpoint["found"])
    for number, fold in enumerate(folds[len(found) :], len(found) + 1):
        found.append(validation.judge(fold))
        message = f"fold {number} of {len(folds)} is judged"
        with work.chunk(
            number, len(folds) + 1, message, {"rows": rows, "found": found}
        ):
            pass
    return found


def lone(symbols: list[str]) -> str | None:
    """The symbol of a model; one that was trained on several is for any."""
    return symbols[0] if len(symbols) == 1 else None
