"""Renames: every place that names a thing, edited at once, and refused where the network would become another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from archspec.editor.analysis import Analysis
from archspec.editor.edits import Edit, edited
from archspec.editor.places import all_named, at
from archspec.editor.text import Range, Text
from archspec.editor.things import Named, Thing, is_installed
from archspec.editor.workspace import Workspace
from archspec.graph import Node, Scope
from archspec.language.definitions import RESERVED
from archspec.language.expressions.expression import TAKEN
from archspec.language.models import NODE, PARAMETER
from archspec.source import Mapping as Section

BREAKS = "the new name would break the spec"


class Refused(NamedTuple):
    """Why something cannot be renamed, in words."""

    reason: str


class Renaming(NamedTuple):
    """The edits of each file. `keeping` are those with a rule for weights beside, by which checkpoints that were saved
    before still load; None where no key changes."""

    edits: Mapping[Path, tuple[Edit, ...]]
    keeping: Mapping[Path, tuple[Edit, ...]] | None = None


def prepare(workspace: Workspace, path: Path, offset: int) -> Range | None:
    """What would be renamed at an offset; None where nothing can be."""
    found = at(workspace, path, offset)
    analysis = workspace.analysis(path)
    if found is None or analysis.tree is None or _fixed(found) is not None:
        return None
    return _inside(analysis.text, found)


def rename(workspace: Workspace, path: Path, offset: int, new: str) -> Renaming | Refused:
    """Rename what is named at an offset, in all files."""
    found = at(workspace, path, offset)
    analysis = workspace.analysis(path)
    if found is None:
        return Refused("there is nothing to rename here")
    if analysis.tree is None:
        return Refused("the file has to be readable first")
    thing = found.thing
    reason = _fixed(found) or _unfit(thing, new)
    if reason is not None:
        return Refused(reason)
    edits: dict[Path, dict[Edit, None]] = {}
    texts: dict[Path, Text] = {}
    for file, text, one in all_named(workspace, path, thing):
        texts[file] = text
        edits.setdefault(file, {})[Edit(_inside(text, one), new)] = None
    all_edits = {file: tuple(sorted(found)) for file, found in edits.items()}
    after, reason = _tried(workspace, analysis, texts, all_edits)
    if after is None:
        return Refused(reason)
    return Renaming(all_edits, _keeping(analysis, after, all_edits))


def _inside(text: Text, found: Named) -> Range:
    """The name without its quotes."""
    start, end = text.range(found.span)
    quoted = text.text[start:end]
    cut = 1 if quoted[:1] in ("'", '"') and quoted[-1:] == quoted[:1] and len(quoted) > 1 else 0
    return Range(start + cut, end - cut)


def _fixed(found: Named) -> str | None:
    """Why a thing keeps its name."""
    thing = found.thing
    if thing.kind == "file":
        return "rename the file itself"
    if is_installed(thing.path):
        return f"`{thing.name}` comes with archspec; a file of your own can define another"
    if thing.span is None or thing.name != thing.span.text.strip("\"'"):
        return f"`{thing.name}` is not written anywhere: give it a `name`"
    return None


def _unfit(thing: Thing, new: str) -> str | None:
    """What is wrong with a new name, whatever else there is."""
    pattern = NODE if thing.kind == "node" else PARAMETER
    if not re.fullmatch(pattern, new):
        return f"`{new}` is not a valid name: use letters, digits and `_`"
    if new == thing.name:
        return f"it is called `{new}` already"
    if thing.kind == "parameter" and new in {*TAKEN, *RESERVED}:
        return f"`{new}` means something else in every expression or call"
    return None


def _tried(
    workspace: Workspace, before: Analysis, texts: Mapping[Path, Text], edits: Mapping[Path, tuple[Edit, ...]]
) -> tuple[Analysis | None, str]:
    """The analysis of the file at hand after the edits, or why they cannot be made: an error, or another network."""
    trial = Workspace()
    for file in {*workspace.paths, *edits}:
        text = texts[file].text if file in texts else workspace.text(file).text
        trial.put(file, edited(text, edits.get(file, ())))
    for file in edits:
        was = workspace.on_disk(file)
        now = trial.analysis(file)
        if was is None:
            continue
        known = {(one.code, one.severity) for one in was.findings}
        new = [one for one in now.findings if one.severity == "error" and (one.code, one.severity) not in known]
        if new:
            at = f" ({new[0].span})" if new[0].span is not None else ""
            return None, f"{BREAKS}: {new[0].message}{at}"
        if (different := _difference(was, now)) is not None:
            return None, f"{BREAKS}: the network would become another{different}"
    return trial.analysis(before.path), ""


def _difference(was: Analysis, now: Analysis) -> str | None:
    """Where two networks differ but for the names in them; None where they do not."""
    before, after = _outline(was), _outline(now)
    for (node, one), (_, other) in zip(before, after, strict=False):
        if one != other:
            return f" at `{node.name}`" + (f" ({node.span})" if node.span is not None else "")
    return "" if len(before) != len(after) else None


def _outline(analysis: Analysis) -> list[tuple[Node, tuple[str, str, int]]]:
    """What a network is but for the names in it: its ops with their shapes, and where each has its inputs from."""
    numbers: dict[object, int] = {}
    found = []
    for node in analysis.graph.root.nodes() if analysis.graph is not None else ():
        sources = tuple(numbers.get(value, -1) for value in node.inputs)
        for value in node.outputs:
            numbers[value] = len(numbers)
        found.append((node, (f"{node.label} {sources}", str(node.output.type), node.parameter_count)))
    return found


def _keeping(
    before: Analysis, after: Analysis, edits: Mapping[Path, tuple[Edit, ...]]
) -> dict[Path, tuple[Edit, ...]] | None:
    """The edits with a rule in the spec that renames the keys of checkpoints that were saved before."""
    if before.graph is None or after.graph is None or isinstance(_section(before, "weights"), Section):
        return None
    rules = _rules(before.graph.root, after.graph.root)
    if not rules:
        return None
    entries = ", ".join(f"'{pattern}': '{text}'" for pattern, text in rules.items())
    text = before.text.text
    line = "\r\n" if "\r\n" in text else "\n"
    start = "" if not text or text.endswith("\n") else line
    rule = Edit(Range(len(text), len(text)), f"{start}weights: {{rename: {{{entries}}}}}{line}")
    return {**edits, before.path: (*edits.get(before.path, ()), rule)}


def _section(analysis: Analysis, key: str) -> object:
    return analysis.spec.tree.get(key) if isinstance(analysis.spec.tree, Section) else None


def _rules(before: Scope, after: Scope) -> dict[str, str]:
    """From patterns of keys to their replacements, one for each module that has another path; numbers on the way are
    any number."""
    found: dict[str, str] = {}
    for (old, item), (new, _) in zip(_paths(before, ""), _paths(after, ""), strict=True):
        *way, last = old.split(".")
        *now, name = new.split(".")
        if last == name or item.parameter_count == 0:
            continue
        if way != now and len(way) == len(now):
            way = now
        around = re.sub(r"\d+", r"\\d+", re.escape(".".join(way)) + r"\.") if way else ""
        found[f"^({around}){re.escape(last)}\\." if around else f"^{re.escape(last)}\\."] = (
            f"\\1{name}." if around else f"{name}."
        )
    return found


def _paths(scope: Scope, prefix: str) -> Iterator[tuple[str, Node | Scope]]:
    """The path of every module."""
    for item in scope.body:
        yield prefix + item.name, item
        if isinstance(item, Scope):
            yield from _paths(item, f"{prefix}{item.name}.")
