"""`make mutants`: small faults in the core, one at a time, of which the tests must notice nine in ten.

cosmic-ray knows what faults there are. A sample of them is drawn, as many in each room, and always the same for a seed.
They are put into a copy of the project, never into the checkout.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
import torch  # noqa: F401  # once, for all the processes that are forked from this one
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parent.parent

TESTS = {
    "types": ["types", "graph", "ops", "sentences/test_tensors.py", "sentences/test_values.py"],
    "ops": ["ops", "compiler/test_cases.py", "sentences", "plugins/test_registration.py"],
    "graph": ["graph", "compiler/test_cases.py", "compiler", "sentences/test_names.py", "sentences/test_references.py"],
    "language": [
        "compiler/test_cases.py", "language", "sentences", "cli/test_revisions.py", "cli/test_app.py", "source",
    ],
    "compiler": ["compiler/test_cases.py", "compiler", "sentences"],
    "lint": ["lint", "compiler/test_cases.py"],
    "weights": [
        "weights", "language/test_rules.py", "torch_backend/test_weights.py", "torch_backend/test_rules.py",
        "torch_backend/test_adapt.py", "cli/test_weights.py",
    ],
    "torch_backend": ["torch_backend", "sentences/test_init.py", "sentences/test_ops_compute.py"],
    "source": ["source", "compiler/test_cases.py", "sentences/test_values.py", "cli/test_fix.py"],
    "diagnostics": ["diagnostics", "compiler/test_cases.py", "lint", "cli/test_validate.py", "cli/test_fix.py"],
    "resolver": ["resolver", "cli/test_resolve.py"],
}  # fmt: skip
"""The fast tests of each room, those that are nearest to it first."""

OPERATORS = (
    "AddNot", "ExceptionReplacer", "NumberReplacer", "ReplaceAndWithOr", "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak", "ReplaceFalseWithTrue", "ReplaceOrWithAnd", "ReplaceTrueWithFalse",
    "ReplaceUnaryOperator", "ZeroIterationForLoop", "ReplaceComparisonOperator", "ReplaceBinaryOperator",
)  # fmt: skip

SAME = ("Eq_Is", "NotEq_IsNot", "Is_Eq", "IsNot_NotEq", "Operator_BitOr")
"""Faults that are none: identity for equality, and the `|` of types."""

WORST = 0.1
"""The share of mutants that may survive."""


class Mutant(NamedTuple):
    """A module with a fault, and what the fault is."""

    path: Path
    line: int
    operator: str
    code: str

    @property
    def diff(self) -> str:
        before = (ROOT / self.path).read_text(encoding="utf-8")
        lines = unified_diff(before.splitlines(), self.code.splitlines(), n=0, lineterm="")
        return "\n".join(f"    {line}" for line in list(lines)[3:])


def sites(path: Path) -> Iterator[list[tuple[Any, str, int]]]:
    """The places of a module where something can be replaced, each with all ways: operator, its name and occurrence."""
    found: dict[tuple[int, int], list[tuple[Any, str, int]]] = {}
    nodes = [*ast_nodes(get_ast((ROOT / path).read_text(encoding="utf-8")))]
    for name in operator_names():
        short = name.rpartition("/")[2]
        if not short.startswith(OPERATORS) or any(part in short for part in SAME):
            continue
        operator = get_operator(name)()
        positions = ((node, at) for node in nodes for at, _ in operator.mutation_positions(node))
        for occurrence, (node, at) in enumerate(positions):
            if not is_idle(node):
                found.setdefault(at, []).append((operator, short, occurrence))
    yield from found.values()


def is_idle(node: Any) -> bool:
    """Whether a fault cannot matter: a limit that is one higher, an option of a dataclass, the `strict` of a `zip`."""
    while node is not None and node.type not in ("funcdef", "classdef", "file_input"):
        if node.type == "decorator" or (node.type == "argument" and node.children[0].get_code().strip() == "strict"):
            return True
        if node.type == "if_stmt" and "TYPE_CHECKING" in node.children[1].get_code():
            return True
        node = node.parent
    return node is None or node.type == "file_input"


def sample(room: str, number: int, seed: int) -> list[Mutant]:
    """As many mutants of a room; each place that can be changed has as good a chance as any other."""
    draw = random.Random(f"{seed}:{room}")
    paths = sorted(path.relative_to(ROOT) for path in (ROOT / "archspec" / room).rglob("*.py"))
    places = [(path, ways) for path in paths for ways in sites(path)]
    found = []
    for path, ways in draw.sample(places, min(number, len(places))):
        operator, name, occurrence = draw.choice(ways)
        before = (ROOT / path).read_text(encoding="utf-8")
        after = mutate_code(before, operator, occurrence)
        lines = zip(before.splitlines(), after.splitlines(), strict=False)
        line = next((number for number, (one, two) in enumerate(lines, 1) if one != two), 0)
        found.append(Mutant(path, line, name, after))
    return found


def run(copy: Path, tests: str, seconds: int) -> None:
    """The tests of a folder or file, in a process of its own; the exit code is pytest's."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    os.chdir(copy)
    os.environ.update(CI="true", PYTHONPATH=str(copy), PYTHONDONTWRITEBYTECODE="1")
    sys.dont_write_bytecode = True
    sys.path[:] = [str(copy), *(path for path in sys.path if Path(path) not in (ROOT, ROOT / "tests"))]
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    options = ["-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", "-p", "no:xdist"]
    os._exit(pytest.main([*options, f"tests/{tests}"]))


