"""LightGBM's text of a model, checked before any library reads it.

A reader in C++ may end the process at a wrong index. So every array is measured and every tree
is walked here first: each split and each leaf is reached once, by features that exist.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pgstrike.db.errors import PgstrikeError

BEGINS = "tree\n"
ENDS = "end of trees"
OBJECTIVE = re.compile(r"binary sigmoid:[0-9.]+")
SPLITS = ("split_feature", "threshold", "decision_type", "left_child", "right_child")
NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,40})?(e[-+]?[0-9]{1,3})?")
CATEGORICAL = 1  # the bit of a decision
MISSING, ZERO_IS_MISSING = 0b1100, 0b0100  # treelite serves such a model otherwise
MOST_TREES = 100_000


class LightgbmText(NamedTuple):
    """What is known of a text that is whole."""

    features: tuple[str, ...]
    trees: int


def read_lightgbm(text: str) -> LightgbmText:
    """The features of a whole text; a PgstrikeError says what is wrong with it."""
    if not text.startswith(BEGINS):
        raise PgstrikeError("it is no text of LightGBM: it does not begin with 'tree'")
    head, *blocks = body_of(text).split("\n\nTree=")
    features, sizes = head_of(fields_of(head, "the head"))
    if len(blocks) != len(sizes):
        raise PgstrikeError(
            f"LightGBM's text has {len(blocks)} trees and says {len(sizes)}; is it truncated?"
        )
    for number, (block, size) in enumerate(zip(blocks, sizes, strict=True)):
        check_tree(number, block, size, len(features))
    return LightgbmText(features, len(blocks))


def body_of(text: str) -> str:
    """Head and trees; a PgstrikeError where what follows them is missing."""
    body, end, rest = text.partition(f"\n\n\n{ENDS}\n")
    if not end or ("\nparameters:" in rest and "\nend of parameters" not in rest):
        raise PgstrikeError(f"LightGBM's text has no '{ENDS}'; is it truncated?")
    return body


def fields_of(text: str, where: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines()[1:]:
        name, equals, value = line.partition("=")
        if line and (not equals or name in found):
            raise PgstrikeError(
                f"{where} of LightGBM's text has a wrong line {line[:40]!r}"
            )
        found[name] = value
    return found


def head_of(fields: Mapping[str, str]) -> tuple[tuple[str, ...], list[int]]:
    """The features, and the size of each tree's text in bytes."""
    for name in ("num_class", "num_tree_per_iteration"):
        if fields.get(name) != "1":
            raise PgstrikeError(
                f"LightGBM's model has {name} other than 1; one is used"
            )
    if not OBJECTIVE.fullmatch(fields.get("objective", "")):
        raise PgstrikeError(
            f"the objective of LightGBM's model is {fields.get('objective')!r}; "
            "only binary gives a probability"
        )
    features = tuple(fields.get("feature_names", "").split())
    if not features or fields.get("max_feature_idx") != str(len(features) - 1):
        raise PgstrikeError(
            "feature_names and max_feature_idx of LightGBM's text differ"
        )
    if len({*features}) < len(features):
        raise PgstrikeError("LightGBM's text names a feature twice")
    sizes = whole_numbers(fields, "tree_sizes", "the head")
    if not 0 < len(sizes) <= MOST_TREES:
        raise PgstrikeError(
            f"LightGBM's model has {len(sizes)} trees; give 1 to {MOST_TREES}"
        )
    return features, sizes


def check_tree(number: int, block: str, size: int, features: int) -> None:
    """Refuse a tree that is not whole."""
    where = f"tree {number}"
    if len(f"Tree={block}\n\n".encode()) not in (size, size - 1):
        raise PgstrikeError(
            f"{where} of LightGBM's text is not as long as tree_sizes says"
        )
    if block.partition("\n")[0] != str(number):
        raise PgstrikeError(f"{where} of LightGBM's text is missing")
    fields = fields_of(block, where)
    if (fields.get("num_cat"), fields.get("is_linear", "0")) != ("0", "0"):
        raise PgstrikeError(
            f"{where} has more than splits by numbers; it cannot be used"
        )
    leaves = only(whole_numbers(fields, "num_leaves", where), where)
    check_arrays(fields, leaves, where)
    require(fields, "leaf_value", leaves, where)
    if leaves > 1:
        check_splits(fields, leaves, features, where)


def check_arrays(fields: Mapping[str, str], leaves: int, where: str) -> None:
    """Refuse an array, used or not, that has not a number for each leaf, or each split."""
    counts = {"leaf": leaves, "internal": leaves - 1, "split": leaves - 1}
    for name, value in fields.items():
        count = counts.get(name.partition("_")[0])
        if count is not None and value:
            require(fields, name, count, where)
            if name.endswith("_count"):
                whole_numbers(fields, name, where)


def check_splits(
    fields: Mapping[str, str], leaves: int, features: int, where: str
) -> None:
    require(fields, "threshold", leaves - 1, where)
    split = {
        name: whole_numbers(fields, name, where)
        for name in SPLITS
        if name != "threshold"
    }
    if any(len(values) != leaves - 1 for values in split.values()):
        raise PgstrikeError(f"{where} of LightGBM's text has arrays of a wrong length")
    if not all(0 <= feature < features for feature in split["split_feature"]):
        raise PgstrikeError(f"{where} splits by a feature that the model does not have")
    if any(decision & CATEGORICAL for decision in split["decision_type"]):
        raise PgstrikeError(f"{where} splits by a category; only numbers are used")
    if any(
        decision & MISSING == ZERO_IS_MISSING for decision in split["decision_type"]
    ):
        raise PgstrikeError(
            f"{where} takes zero for unknown; train without zero_as_missing"
        )
    reached = sorted([*split["left_child"], *split["right_child"]])
    if reached != [*range(-leaves, 0), *range(1, leaves - 1)]:
        raise PgstrikeError(
            f"{where} is no tree: a split or a leaf is not reached once"
        )
    if loops(split["left_child"], split["right_child"]):
        raise PgstrikeError(f"{where} is no tree: a split is below itself")


def loops(left: Sequence[int], right: Sequence[int]) -> bool:
    """Whether a split is not reached from the first one."""
    seen, ahead = 0, [0]
    while ahead:
        seen, at = seen + 1, ahead.pop()
        ahead.extend(child for child in (left[at], right[at]) if child >= 0)
    return seen < len(left)


def require(fields: Mapping[str, str], name: str, count: int, where: str) -> None:
    """Refuse an array that has not so many finite numbers."""
    words = fields.get(name, "").split()
    values = [float(word) for word in words if NUMBER.fullmatch(word)]
    if not len(words) == len(values) == count or not all(map(math.isfinite, values)):
        raise PgstrikeError(f"{name} of {where} is not {count} finite numbers")


def whole_numbers(fields: Mapping[str, str], name: str, where: str) -> list[int]:
    words = fields.get(name, "").split()
    if not words or not all(re.fullmatch(r"-?[0-9]{1,9}", word) for word in words):
        raise PgstrikeError(
            f"{name} of {where} of LightGBM's text has no whole numbers"
        )
    return list(map(int, words))


def only(values: Sequence[int], where: str) -> int:
    if len(values) != 1 or values[0] < 1:
        raise PgstrikeError(f"num_leaves of {where} is no number from 1")
    return values[0]
