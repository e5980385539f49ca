"""The files that `extends` and `include` name: bundled specs, and files in the folder of the spec or its project."""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import cached_property
from pathlib import Path

from archspec import project
from archspec.diagnostics import Collector, Fix, correction, did_you_mean
from archspec.files import Stamp, kind
from archspec.language.bundled_files import bundled_specs
from archspec.source import Tree


class Named:
    """The files that others name, looked for from `home`, the folder of the spec; see `load` for `shown` and `bound`.

    `files` gets those that are not there, so that a change is seen; `edited` are there, whatever the disk has.
    """

    def __init__(
        self,
        collector: Collector,
        files: dict[Path, Stamp | None],
        shown: Callable[[Path], str],
        bound: Path | None,
        edited: Container[Path] = (),
    ) -> None:
        self.home = Path()
        self._collector = collector
        self._files = files
        self._shown = shown
        self._bound = bound
        self._edited = edited
        self._names: dict[Path, list[str]] = {}

    def bundled(self, at: Tree, text: str) -> Path | None:
        """The file of a bundled spec, or None after a report."""
        specs = bundled_specs()
        if text not in specs:
            usual = "`archspec list` shows them; for a file, write its path, `./base.yaml`"
            message, help = f"there is no bundled spec `{text}`", did_you_mean(text, specs) or usual
            self._collector.error("A304", message, at.span, help, fix=correction(text, specs, at.span))
        return specs.get(text)

    def beside(self, at: Tree, text: str, path: Path, open: tuple[Path, ...]) -> Path | None:
        """The file of a path relative to another, or None after a report."""

        def refuse(code: str, message: str, help: str, fix: Fix | None = None) -> None:
            self._collector.error(code, message, at.span, help, fix=fix)

        if "://" in text or Path(text).is_absolute() or "\\" in text or text.startswith("~"):
            refuse("A305", f"`{text}` is not a relative path", "name a file in the folder of this file, or below it")
            return None
        target = path.parent / text
        try:
            real = _real(target)
            inside, found = self._is_inside(real, path.parent.resolve()), kind(target)
        except (OSError, ValueError, RuntimeError) as error:
            # a name too long for the system, a null character, links in a circle, a folder that is closed to us
            refuse("A305", f"cannot look for `{text[:80]}`: {error}", "name a file in the folder of this file")
            return None
        if inside and (found == "a file" or real in self._edited):
            return target
        self._files[target] = None
        if not inside:
            self._refuse_outside(at, text)
        elif found:
            help = "name a file in it" if found == "a folder" else "name a file"
            refuse("A304", f"`{text}` is {found}", help)
        elif not self._collector.full:
            # without `resolve`, which fails for links in a circle
            if path not in self._names:
                others = (p.name for p in path.parent.glob("*.y*ml") if p.is_file() and p.resolve() not in open)
                self._names[path] = list(others)
            beside = self._names[path]
            near = did_you_mean(text, beside) or f"looked in {self._shown(path.parent)}"
            here = "./" if text.startswith("./") else ""
            fix = correction(text, [here + name for name in beside], at.span)
            refuse("A304", f"there is no file `{text}`", near, fix)
        return None

    def _is_inside(self, target: Path, folder: Path) -> bool:
        """Whether a file is in the folder of the file that names it, in that of the spec, or in the spec's project."""
        return any(map(target.is_relative_to, (folder, self.home))) or (
            self._project is not None and folder.is_relative_to(self._project) and target.is_relative_to(self._project)
        )

    @cached_property
    def _project(self) -> Path | None:
        """The root of the project that the spec belongs to; that of a copy is in the copy."""
        found = project.root(self.home)
        return found if found is None or self._bound is None or found.is_relative_to(self._bound) else None

    def _refuse_outside(self, at: Tree, text: str) -> None:
        if self._project is None:
            message = f"`{text}` is outside the folder of the spec"
            help = f"move it into that folder, or mark a folder above both as a project with an `{project.OWN}`"
        else:
            message = f"`{text}` is outside the project `{self._shown(self._project)}`"
            help = f"move it into the project, or move its `{project.OWN}` up"
        self._collector.error("A305", message, at.span, help)


def _real(path: Path) -> Path:
    """Where a path leads, even to nothing; links in a circle raise with every version of Python."""
    try:
        return path.resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError):
        return path.resolve()
