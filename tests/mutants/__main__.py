"""`make mutants`: change one place of the product at a time; a named test must fail.

It works on a copy of the tree, in build/mutants: nothing else is ever changed. Words as
arguments choose the mutants whose file or test holds one of them.
"""

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic, time

from pgstrike.db.paths import ROOT
from tests.mutants.catalog import MUTANTS
from tests.mutants.mutant import Mutant

TREE = ROOT / "build" / "mutants"
SECONDS = 120  # a mutant that hangs is noticed as well
PASSED, FAILED = 0, 1
# Of a text of as many letters, changed in the same second, the compiled one would be used.
CHANGED_AT = itertools.count(int(time()), 2)


def main(words: Sequence[str]) -> int:
    chosen = [
        mutant
        for mutant in MUTANTS
        if not words or any(word in f"{mutant.path} {mutant.test}" for word in words)
    ]
    if not chosen:
        sys.exit(f"no mutant's file or test holds {' or '.join(words)}")
    for mutant in chosen:
        text = changed(mutant)
        if mutant.path.endswith(".py"):  # others are of SQL
            compile(text, mutant.path, "exec")
    copy_tree()
    tests = sorted({mutant.test for mutant in chosen})
    if run(*tests) != PASSED:
        print("the tests fail without a mutant; mend them first")
        return 1
    survivors = [mutant for mutant in chosen if not is_killed(mutant)]
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants are noticed")
    for mutant in survivors:
        print(f"not noticed by {mutant.test}: {mutant}")
    return 1 if survivors else 0


def copy_tree() -> None:
    shutil.rmtree(TREE, ignore_errors=True)
    for name in files():
        target = TREE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target, follow_symlinks=False)


def files() -> Iterator[str]:
    """What git knows, and what it would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.split("\0"):
        if name and os.path.lexists(ROOT / name):
            yield name


def changed(mutant: Mutant) -> str:
    text = (ROOT / mutant.path).read_text()
    if text.count(mutant.old) != 1:
        sys.exit(
            f"{mutant.path} must hold once: {mutant.old!r}; mend the list of mutants"
        )
    return text.replace(mutant.old, mutant.new)


def is_killed(mutant: Mutant) -> bool:
    """Whether a test failed, or came to no end. A module that cannot be imported is no answer."""
    path, began = TREE / mutant.path, monotonic()
    original = path.read_text()
    write(path, changed(mutant))
    try:
        status = run(mutant.test)
    finally:
        write(path, original)
    is_judged = status in (FAILED, None)
    said = "noticed" if is_judged else "SURVIVED" if status == PASSED else "NOT RUN"
    print(f"{said:8} {monotonic() - began:5.1f} s  {mutant}", flush=True)
    return is_judged


def write(path: Path, text: str) -> None:
    path.write_text(text)
    os.utime(path, times=(next(CHANGED_AT),) * 2)


def run(*tests: str) -> int | None:
    """How pytest ended, in the copy, on the kept servers of `make try`; None: not in time."""
    imported = f"{TREE / 'src'}:{TREE / 'clients/python/src'}"
    options = ["-qx", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    pytest = [sys.executable, "-m", "pytest", *options]
    with subprocess.Popen(
        [*pytest, "--kept", str(ROOT / "build" / "kept"), *tests],
        cwd=TREE,
        env={**os.environ, "PYTHONPATH": imported, "PYTHONDONTWRITEBYTECODE": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            return process.wait(SECONDS if len(tests) == 1 else None)
        except subprocess.TimeoutExpired:
            process.kill()
            return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
