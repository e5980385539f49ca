"""The settings of a project: what `archspec.toml` or `[tool.archspec]` of `pyproject.toml` says, and what then holds.

They choose among what the command line can do: no setting names code, or leads out of the project.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from archspec import project
from archspec.errors import UsageError
from archspec.files import stamp
from archspec.records import record

if TYPE_CHECKING:
    from archspec.diagnostics import Collector, Diagnostic, Span
    from archspec.files import Stamp

COMMAND_LINE, DEFAULT = "command line", "default"

DEFAULTS: dict[str, Any] = {
    "paths": (),
    "exclude": (),
    "strict": False,
    "select": (),
    "ignore": (),
    "batch-size": None,
    "format": None,
    "export": None,
}
"""Every setting, and the value that it has where nobody sets it; None is a default of the command's own."""


class Held(NamedTuple):
    """The value of a setting, and where it stands: in a file, or one of the two names above."""

    value: Any
    where: Span | str


@record
class Settings:
    """All settings as they hold in one place, and the root of the project that it belongs to, if any."""

    root: Path | None
    held: Mapping[str, Held]

    def __getitem__(self, name: str) -> Any:
        return self.held[name].value

    def excludes(self, path: Path) -> bool:
        """Whether a pattern matches a path of the project, its name, or a folder above it."""
        patterns = self["exclude"]
        if not patterns or self.root is None:
            return False
        from fnmatch import fnmatchcase

        real = Path(os.path.realpath(path.parent), path.name)
        inside = real.relative_to(self.root) if real.is_relative_to(self.root) else Path(path.name)
        texts = {text for part in (inside, *inside.parents) for text in (part.name, part.as_posix())}
        return any(fnmatchcase(text, pattern) for text in texts for pattern in patterns)

    def tells(self, diagnostic: Diagnostic) -> bool:
        """Whether a finding is told. Errors always are: what is told to be valid can be built."""
        code, ignore = diagnostic.code, self["ignore"]
        return diagnostic.severity == "error" or (
            code.startswith(self["select"] or "") and not (ignore and code.startswith(ignore))
        )

    def batch_size(self, own: int | None) -> int | None:
        """The batch size for a spec whose `lint` has its `own`, if any: a project's is for those that say nothing."""
        batch = self.held["batch-size"]
        value: int | None = None if batch.where != COMMAND_LINE and own else batch.value
        return value


class Projects:
    """The settings that hold for each file: those of the nearest folder above it that has some, not merged with others.

    What the command line has `given`, by the names of its arguments, comes before them; a value of None was not given.
    The files that are read go into `files`, as they were then.
    """

    def __init__(self, given: Mapping[str, Any], files: dict[Path, Stamp | None] | None = None) -> None:
        self.files = {} if files is None else files
        self.given = {name.replace("_", "-"): value for name, value in given.items() if value is not None}
        self._by_folder: dict[str, Settings] = {}
        self._by_file: dict[Path | None, Settings] = {}
        self._collector: Collector | None = None

    @property
    def findings(self) -> list[Diagnostic]:
        """What is wrong in the files that were read."""
        return [] if self._collector is None else self._collector.diagnostics

    def require_sound(self) -> None:
        """Raise `UsageError` where something is wrong in the files that were read."""
        if self.findings:
            raise UsageError("the project's settings are not valid", self.findings)

    def of(self, target: Path | str) -> Settings:
        """Those for a file; for a name, and for what is in no file, those of the working directory."""
        return self.of_folder(os.path.dirname(target) if isinstance(target, Path) else "")

    def excludes(self, path: Path) -> bool:
        """Whether the project of a file or folder excludes it."""
        return self.of(path).excludes(path)

    def of_folder(self, folder: str = "") -> Settings:
        """Those for the files of a folder, by default the working directory."""
        if folder not in self._by_folder:
            file = project.settings_file(Path(folder))
            if file not in self._by_file:
                self._by_file[file] = self._settings(file)
            self._by_folder[folder] = self._by_file[file]
        return self._by_folder[folder]

    def _settings(self, file: Path | None) -> Settings:
        written: dict[str, Held] = {}
        if file is not None:
            from archspec.diagnostics import Collector
            from archspec.settings.file import read_settings

            self._collector = self._collector or Collector()
            self.files[file] = stamp(file)
            written = {name: Held(*found) for name, found in read_settings(file, self._collector).items()}
        defaults = {name: Held(value, DEFAULT) for name, value in DEFAULTS.items()}
        given = {name: Held(value, COMMAND_LINE) for name, value in self.given.items()}
        return Settings(None if file is None else file.parent, {**defaults, **written, **given})
