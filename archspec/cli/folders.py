"""The difference between two folders of specs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from archspec.cli import terminal
from archspec.cli.sides import Side, unchanged
from archspec.errors import ArchspecError, InternalError, UsageError

if TYPE_CHECKING:
    from archspec.compiler.inputs import InputSize
    from archspec.graph import Graph
    from archspec.reports.diff.several import Broken, Pair, Several

Params = Mapping[str, object]


def compare(one: Side, two: Side, given: tuple[Params, Params], input_size: InputSize) -> Several:
    """Every spec that differs. What is broken on a side is told. Raises `UsageError` for a parameter that none has."""
    from archspec.reports.diff.several import Several

    pairs, same, known = [], 0, set[str]()
    with terminal.progress() as step:
        for path in sorted({**one.files, **two.files}):
            step(path)
            if not any(given) and _is_unchanged(one, two, path):
                same += 1
                continue
            sides = [
                _compiled(side, path, params, input_size, known) for side, params in zip((one, two), given, strict=True)
            ]
            pair = _pair(path, (one, two), *sides)
            same += pair is None and sides != [None, None]
            pairs += [pair] if pair else []
    for name in {**given[0], **given[1]}:
        if name not in known:
            raise UsageError(f"none of the specs has a parameter `{name}`")
    return Several((one.text, two.text), tuple(pairs), same)


def _is_unchanged(one: Side, two: Side, path: str) -> bool:
    return path in one.files and path in two.files and unchanged(one.files[path], two.files[path])


def _compiled(side: Side, path: str, given: Params, input_size: InputSize, known: set[str]) -> Graph | Broken | None:
    """A spec on one side, with the parameters that it has; None where it is not there, or is a file of blocks."""
    import archspec
    from archspec.reports.diff.several import Broken

    if path not in side.files:
        return None
    try:
        spec = side.spec(path)
        known.update(spec.params)
        if spec.lacks:
            return None
        params = {name: value for name, value in given.items() if name in spec.params}
        return archspec.compile(spec, params, input_size)
    except ArchspecError as error:
        if isinstance(error, InternalError):
            raise
        first = next(iter(error.diagnostics), None)
        return Broken(str(error) if first is None else f"{first.span}: {first.message}")


def _pair(path: str, sides: tuple[Side, Side], one: Graph | Broken | None, two: Graph | Broken | None) -> Pair | None:
    """What differs; None where nothing does."""
    import archspec
    from archspec.graph import Graph
    from archspec.reports.diff.several import Pair

    if one is None and two is None:
        return None
    before, after = (side.shown(path) if path in side.files else path for side in sides)
    names = (before, after)
    if isinstance(one, Graph) and isinstance(two, Graph):
        diff = archspec.diff(one, two)
        return None if diff.same else Pair(path, names, diff.before, diff.after, diff.fingerprints, diff)
    summaries = [archspec.summarize(side, 0) if isinstance(side, Graph) else side for side in (one, two)]
    marks = [side.fingerprint if isinstance(side, Graph) else "" for side in (one, two)]
    return Pair(path, names, summaries[0], summaries[1], (marks[0], marks[1]))


def written(found: Several, form: str) -> str:
    """The difference as text, JSON or Markdown."""
    from archspec.reports.diff import several

    return {"text": several.several_text, "json": several.several_json, "md": several.several_markdown}[form](found)
