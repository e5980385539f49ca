"""What can be typed at a place: keys, ops and blocks, values, names in scope, references, files and codes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from archspec.compiler.trace import Visit
from archspec.diagnostics.catalogue import codes, rule
from archspec.editor.analysis import Analysis
from archspec.editor.fits import Place, Schema, fitting_keys, place
from archspec.editor.moves import Moves
from archspec.editor.occurrences import is_reference
from archspec.editor.scan import scan
from archspec.editor.spot import Spot
from archspec.editor.text import Range
from archspec.editor.workspace import Workspace
from archspec.files import SUFFIXES, open_file
from archspec.language import NodeSpec, Spec, find_block
from archspec.language.bundled_files import bundled_specs
from archspec.language.combinators import COMBINATORS
from archspec.language.expressions.functions import FUNCTIONS
from archspec.language.schema import json_schema
from archspec.language.words import word
from archspec.ops import OPS
from archspec.source import Mapping

Kind = Literal["key", "op", "value", "variable", "function", "reference", "file", "code"]


@dataclass(frozen=True, slots=True)
class Completion:
    """What can stand in a `range`: a `text`, and where it has places to fill in, the `snippet` of it."""

    label: str
    kind: Kind
    range: Range
    text: str
    detail: str = ""
    documentation: str = ""
    snippet: str | None = None
    order: int = 0


def completions(workspace: Workspace, path: Path, offset: int) -> tuple[Completion, ...]:
    """What fits at an offset of an open text, in the order in which it is to be shown."""
    text = workspace.text(path)
    spot = scan(text, offset)
    if spot is None:
        return ()
    now = workspace.analysis(path)
    known = now if now.trace.visits else workspace.sound(path) or workspace.read(path) or now
    schema = _schema(known.spec)
    at = _At(
        spot,
        place(schema, spot.path, spot.around),
        schema,
        known,
        path,
        _visit(known, spot, text.text, offset),
        text.text,
    )
    found = {one.label: one for one in reversed([*at.all()])}
    return tuple(sorted(found.values(), key=lambda one: (one.order, one.label)))


def _schema(spec: Spec) -> Schema:
    """The schema of a spec, made once for the same texts of its blocks."""
    tree = spec.tree if isinstance(spec.tree, Mapping) else None
    own = tree.get("blocks") if tree is not None else None
    texts = [own.span.text if own is not None else ""]
    texts += [block.span.source.text for block in spec.blocks.values() if block.span.source is not spec.source]
    return _made(tuple(dict.fromkeys(texts)), tuple(spec.blocks), _Same(spec))


class _Same:
    """A spec that is as good as any other with the same blocks."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=16)
def _made(texts: tuple[str, ...], names: tuple[str, ...], same: _Same) -> Schema:
    schema = json_schema(same.spec)
    del same.spec
    return schema


@lru_cache(maxsize=2)
def _seen(known: Analysis) -> list[tuple[int, list[Visit]]]:
    """Where the nodes of the file start that the compiler saw, and what it saw there."""
    return [
        (known.text.range(span).start, visits)
        for span, visits in known.trace.visits.items()
        if span.source is known.source
    ]


def _visit(known: Analysis, spot: Spot, text: str, offset: int) -> tuple[Visit | None, bool]:
    """What the compiler saw at the node at hand, or at the one before it, and whether it is that one."""
    moves = Moves(known.text.text, text)
    places = {now: visits for at, visits in _seen(known) if (now := moves.offset(at)) is not None}
    for start in (spot.range.start, *reversed(spot.starts)):
        if start in places:
            return places[start][0], False
    lists = [at for step, at in zip(spot.path, spot.before, strict=True) if isinstance(step, int) and at is not None]
    for before in reversed(lists):
        inside = [at for at in places if before <= at < offset]
        if inside:
            return places[min(inside)][0], True
    return None, False


