"""Texts of models: whole ones are taken, everything else is refused in one line."""

import gzip
import json
import pickle
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.predict.forms import fit
from pgstrike.jobs.predict.model_file import read_model_file, read_model_text

NAMES = ("atm_iv", "pcr_oi", "return_5min")


@pytest.fixture(scope="module")
def trees() -> str:
    rng = np.random.default_rng(5)
    features = rng.normal(size=(400, 3))
    features[::7, 1] = np.nan
    label = (features[:, 0] + rng.normal(size=400) > 0).astype(np.int64)
    return fit("lightgbm", NAMES, features, label).text()


LINEAR = json.dumps(
    {
        "link": "logit",
        "intercept": 0.5,
        "coefficients": {"atm_iv": 2.0, "pcr_oi": -1.0},
        "missing": {"atm_iv": 0.12},
    }
)


def refusal(text: str) -> str:
    with pytest.raises(PgstrikeError) as refused:
        read_model_text(text)
    said = str(refused.value)
    assert said and "\n" not in said
    return said


def test_whole_texts(trees: str) -> None:
    found = read_model_text(trees)
    assert (found.form, found.features, found.body) == ("lightgbm", NAMES, trees)
    assert read_model_text(LINEAR)[::2] == ("linear", ("atm_iv", "pcr_oi"))


def test_a_lone_leaf_is_a_tree() -> None:
    rng = np.random.default_rng(6)
    text = fit("lightgbm", NAMES, rng.normal(size=(30, 3)), np.arange(30) % 2).text()
    assert "num_leaves=1\n" in text
    assert read_model_text(text).features == NAMES


def test_truncated_at_any_place(trees: str) -> None:
    whole = trees.rindex("end of parameters")
    places = random.Random(1).sample(range(whole), 200)
    for place in [0, 1, 4, 5, *places, whole]:
        refusal(trees[:place])
    for place in range(len(LINEAR)):
        refusal(LINEAR[:place])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("num_class=1\n", "num_class=3\n", "num_class"),
        ("objective=binary sigmoid:1", "objective=regression", "only binary"),
        ("max_feature_idx=2", "max_feature_idx=7", "max_feature_idx"),
        ("feature_names=atm_iv", "feature_names=pcr_oi", "names a feature twice"),
        ("split_feature=", "split_feature=9 ", ""),
        ("left_child=", "left_child=0 ", ""),
        ("leaf_value=", "leaf_value=nan ", ""),
        ("num_cat=0", "num_cat=1", "more than splits by numbers"),
        ("is_linear=0", "is_linear=1", "more than splits by numbers"),
        ("num_leaves=", "num_leaves=1", ""),
        ("Tree=3\n", "Tree=4\n", "tree 3"),
        ("shrinkage=1\n", "shrinkage=1\nshrinkage=1\n", ""),
    ],
)
def test_wrong_trees(trees: str, old: str, new: str, says: str) -> None:
    assert old in trees
    assert says in refusal(trees.replace(old, new, 1))


@pytest.mark.parametrize(
    ("array", "place", "value", "says"),
    [
        ("split_feature", 1, "3", "a feature that the model does not have"),
        ("split_feature", 1, "-1", "a feature that the model does not have"),
        ("left_child", 0, "0", "is no tree"),
        ("right_child", 1, "77", "is no tree"),
        ("decision_type", 0, "1", "splits by a category"),
        ("leaf_value", 2, "inf", "finite numbers"),
        ("threshold", 0, "nan", "finite numbers"),
        ("threshold", 0, "x", "finite numbers"),
    ],
)
def test_wrong_figure_of_a_tree(
    trees: str, array: str, place: int, value: str, says: str
) -> None:
    """Where the sizes are told right, the figures are looked at."""
    assert says in refusal(with_figure(trees, array, place, value))


def test_a_split_below_itself(trees: str) -> None:
    """Each split and leaf is reached once, and a ring of splits never from the first."""
    text = trees
    head = text.index("Tree=0")
    block = text[head : text.index("\n\n\nTree=1")]
    ring = (
        block.replace(line_of(block, "num_leaves"), "num_leaves=4")
        .replace(line_of(block, "left_child"), "left_child=-1 2 1")
        .replace(line_of(block, "right_child"), "right_child=-2 -3 -4")
    )
    for name in ("split_feature", "threshold", "decision_type"):
        ring = ring.replace(line_of(block, name), cut(line_of(block, name), 3))
    for name in ("split_gain", "internal_value", "internal_weight", "internal_count"):
        ring = ring.replace(line_of(block, name), f"{name}=")
    for name in ("leaf_weight", "leaf_count"):
        ring = ring.replace(line_of(block, name), f"{name}=")
    ring = ring.replace(
        line_of(block, "leaf_value"), cut(line_of(block, "leaf_value"), 4)
    )
    assert "below itself" in refusal(sized(text.replace(block, ring)))


