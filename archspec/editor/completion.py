"""What can be typed at a place: keys, ops and blocks, values, names in scope, references, files and codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from archspec.diagnostics.catalogue import codes, rule
from archspec.editor.analysis import Analysis
from archspec.editor.bases import entries_of_bases, over_base
from archspec.editor.fits import Place, Schema, fitting_keys, place
from archspec.editor.nearby import nearby
from archspec.editor.occurrences import is_reference
from archspec.editor.scan import scan
from archspec.editor.schemas import filled, schema_of, written
from archspec.editor.scope import Around, around, can_run_again, fits, has_weights, lists_of, references, variables
from archspec.editor.spot import Spot
from archspec.editor.text import Range
from archspec.editor.workspace import Workspace
from archspec.language import BlockSpec, NodeSpec, Spec, find_block
from archspec.language.bundled_files import bundled_specs
from archspec.language.combinators import COMBINATORS
from archspec.language.expressions.expression import BLOCK_SCOPE, SCOPE
from archspec.language.expressions.functions import FUNCTIONS
from archspec.language.words import word
from archspec.ops import OPS

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
    schema = schema_of(known.spec)
    meant = over_base(spot, known.spec)
    seen = around(known, spot, text.text, offset)
    at = _At(meant, place(schema, meant.path, meant.around), schema, known, path, seen, workspace)
    found = {one.label: one for one in reversed([*at.all()])}
    return tuple(sorted(found.values(), key=lambda one: (one.order, one.label)))


@dataclass(frozen=True, slots=True)
class _At:
    spot: Spot
    places: list[Place]
    schema: Schema
    known: Analysis
    path: Path
    seen: Around
    workspace: Workspace

    def all(self) -> Iterator[Completion]:
        spot, here = self.spot, self.places[-1]
        if spot.expression:
            alone = spot.scalar == "$" + spot.word
            yield from self._variables(here if alone else None)
            if not spot.scalar.endswith("$" + spot.word):
                yield from self._functions()
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

    def _rest(self) -> tuple[Schema, Analysis, Path, Around, Workspace]:
        return self.schema, self.known, self.path, self.seen, self.workspace

    def _one(self, label: str, kind: Kind, text: str, **more: Any) -> Completion:
        lead = self.spot.lead
        snippet = more.pop("snippet", None)
        return Completion(label, kind, self.spot.range, lead + text, snippet=snippet and lead + snippet, **more)

    def _keys(self, here: Place) -> Iterator[Completion]:
        nodes = "node" in here.names
        if len(self.spot.path) == 1 and "extends" in self.spot.around[0]:
            for name in entries_of_bases(self.known.spec, str(self.spot.path[0])):
                if name not in self.spot.siblings:
                    yield self._one(name, "reference", name if self.spot.named else f"{name}: ")
        for key, schema in fitting_keys(here, self.spot.siblings).items():
            text = str(schema.get("markdownDescription", "")) or self._described(schema, "markdownDescription")
            if nodes and self.spot.kind != "value":
                yield from self._node(key, text)
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

    def _described(self, schema: Schema, key: str) -> str:
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        return str(self.schema["definitions"].get(name, {}).get(key, ""))

    def _node(self, name: str, text: str) -> Iterator[Completion]:
        """A node: its name, with the arguments that it needs; nothing where there is nothing that it could run."""
        definitions = self.schema["definitions"]
        snippets = definitions[f"node_{name}"].get("defaultSnippets")
        if self.spot.named or name not in definitions["needs_of_node"]["not"]["enum"] or not snippets:
            yield self._one(name, "op", name, documentation=text)
            return
        given, block = snippets[0]["body"], find_block(self.known.spec, name)
        if name in _RUNNING:
            known = next(_RUNNING[name](self), None)
            given = None if known is None else f"${{1:{known}}}"
        elif isinstance(given, dict):
            named = _references_of(name, block)
            given = {key: "${1:.}" if key in named else value for key, value in given.items()}
        elif _principal_of(name, block) in _references_of(name, block):
            given = "${1:.}"
        if given is not None:
            body = written(given)
            yield self._one(name, "op", f"{name}: {filled(body)}", snippet=f"{name}: {body}", documentation=text)

    def _slots(self) -> Iterator[str]:
        """The lists of nodes that are passed to the block around."""
        path = self.spot.path
        yield from lists_of(self.known.spec.blocks.get(str(path[1])) if path[:1] == ("blocks",) else None)

    def _modules(self) -> Iterator[str]:
        """The modules that ran before."""
        names = references(self.known, self.seen, "")
        yield from (name for name in names if can_run_again(self.known, self.seen, name))

    def _values(self, here: Place) -> Iterator[Completion]:
        path = self.spot.path
        yield from self._files()
        if path[:2] == ("lint", "ignore"):
            for code in codes():
                if code.startswith("A7"):
                    yield self._one(code, "code", code, detail=rule(code).title, documentation=rule(code).meaning)
        if here.names & {"value", "parameter"} and "type" in here.keys:
            kinds = place(self.schema, (*path, "type"), (*self.spot.around, {}))[-1]
            for value in (*kinds.values, "true", "false"):
                yield self._one(str(value), "value", str(value))
        if "node" not in here.names:
            for value in here.values:
                shown = value if isinstance(value, str) else json.dumps(value)
                yield self._one(shown, "value", shown)
        if path[-1] == "slot" or path[-2:] == ("slot", "parameter"):
            for name in self._slots():
                yield self._one(name, "reference", name)
        if self._is_reference():
            running = {given.get("name") for given in self.spot.around}
            for order, name in enumerate(one for one in self._names() if one not in running):
                yield self._one(name, "reference", name, order=3 + order)
        if any(schema.get("pattern") == r"\$" for schema in here.schemas) or self._is_reference():
            for one in self._variables(here):
                if one.text.startswith(self.spot.word):
                    yield self._one("$" + one.label, "variable", "$" + one.text, detail=one.detail, order=3 + one.order)

    def _is_reference(self) -> bool:
        path, spec = self.spot.path, self.known.spec
        if path[:1] == ("outputs",) and len(path) == 2:
            return True
        for number in range(len(path) - 1, 0, -1):
            op, before = path[number], self.places[number]
            if isinstance(op, str) and "node" in before.names:
                return self._names_nodes(op, number + 1, spec)
        if path[:1] == ("defaults",) and len(path) > 2:
            return self._names_nodes(str(path[1]), 2, spec)
        return path[:1] == ("stages",) and len(path) > 2 and self._names_nodes("stage", 2, spec)

    def _names_nodes(self, op: str, number: int, spec: Spec) -> bool:
        """Whether the value of an argument names nodes, whose key, if any, is at a step of the path."""
        inner = [step for step in self.spot.path[number:] if isinstance(step, str)]
        block = find_block(spec, op) if op not in COMBINATORS else None
        if op == "stage":
            block = find_block(spec, self.spot.around[number].get("block") or "")
            inner = inner[1:] if inner[:1] in (["first"], ["with"]) else inner
        key = inner[0] if inner else _principal_of(op, block if op != "stage" else None)
        if key is None or len(inner) > 1:
            return False
        parameter = block.parameters.get(key) if block is not None else None
        return is_reference(key, NodeSpec(op, spec.span, spec.span), parameter, spec, None)

    def _names(self) -> Iterator[str]:
        """The names of nodes that ran before; of those that run again, or share weights, the ones that can."""
        path = self.spot.path
        names = references(self.known, self.seen, self.spot.scalar)
        if path[-1] == "reuse" or path[-2:] == ("reuse", "of"):
            yield from (name for name in names if can_run_again(self.known, self.seen, name))
        elif "tie" in path:
            sound = self.workspace.sound(self.path)
            yield from (name for name in names if has_weights(self.known, self.seen, name, sound))
        else:
            yield from names

    def _variables(self, here: Place | None) -> Iterator[Completion]:
        """The names in scope with their values; of those that are to be all of a value, the ones that fit it."""
        is_reference = self._is_reference()
        for name, value in variables(self.known, self.seen, self.spot).items():
            if here is None or fits(value, here.schemas, is_reference):
                shown = str(value) if isinstance(value, (bool, int, float, str, tuple)) else ""
                yield self._one(name, "variable", name, detail=shown[:80], order=name in SCOPE or name in BLOCK_SCOPE)

    def _functions(self) -> Iterator[Completion]:
        for name in FUNCTIONS:
            yield self._one(name, "function", name, documentation=word(name).text, order=2)

    def _files(self) -> Iterator[Completion]:
        """The bundled specs, and the files that can be reached."""
        path, typed = self.spot.path, self.spot.scalar
        if path not in (("extends",),) and path[:1] != ("include",):
            return
        if path == ("extends",) and "/" not in typed:
            for name in bundled_specs():
                yield self._one(name, "file", name, order=1)
        for name in nearby(self.workspace, self.path, typed, str(path[0])):
            yield self._one(name, "file", name)


_RUNNING: dict[str, Callable[[_At], Iterator[str]]] = {"slot": _At._slots, "reuse": _At._modules}
"""What the nodes can run that run others."""


def _principal_of(name: str, block: BlockSpec | None) -> str | None:
    """The argument that a bare value is, of an op, a combinator or a block."""
    model = COMBINATORS.get(name) or OPS.get(name)
    return block.principal if block is not None else None if model is None else model.principal


def _references_of(name: str, block: BlockSpec | None) -> Collection[str]:
    """The arguments of an op or block that name nodes."""
    if block is not None:
        return [one.name for one in block.parameters.values() if one.type in ("ref", "refs")]
    return OPS[name].references if name in OPS else ()


def _takes(schema: Schema) -> str:
    """What a key takes, and its default."""
    kinds = schema.get("type", [])
    shown = " or ".join(kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null")
    return f"{shown}, default {json.dumps(schema['default'])}" if "default" in schema else shown