@dataclass(frozen=True, slots=True)
class _At:
    spot: Spot
    places: list[Place]
    schema: Schema
    known: Analysis
    path: Path
    visit: tuple[Visit | None, bool]
    text: str

    def all(self) -> Iterator[Completion]:
        spot, here = self.spot, self.places[-1]
        if spot.expression:
            yield from self._variables(spot.scalar.endswith("$" + spot.word))
            return
        if spot.kind != "value":
            yield from self._keys(here)
        if spot.kind == "key":
            return
        if spot.kind == "either" and not spot.flow and not spot.lead and "array" in here.types:
            items = place(self.schema, (*spot.path, 0), (*spot.around, {}))
            yield from _At(spot._replace(lead="- "), items, *self._rest()).all_items()
        yield from self._values(here)

    def all_items(self) -> Iterator[Completion]:
        yield from self._keys(self.places[-1])

    def _rest(self) -> tuple[Schema, Analysis, Path, tuple[Visit | None, bool], str]:
        return self.schema, self.known, self.path, self.visit, self.text

    def _one(self, label: str, kind: Kind, text: str, **more: Any) -> Completion:
        lead = self.spot.lead
        snippet = more.pop("snippet", None)
        return Completion(label, kind, self.spot.range, lead + text, snippet=snippet and lead + snippet, **more)

    def _keys(self, here: Place) -> Iterator[Completion]:
        nodes = "node" in here.names
        if len(self.spot.path) == 1 and "extends" in self.spot.around[0]:
            for name in self._of_base(str(self.spot.path[0])):
                yield self._one(name, "reference", name if self.spot.named else f"{name}: ")
        for key, schema in fitting_keys(here, self.spot.siblings).items():
            text = str(schema.get("markdownDescription", "")) or self._described(schema, "markdownDescription")
            if nodes and self.spot.kind != "value":
                if key not in ("slot", "reuse", "stage"):
                    yield self._node(key, text)
                continue
            colon = "" if self.spot.named else ": "
            yield self._one(
                key,
                "key",
                key + colon,
                detail=_takes(schema),
                documentation=text,
                order=key in ("name", "from", "when", "tie"),
            )

    def _of_base(self, section: str) -> list[str]:
        """The names of the stages that a spec has of its base, and does not mention yet."""
        if section != "stages" or self.known.graph is None:
            return []
        return [level.name for level in self.known.graph.levels if level.name not in self.spot.siblings]

    def _described(self, schema: Schema, key: str) -> str:
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        return str(self.schema["definitions"].get(name, {}).get(key, ""))

    def _node(self, name: str, text: str) -> Completion:
        """A node: its name, with the arguments that it needs."""
        definitions = self.schema["definitions"]
        needing = definitions["needs_of_node"]["not"]["enum"]
        snippets = definitions[f"node_{name}"].get("defaultSnippets")
        kind: Kind = "op"
        if self.spot.named or name not in needing or not snippets:
            return self._one(name, kind, name, documentation=text)
        given, op = snippets[0]["body"], OPS.get(name)
        if op is not None and isinstance(given, str) and op.principal in op.references:
            given = "${1:.}"
        elif op is not None and isinstance(given, dict):
            given = {key: "${1:.}" if key in op.references else value for key, value in given.items()}
        body = _written(given)
        plain = re.sub(r"\$\{\d+:((?:\\.|[^}\\])*)\}", r"\1", body).replace("\\", "")
        return self._one(name, kind, f"{name}: {plain}", snippet=f"{name}: {body}", documentation=text)

    def _values(self, here: Place) -> Iterator[Completion]:
        path = self.spot.path
        yield from self._files()
        if path[:2] == ("lint", "ignore"):
            for code in codes():
                if code.startswith("A7"):
                    yield self._one(code, "code", code, detail=rule(code).title, documentation=rule(code).meaning)
        if here.names & {"value", "parameter"} and "type" in here.keys:
            kinds = place(self.schema, (*path, "type"), (*self.spot.around, {}))[-1]
            for value in kinds.values:
                yield self._one(str(value), "value", str(value))
        if "node" not in here.names:
            for value in here.values:
                shown = value if isinstance(value, str) else json.dumps(value)
                yield self._one(shown, "value", shown)
        if self._is_reference():
            running = {given.get("name") for given in self.spot.around}
            for order, name in enumerate(one for one in self._names() if one not in running):
                yield self._one(name, "reference", name, order=2 + order)
        elif any(schema.get("pattern") == r"\$" for schema in here.schemas) and not self.spot.word:
            for one in self._variables(True):
                yield self._one("$" + one.label, "variable", "$" + one.text, detail=one.detail, order=3)

    def _is_reference(self) -> bool:
        path, spec = self.spot.path, self.known.spec
        if path[:1] == ("outputs",) and len(path) == 2:
            return True
        for number in range(len(path) - 1, 0, -1):
            op, before = path[number], self.places[number]
            if isinstance(op, str) and "node" in before.names:
                inner = [step for step in path[number + 1 :] if isinstance(step, str)]
                block = find_block(spec, op) if op not in COMBINATORS else None
                model = COMBINATORS.get(op) or OPS.get(op)
                principal = block.principal if block is not None else getattr(model, "principal", None)
                key = inner[0] if inner else principal
                if key is None or len(inner) > 1:
                    return False
                parameter = block.parameters.get(key) if block is not None else None
                return is_reference(key, NodeSpec(op, spec.span, spec.span), parameter, spec, None)
        return False

    def _names(self) -> Iterator[str]:
        """The names of nodes that ran before; for `tie`, of those with weights."""
        visit, behind = self.visit
        if "tie" in self.spot.path:
            made_by = {} if visit is None else {name: visit.made_by(name) for name in visit.names()}
            yield from (name for name, item in made_by.items() if item is not None and item.parameter_count)
            return
        yield "input"
        if visit is None:
            return
        yield from (name for name in visit.names() if name != "input")
        made = visit.node.name.text if behind and visit.node.name is not None else None
        if made is not None and "$" not in made:
            yield made

    def _variables(self, alone: bool) -> Iterator[Completion]:
        """The names in scope with their values, and in parentheses functions too."""
        visit, _ = self.visit
        spec, path = self.known.spec, self.spot.path
        values: dict[str, Any] = {}
        if visit is not None:
            values = dict(visit.here.environment())
        elif path[:1] == ("blocks",) and len(path) > 2:
            block = spec.blocks.get(str(path[1]))
            values = {} if block is None else dict.fromkeys(block.parameters)
        elif path[:1] != ("params",):
            values = dict.fromkeys(spec.params)
        for name, value in values.items():
            shown = str(value) if isinstance(value, (bool, int, float, str, tuple)) else ""
            yield self._one(name, "variable", name, detail=shown[:80])
        if not alone:
            for name in FUNCTIONS:
                yield self._one(name, "function", name, documentation=word(name).text, order=1)

    def _files(self) -> Iterator[Completion]:
        """The bundled specs, and the files beside."""
        path = self.spot.path
        if path not in (("extends",),) and path[:1] != ("include",):
            return
        if path == ("extends",):
            for name in bundled_specs():
                yield self._one(name, "file", name, order=1)
        try:
            beside = sorted(one.name for one in self.path.parent.iterdir() if one.suffix in SUFFIXES)
        except OSError:
            beside = []
        for name in beside:
            fits = path == ("extends",) or "\nblocks:" in "\n" + _head(self.path.parent / name)
            if self.path.name != name and re.fullmatch(r"[\w.-]+", name) and fits:
                yield self._one(f"./{name}", "file", f"./{name}")


def _head(path: Path) -> str:
    """The beginning of a file; nothing of what cannot be read."""
    try:
        with open_file(path) as file:
            return file.read(2**16).decode("utf-8", "replace")
    except OSError:
        return ""


def _takes(schema: Schema) -> str:
    """What a key takes, and its default."""
    kinds = schema.get("type", [])
    shown = " or ".join(kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null")
    return f"{shown}, default {json.dumps(schema['default'])}" if "default" in schema else shown


def _written(body: Any) -> str:
    """The body of a snippet in flow style."""
    if isinstance(body, dict):
        return "{" + ", ".join(f"{key}: {_written(value)}" for key, value in body.items()) + "}"
    if isinstance(body, list):
        return "[" + ", ".join(map(_written, body)) + "]"
    return str(body)
