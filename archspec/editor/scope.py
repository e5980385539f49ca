"""The names that can be written at a place, in expressions and as references, as the compiler saw them last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from archspec.compiler.names import Entry, Lookup
from archspec.compiler.passed import Passed, Reference
from archspec.compiler.trace import Visit
from archspec.editor.analysis import Analysis
from archspec.editor.facts import by_path
from archspec.editor.fits import Schema, types_of
from archspec.editor.moves import Moves
from archspec.editor.spot import Spot
from archspec.language import BlockSpec, ParameterSpec
from archspec.language.expressions.expression import BLOCK_SCOPE, SCOPE
from archspec.types.sizes import Dim

_EXPRESSION = r"\$"
"""The pattern of the texts that a schema takes for expressions."""


_ONCE = (("inputs",), ("input",), ("outputs",), ("budget",))
"""The sections whose expressions are computed for the spec, and at no node."""


class Around(NamedTuple):
    """What the compiler saw at a place: the visit of the node at hand, or of one `behind` which it is; neither where
    nothing called what the place is in."""

    visit: Visit | None
    behind: bool = False


def around(known: Analysis, spot: Spot, text: str, offset: int) -> Around:
    """What was seen at the node at hand, or at the one before it."""
    moves = Moves(known.text.text, text)
    places = {now: visits for at, visits in _seen(known) if (now := moves.offset(at)) is not None}
    for start in (spot.range.start, *reversed(spot.starts)):
        if start in places:
            return Around(places[start][0])
    lists = [at for step, at in zip(spot.path, spot.before, strict=True) if isinstance(step, int) and at is not None]
    for before in reversed(lists):
        inside = [at for at in places if before <= at < offset]
        if inside:
            return Around(places[min(inside)][0], True)
    return Around(None)


@lru_cache(maxsize=2)
def _seen(known: Analysis) -> list[tuple[int, list[Visit]]]:
    """Where the nodes of the file start that the compiler saw, and what it saw there."""
    return [
        (known.text.range(span).start, visits)
        for span, visits in known.trace.visits.items()
        if span.source is known.source
    ]


def references(known: Analysis, around: Around, typed: str) -> Iterator[str]:
    """The value at hand, and the names of nodes that ran before, the nearest first; with a dotted beginning, of those
    inside; at no node, of those that ran in the whole network."""
    visit = around.visit
    lookup = _top(known) if visit is None else visit.here.lookup
    way, _, _ = typed.rpartition(".")
    if way:
        found = None if lookup is None else lookup.entry(way)
        inner = found.inner if isinstance(found, Entry) else None
        yield from () if inner is None else (f"{way}.{name}" for name in _entries(inner))
        return
    yield from (".", "input")
    if visit is None:
        yield from () if lookup is None else reversed(_entries(lookup))
        return
    yield from (name for name in visit.names() if name != "input")
    made = visit.node.name.text if around.behind and visit.node.name is not None else None
    if made is not None and "$" not in made:
        yield made


def can_run_again(known: Analysis, around: Around, name: str) -> bool:
    """Whether a reference names a module or op, and no value alone."""
    found = _entry(known, around, name)
    return found is not None and not found.is_part


def has_weights(known: Analysis, around: Around, name: str, sound: Analysis | None) -> bool:
    """Whether a reference names what has weights, as far as that is known now, or was when all was sound."""
    found = _entry(known, around, name)
    if found is None:
        return False
    item = found.item or (None if sound is None else by_path(sound).get(name))
    return item is None or bool(item.parameter_count)


def _entry(known: Analysis, around: Around, name: str) -> Entry | None:
    lookup = _top(known) if around.visit is None else around.visit.here.lookup
    found = None if lookup is None else lookup.entry(name)
    return found if isinstance(found, Entry) else None


def _entries(lookup: Lookup) -> list[str]:
    lookup.complete()
    return [*lookup.entries]


def _top(known: Analysis) -> Lookup | None:
    """The names of the network itself, when all has run."""
    for visits in known.trace.visits.values():
        top: Lookup | None = visits[0].here.context.top
        return top
    return None


def variables(known: Analysis, around: Around, spot: Spot) -> Mapping[str, Any]:
    """The names that an expression sees, with their values; None for one that is not known."""
    spec, path = known.spec, spot.path
    block = spec.blocks.get(str(path[1])) if path[:1] == ("blocks",) and len(path) > 2 else None
    if path[:1] == ("params",) or (block is not None and path[2] == "params"):
        # a default sees the parameters before it
        declared = spec.params if block is None else block.parameters
        own = str(path[1 if block is None else 3]) if len(path) > (1 if block is None else 3) else ""
        sized = () if block is None else ("in_channels", "in_size")
        return {**_declared(_before(declared, own)), **_sized(sized)}
    if around.visit is not None:
        return around.visit.here.environment()
    declared = _declared((spec.params if block is None else block.parameters).values())
    if block is not None:
        return {**_sized((*SCOPE, *BLOCK_SCOPE)), **declared}
    return declared if path[:1] in _ONCE else {**_sized(SCOPE), **declared}


def _sized(names: Iterable[str]) -> dict[str, Any]:
    """The names that are there everywhere: sizes, of which there may be several, and other numbers."""
    return {name: Other("array" if name.endswith("_size") else "integer") for name in names}


def _before(declared: Mapping[str, ParameterSpec], name: str) -> Iterator[ParameterSpec]:
    for parameter in declared.values():
        if parameter.name == name:
            return
        yield parameter


def _declared(parameters: Iterable[ParameterSpec]) -> dict[str, Any]:
    """Parameters with their defaults; a type stands for a value of it."""
    found: dict[str, Any] = {}
    for one in parameters:
        default = one.default
        found[one.name] = default.run({}) if default is not None and default.constant and not default.broken else None
        if default is None:
            found[one.name] = _EXAMPLES.get(one.type or "")
    return found


class Other:
    """A value that is not known, but for its kind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


_EXAMPLES: dict[str, Any] = {"layers": Other("layers"), "ref": Other("ref"), "refs": Other("ref")}


def fits(value: Any, schemas: Iterable[Schema], reference: bool) -> bool:
    """Whether a name with a value can be all of what stands at a place of these schemas."""
    kind = _kind(value)
    if kind == "layers":
        return False
    if reference or kind == "ref":
        return reference and kind in ("ref", "string", "")
    wanted = {
        one
        for schema in schemas
        for one in types_of(schema)
        if not (one == "string" and schema.get("pattern") == _EXPRESSION)
    } - {"null"}
    if any("enum" in schema for schema in schemas):
        wanted.add("string")
    return not kind or not wanted or kind in wanted or (kind == "integer" and "number" in wanted)


def _kind(value: Any) -> str:
    if isinstance(value, Other):
        return value.kind
    if isinstance(value, Passed):
        return "layers"
    if isinstance(value, Reference) or (isinstance(value, tuple) and value and isinstance(value[0], Reference)):
        return "ref"
    kinds = ((bool, "boolean"), ((int, Dim), "integer"), (float, "number"), (str, "string"), (tuple, "array"))
    return next((name for cls, name in kinds if isinstance(value, cls)), "")


def lists_of(block: BlockSpec | None) -> list[str]:
    """The parameters of a block that are lists of nodes, which a `slot` runs."""
    return [] if block is None else [one.name for one in block.parameters.values() if one.type == "layers"]
