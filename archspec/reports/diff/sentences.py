"""The rows and sentences of a difference, as text and Markdown both show them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from archspec.ops.written import literal
from archspec.reports.diff.difference import Difference, Part
from archspec.reports.diff.paths import modules, patterns
from archspec.reports.diff.records import Change, Field
from archspec.types.figures import figure, number
from archspec.types.sizes import Size
from archspec.types.tensor import shape_text
from archspec.weights.rename import Rename

SIGNS = {"added": "+", "removed": "-", "changed": "~", "renamed": "~", "moved": "~"}

PATTERNS_SHOWN = 4
"""How many patterns tell where something is; of more, the last say how many paths they are."""

EVERYWHERE = "everywhere"

SAME = ("The same architecture", "every checkpoint of the one loads into the other.")

RENAMED = "the same architecture under other names"

VALUE_WIDTH = 80
"""How many characters of a value are told."""

SHAPES_SHOWN = 8
"""How many pairs of shapes are told."""


class TotalRow(NamedTuple):
    """A row about a network as a whole, with the change in percent; `named` says that names stand before the shapes."""

    name: str
    before: str
    after: str
    by: str = ""
    named: bool = False


class PartRow(NamedTuple):
    """A row about a stage, block or node of the network itself."""

    sign: str
    path: str
    op: str
    output: str
    params: str
    macs: str


class ChangeRow(NamedTuple):
    """A row about one change in all its places."""

    sign: str
    what: str
    where: str
    detail: str
    params: str


class KeyRow(NamedTuple):
    """A row about keys: what becomes of them, of how many, and of which."""

    fate: str
    number: int
    which: tuple[str, ...]


def totals(diff: Difference) -> Iterator[TotalRow]:
    """What both networks have as a whole."""
    one, two = diff.before, diff.after
    yield TotalRow("parameters", number(one.params) or "0", number(two.params) or "0", _percent(one.params, two.params))
    yield TotalRow("MACs", number(one.macs) or "0", number(two.macs) or "0", _percent(one.macs, two.macs))
    if one.inputs != two.inputs:
        yield _flowing("input", one.inputs, two.inputs)
    yield _flowing("output", one.outputs, two.outputs)
    if one.constraints != two.constraints:
        yield TotalRow("sizes", _multiples(one.constraints), _multiples(two.constraints))


def _flowing(name: str, *sides: dict[str, tuple[Size, ...]]) -> TotalRow:
    one, two = map(_shapes, sides)
    return TotalRow(name, one, two, named=any(len(shapes) > 1 for shapes in sides))


def _multiples(constraints: dict[str, int]) -> str:
    return ", ".join(f"{divisor} | {name}" for name, divisor in constraints.items()) or "any"


def _percent(before: object, after: object) -> str:
    if not isinstance(before, int) or not isinstance(after, int) or before == after or not before:
        return ""
    by = (after - before) / before
    return f"{by:+.1%}" if abs(by) >= 0.0005 else f"{by:+.3%}"


def _shapes(shapes: dict[str, tuple[Size, ...]]) -> str:
    return ", ".join(
        shape_text(sizes) if len(shapes) == 1 else f"{name} {shape_text(sizes)}" for name, sizes in shapes.items()
    )


def parts(diff: Difference) -> list[PartRow]:
    """The rows of the parts whose shapes or costs differ."""
    return [_part(part) for part in diff.parts]


def _part(part: Part) -> PartRow:
    sides = [row for row in (part.before, part.after) if row is not None]
    sign = "~" if len(sides) == 2 else SIGNS["removed" if part.after is None else "added"]
    times = f" × {sides[0].times}" if sides[0].times > 1 else ""
    return PartRow(
        sign,
        _arrow(row.path for row in sides),
        _arrow(row.op for row in sides) + times,
        _arrow(shape_text(row.shape) for row in sides),
        _arrow(number(row.params) or "0" for row in sides) if any(row.params for row in sides) else "",
        _arrow(number(row.macs) or "0" for row in sides) if any(row.macs != 0 for row in sides) else "",
    )


def _arrow(texts: Iterable[str]) -> str:
    """Before and after; once where they are equal."""
    return " → ".join(dict.fromkeys(texts))


def changes(diff: Difference) -> list[ChangeRow]:
    """The rows of the changes."""
    return [_change(change) for change in diff.changes]


def _change(change: Change) -> ChangeRow:
    times = f" × {change.times}" if change.times > 1 else ""
    by = change.params[1] - change.params[0]
    where = EVERYWHERE if change.everywhere else listed(change.after or change.before)
    detail = ", ".join(_field(field, change) for field in change.fields)
    if change.kind == "renamed":
        where, detail = listed(change.before), f"is now {listed(change.after)}"
    if change.kind == "moved":
        detail = f"moved, {detail}"
    return ChangeRow(SIGNS[change.kind], f"{change.what}{times}", where, detail, f"{by:+,}" if by else "")


def _field(field: Field, change: Change) -> str:
    if change.kind == "added":
        return f"{field.name}: {_value(field, field.after)}"
    if change.kind == "removed":
        return f"{field.name}: {_value(field, field.before)}"
    one, two = _value(field, field.before), _value(field, field.after)
    if one == two:  # the difference lies behind what is rounded
        one, two = _value(field, field.before, str), _value(field, field.after, str)
    return f"{field.name}: {one} → {two}"


def _value(field: Field, value: Any, written: Callable[[float], str] = figure) -> str:
    if field.name == "shape" and value:
        return shape_text(value)
    text = "default" if value is None else literal(value, written)
    return text if len(text) <= VALUE_WIDTH else f"{text[: VALUE_WIDTH - 1]}…"


def consequence(diff: Difference) -> str:
    """How many nodes have other shapes because of the changes."""
    nodes = "1 more node has" if diff.reshaped == 1 else f"{diff.reshaped:,} more nodes have"
    return f"{nodes} other shapes because of that"


def listed(paths: Mapping[str, int] | Iterable[str]) -> str:
    """Paths as a few patterns."""
    return ", ".join(_listed(paths))


def _listed(paths: Mapping[str, int] | Iterable[str]) -> tuple[str, ...]:
    found = patterns(paths if isinstance(paths, Mapping) else dict.fromkeys(paths, 1))
    more = sum(number for _, number in found[PATTERNS_SHOWN:])
    return (*(pattern for pattern, _ in found[:PATTERNS_SHOWN]), *([f"… {more:,} more"] if more else []))


def verdict(diff: Difference) -> str:
    """One sentence: how a checkpoint of the network before loads into the one after."""
    keys = diff.keys
    if keys.loads != "strictly" and keys.by_rules:
        return "loads strictly by the rules in `weights` of the spec, with `--foreign` if archspec wrote it"
    kept, total = len(keys.survive), len(keys.survive) + len(keys.reshaped) + len(keys.vanish)
    if not total and not keys.appear:
        return "there are no weights to load"
    if keys.loads_renamed:
        one = len(keys.renamed) == 1
        return f"loads strictly once {len(keys.renamed):,} of {total:,} keys {'is' if one else 'are'} renamed"
    survivors = f"all {total:,}" if kept == total else f"{kept:,} of {total:,}" if kept else f"none of {total:,}"
    told = f"{survivors} keys survive"
    if keys.misplaced:
        told += f" ({len(keys.misplaced):,} of them for another node)"
    if keys.appear:
        told += f", {len(keys.appear):,} are new"
    return f"{'does not load' if keys.loads == 'not at all' else f'loads {keys.loads}'}, {told}"


def keys(diff: Difference) -> Iterator[KeyRow]:
    """What becomes of the keys that do not simply survive."""
    found = diff.keys
    if found.reshaped:
        yield KeyRow("other shape", len(found.reshaped), tuple(_reshaped(diff)))
    stay = [*found.survive, *(key.key for key in found.reshaped)]
    for fate, gone in (("vanish", found.vanish), ("appear", found.appear)):
        if gone and not found.loads_renamed:
            yield KeyRow(fate, len(gone), _listed(modules(gone, [*stay, *gone])))
    if found.renamed:
        old, new = (tuple(dict.fromkeys(keys)) for keys in zip(*found.renamed, strict=True))
        one, two = [*stay, *found.vanish], [*stay, *found.appear]
        told = f"{listed(modules(old, one))} → {listed(modules(new, two))}"
        yield KeyRow("renamed", len(old), (told, *_options(found.renames)))
    if found.misplaced:
        told = f"{listed(modules(found.misplaced, stay))}: of another node now, though the shapes fit"
        yield KeyRow("misplaced", len(found.misplaced), (told,))


def _options(renames: Iterable[Rename]) -> Iterator[str]:
    """What to type for the keys to be renamed."""
    options = [f"--rename {shlex.quote(f'{pattern}={replacement}')}" for pattern, replacement in renames]
    if options:
        yield f"with {' '.join(options)}"


def _reshaped(diff: Difference) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for found in diff.keys.reshaped:
        groups.setdefault(f"{shape_text(found.before)} → {shape_text(found.after)}", []).append(found.key)
    for shapes, names in [*groups.items()][:SHAPES_SHOWN]:
        yield f"{listed(names)}: {shapes}"
    more = sum(map(len, [*groups.values()][SHAPES_SHOWN:]))
    if more:
        yield f"… {more:,} more"