def line_of(block: str, name: str) -> str:
    [line] = [line for line in block.split("\n") if line.startswith(f"{name}=")]
    return line


def cut(line: str, count: int) -> str:
    name, _, values = line.partition("=")
    return f"{name}={' '.join(values.split()[:count])}"


def with_figure(text: str, array: str, place: int, value: str) -> str:
    line = line_of(text[: text.index("\n\n\nTree=1")], array)
    name, _, values = line.partition("=")
    figures = values.split()
    figures[place] = value
    return sized(text.replace(line, f"{name}={' '.join(figures)}", 1))


def sized(text: str) -> str:
    """The text with the sizes that its trees have."""
    body, end, rest = text.partition("end of trees")
    parts = body.split("Tree=")
    sizes = " ".join(str(len(f"Tree={part}")) for part in parts[1:])
    old = line_of(parts[0], "tree_sizes")
    assert end
    return body.replace(old, f"tree_sizes={sizes}", 1) + end + rest


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no model"),
        ("SELECT 1", "no model"),
        ('{"link": "logit", "intercept": NaN, "coefficients": {"a": 1}}', "intercept"),
        ('{"link": "logit", "intercept": 0, "coefficients": {"a": NaN}}', "of a"),
        ('{"link": "logit", "intercept": 0, "coefficients": {"a": 1e999}}', "of a"),
        ('{"link": "logit", "intercept": 0, "coefficients": {"a": true}}', "of a"),
        ('{"link": "logit", "intercept": 0, "coefficients": {"a": "1"}}', "of a"),
        ('{"link": "logit", "intercept": 0, "coefficients": {}}', "no coefficients"),
        ('{"link": "logit", "intercept": 0, "coefficients": [1]}', "no object"),
        ('{"link": "probit", "intercept": 0, "coefficients": {"a": 1}}', "link"),
        ('{"link": "logit", "intercept": 0, "coefficients": {"a": 1, "a": 2}}', "JSON"),
        ('{"link": "logit", "coefficients": {"a": 1}}', "intercept"),
        (
            '{"link": "logit", "intercept": 0, "coefficients": {"a": 1}, "run": 1}',
            "object of",
        ),
        (
            '{"link": "logit", "intercept": 0, "coefficients": {"a": 1},'
            ' "missing": {"b": 1}}',
            "missing has b",
        ),
        (
            '{"link": "logit", "intercept": 0, "coefficients": {"a\\nb": 1}}',
            "wrong name",
        ),
        ("{" * 100_000, "JSON"),
        (
            f'{{"link": "logit", "intercept": {"9" * 400}, "coefficients": {{"a": 1}}}}',
            "intercept",
        ),
    ],
)
def test_wrong_linear_texts(text: str, says: str) -> None:
    assert says in refusal(text)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (pickle.dumps(LINEAR), "never a pickle"),
        (gzip.compress(LINEAR.encode()), "binary"),
        (b"tree\n\0", "binary"),
        (b"\xff\xfe", "binary"),
    ],
)
def test_binary_files(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "model"
    path.write_bytes(data)
    with pytest.raises(PgstrikeError, match=says):
        read_model_file(path)


def test_files_are_read_to_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "model"
    with path.open("wb") as file:
        file.truncate(1 << 30)  # it has no blocks on the disk
    with pytest.raises(PgstrikeError, match="has more than 33,554,432 bytes"):
        read_model_file(path)
    with pytest.raises(PgstrikeError, match="more than"):
        read_model_file(Path("/dev/zero"))
    with pytest.raises(PgstrikeError, match="cannot read"):
        read_model_file(tmp_path / "none")
    with pytest.raises(PgstrikeError, match="cannot read"):
        read_model_file(tmp_path)


LOAD = """
import pathlib, sys
import numpy, treelite
from treelite import gtil
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    model = treelite.frontend.load_lightgbm_model(path)
    values = gtil.predict(model, numpy.full((2, model.num_feature), numpy.nan))
    assert ((values >= 0) & (values <= 1)).all(), path
"""


def test_what_is_taken_can_be_loaded(
    trees: str, tmp_path: Path, times: Callable[[int, int], int]
) -> None:
    """Letters changed at random: a text that is taken can be read by what serves it."""
    rng, tried = random.Random(11), times(150, 400)
    for number in range(tried):
        text = list(trees)
        for _ in range(rng.choice((1, 1, 3))):
            text[rng.randrange(len(text))] = rng.choice("0123456789-.= \nae")
        try:
            read_model_text("".join(text))
        except PgstrikeError as error:
            assert "\n" not in str(error)
        else:
            (tmp_path / f"{number:04}.txt").write_text("".join(text))
    assert len(list(tmp_path.iterdir())) > tried / 4
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
