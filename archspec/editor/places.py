"""Where a thing is defined, and where it is named."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from archspec.editor.analysis import Analysis
from archspec.editor.moves import Moves
from archspec.editor.occurrences import occurrences, occurrences_near
from archspec.editor.problems import Place
from archspec.editor.text import Range, Text
from archspec.editor.things import Named, Thing, is_installed, named
from archspec.editor.workspace import Workspace
from archspec.files import SUFFIXES, mentions, read_file
from archspec.limits import TEXT_BYTES

_FILES = 200
"""Files beside the open ones that are searched for a name."""


def definition(workspace: Workspace, path: Path, offset: int) -> tuple[Place, ...]:
    """Where the thing is defined that is named at an offset of an open text."""
    found = at(workspace, path, offset)
    if found is None:
        return ()
    thing = found.thing
    if thing.span is None:
        return (Place(thing.path, Range(0, 0), Text(""), is_installed(thing.path)),)
    place = Place(thing.path, Range(0, 0), Text(thing.span.source.text), is_installed(thing.path))
    return (_now(place._replace(range=place.text.range(thing.span)), workspace),)


def references(workspace: Workspace, path: Path, offset: int, declaration: bool = True) -> tuple[Place, ...]:
    """Everywhere that the thing is named that is named at an offset: in the open texts, in what they are read from, and
    in other specs of the project; where it is defined too, as a `declaration`."""
    found = at(workspace, path, offset)
    if found is None:
        return ()
    everywhere = all_named(workspace, path, found.thing)
    places = dict.fromkeys(
        _now(Place(one_path, text.range(one.span), text), workspace)
        for one_path, text, one in everywhere
        if declaration or one.span != one.thing.span
    )
    return tuple(sorted(places, key=lambda place: (place.path != path, place.path, place.range)))


def at(workspace: Workspace, path: Path, offset: int) -> Named | None:
    """The thing that is named at an offset of an open text, which may be broken meanwhile; its place is one of then."""
    known = (workspace.read(path), workspace.sound(path))
    for analysis in dict.fromkeys(one for one in known if one is not None):
        found = _at(analysis, workspace.text(path).text, offset)
        if found is not None:
            return found
    return None


def _at(analysis: Analysis, text: str, offset: int) -> Named | None:
    then = Moves(text, analysis.text.text).offset(offset)
    if then is None:
        return None
    here: list[Named] = []
    line = analysis.text.position(then)[0]
    for occurrence in occurrences_near(analysis, (line, line)):
        if analysis.text.range(occurrence.span).has(then):
            here += (one for one in named(occurrence, analysis) if analysis.text.range(one.span).has(then))
    # of two that touch, the one that begins at the offset
    return max(here, key=lambda one: analysis.text.range(one.span).start, default=None)


def all_named(workspace: Workspace, path: Path, thing: Thing) -> Iterator[tuple[Path, Text, Named]]:
    """Every part of every file that names a thing."""
    for analysis in _analyses(workspace, path, thing):
        for occurrence in occurrences(analysis):
            if thing.kind == "file" or thing.name in occurrence.name:
                for one in named(occurrence, analysis):
                    if one.thing.key == thing.key:
                        yield analysis.path, analysis.text, one


def _analyses(workspace: Workspace, path: Path, thing: Thing) -> Iterator[Analysis]:
    """The analyses of all files that may name a thing, that of the file at hand first."""
    first = workspace.read(path)
    if first is not None:
        yield first
    opened = [other for other in workspace.paths if other != path]
    yield from (found for other in opened if (found := workspace.read(other)) is not None)
    beside = dict.fromkeys([thing.path, *(first.files if first is not None else ()), *_project(workspace, path, thing)])
    for other in beside:
        if other not in workspace.paths and not is_installed(other):
            found = workspace.on_disk(other)
            if found is not None:
                yield found


def _project(workspace: Workspace, path: Path, thing: Thing) -> Iterator[Path]:
    """The specs of the project, or of the folder, that have the name of a thing in them."""
    settings = workspace.settings(path)
    folder = settings.root or path.parent
    word = thing.name.encode()
    files = (file for file in folder.rglob("*") if file.suffix in SUFFIXES and not _is_hidden(file, folder))
    for file in islice(files, _FILES):
        real = file.resolve()
        if real in workspace.paths or settings.excludes(file):
            continue
        try:
            data = read_file(real, TEXT_BYTES)
        except OSError:
            continue
        if word in data and mentions(data):
            yield real


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _now(place: Place, workspace: Workspace) -> Place:
    """A place in an open text where it is now, if that was edited since."""
    if place.path not in workspace.paths:
        return place
    text = workspace.text(place.path)
    range = Moves(place.text.text, text.text).range(place.range)
    return place if range is None else place._replace(range=range, text=text)
