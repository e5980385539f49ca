"""The texts that are open, and what is known of each; what one is read from may be open too, or on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archspec.compiler.inputs import InputSize
from archspec.compiler.trace import Trace
from archspec.diagnostics import Diagnostic
from archspec.editor.analysis import Analysis
from archspec.editor.text import Text
from archspec.examine import examine
from archspec.files import read_file
from archspec.language import read
from archspec.limits import TEXT_BYTES
from archspec.settings import Projects, Settings
from archspec.source.pieces import Pieces


class Workspace:
    """Open texts by their real paths. An analysis is made when it is asked for, and kept until a text that it was made
    of changes."""

    def __init__(self) -> None:
        self._texts: dict[Path, Text] = {}
        self._now: dict[Path, Analysis] = {}
        self._read: dict[Path, Analysis] = {}
        self._sound: dict[Path, Analysis] = {}
        self._pieces: dict[Path, Pieces] = {}
        self._given: dict[Path, tuple[Mapping[str, Any], InputSize]] = {}
        self._projects = Projects({})

    @property
    def paths(self) -> tuple[Path, ...]:
        """The paths of the open texts."""
        return tuple(self._texts)

    def text(self, path: Path) -> Text:
        """The text of an open file. Raises `KeyError` for one that is not open."""
        return self._texts[path]

    def text_of(self, path: Path) -> Text:
        """The text of a file, open or on disk. Raises `OSError` for one that cannot be read."""
        return self._texts.get(path) or Text(read_file(path, TEXT_BYTES).decode("utf-8", "replace"))

    def put(self, path: Path, text: str) -> None:
        """Open a text, or have another in its place."""
        self._texts[path] = Text(text)
        self.changed(path)

    def give(self, path: Path, params: Mapping[str, Any], input_size: InputSize = None) -> None:
        """Analyse a text with these values of its parameters, and sizes of its inputs, in place of its own. Names that
        it does not have are left out; an `analysis` raises `UsageError` where there are no such sizes."""
        if self._given.get(path, ({}, None)) != (params, input_size):
            self._given[path] = params, input_size
            self._now.pop(path, None)

    def close(self, path: Path) -> None:
        """Forget an open text; what others need of it is read from disk."""
        self._texts.pop(path, None)
        for known in (self._now, self._read, self._sound, self._pieces, self._given):
            known.pop(path, None)
        self.changed(path)

    def changed(self, path: Path) -> None:
        """What was made of a file, open or on disk, is to be made anew."""
        if path.suffix == ".toml":
            self._projects = Projects({})
            self._now.clear()
        for other in [other for other, found in self._now.items() if path == other or path in found.files]:
            del self._now[other]

    def affected(self, path: Path) -> tuple[Path, ...]:
        """The open files that have to be checked again where a file has changed: itself, and those that are read from
        it, by name or through others."""
        return tuple(other for other in self._texts if other == path or path in self.analysis(other).files)

    def on_disk(self, path: Path) -> Analysis | None:
        """What is known of a file that need not be open; None for one that cannot be read as text. It is not kept."""
        if path in self._texts:
            return self.analysis(path)
        try:
            text = read_file(path, TEXT_BYTES).decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return self._analyzed(path, Text(text))

    @property
    def settings_findings(self) -> list[Diagnostic]:
        """What is wrong in the files of settings that were read."""
        return self._projects.findings

    def settings(self, path: Path) -> Settings:
        """The settings of the project that a file belongs to."""
        return self._projects.of(path)

    def analysis(self, path: Path) -> Analysis:
        """What is known of an open text as it is now."""
        found = self._now.get(path)
        if found is None:
            pieces = self._pieces.setdefault(path, Pieces())
            found = self._now[path] = self._analyzed(path, self._texts[path], pieces)
            if found.tree is not None:
                self._read[path] = found
            if found.graph is not None:
                self._sound[path] = found
        return found

    def read(self, path: Path) -> Analysis | None:
        """The last analysis of a text whose YAML could be read; its places are those of then."""
        self.analysis(path)
        return self._read.get(path)

    def sound(self, path: Path) -> Analysis | None:
        """The last analysis that has a graph; its places are those of then."""
        self.analysis(path)
        return self._sound.get(path)

    def _analyzed(self, path: Path, text: Text, pieces: Pieces | None = None) -> Analysis:
        edited = {other: text.text.encode("utf-8", "surrogatepass") for other, text in self._texts.items()}
        settings, trace = self.settings(path), Trace()
        spec = read(path, edited, pieces)
        params, input_size = self._given.get(path, ({}, None))
        own = {name: value for name, value in params.items() if name in spec.params}
        found = examine(spec, own, input_size, settings.batch_size(spec.lint.batch_size), trace=trace)
        told = tuple(one for one in found.collector.diagnostics if settings.tells(one))
        _, tree = spec.texts.get(path, (None, None))
        return Analysis(path, text, spec, tree, found.graph, told, trace)