def passes(copy: Path, tests: str, seconds: int) -> bool:
    """Whether the tests of a folder or file pass, within so many seconds of computing."""
    process = multiprocessing.get_context("fork").Process(target=run, args=(copy, tests, seconds))
    process.start()
    process.join(20 * seconds)
    process.kill()  # if it waits for what never comes
    return process.exitcode in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)  # all may be slow ones


def own(path: Path) -> list[str]:
    """The tests of the module itself, where it has some: most faults are found there at once."""
    mirrored = path.relative_to("archspec").with_name(f"test_{path.name}")
    return [str(mirrored)] if (ROOT / "tests" / mirrored).is_file() else []


def computed() -> float:
    """The seconds that processes which have ended have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def survivors(copy: Path, room: str, mutants: list[Mutant]) -> Iterator[Mutant]:
    """The mutants of a room that its tests do not notice."""
    before = computed()
    if not all(passes(copy, tests, 3600) for tests in TESTS[room]):
        raise click.ClickException(f"the tests of {room} fail without a fault")
    seconds = 30 + 3 * int(computed() - before)
    for mutant in mutants:
        (copy / mutant.path).write_text(mutant.code, encoding="utf-8")
        if all(passes(copy, tests, seconds) for tests in (*own(mutant.path), *TESTS[room])):
            yield mutant
        shutil.copyfile(ROOT / mutant.path, copy / mutant.path)


@click.command()
@click.argument("rooms", nargs=-1, type=click.Choice(list(TESTS)))
@click.option("--each", default=12, show_default=True, help="Mutants in each room.")
@click.option("--seed", default=1, show_default=True, help="Which sample is drawn.")
def main(rooms: tuple[str, ...], each: int, seed: int) -> None:
    """Put faults into the core, and fail if more than a tenth of them go unnoticed."""
    left = total = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "build", "dist"))
        for room in rooms or TESTS:
            mutants = sample(room, each, seed)
            found = []
            for mutant in survivors(copy, room, mutants):
                found.append(mutant)
                click.echo(f"{mutant.path}:{mutant.line}: {mutant.operator}\n{mutant.diff}")
            click.echo(f"{room}: {len(found)} of {len(mutants)} survive")
            left, total = left + len(found), total + len(mutants)
    click.echo(f"{left} of {total} mutants survive, {left / total:.0%}; up to {WORST:.0%} may (seed {seed})")
    sys.exit(left > WORST * total)


if __name__ == "__main__":
    main()
