"""What is told: the files that were checked, what was found in them, and how programs are told about both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from archspec.diagnostics.diagnostic import Diagnostic
from archspec.escape import inline
from archspec.records import record


@record
class Style:
    """How text is shown: with ANSI codes or without, in how many columns, of which None is any number, and encoded."""

    color: bool = False
    width: int | None = None
    encoding: str = "utf-8"


@record
class Findings:
    """The names of all files that were checked, and what was found in them or in what they include."""

    files: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]

    def count(self, severity: str) -> int:
        """The number of findings of a severity."""
        return sum(diagnostic.severity == severity for diagnostic in self.diagnostics)

    def totals(self) -> str:
        """`2 errors, 1 warning in 3 files, 1 fixable with `--fix``, or `3 files: all valid`."""
        checked = plural(len(self.files), "file")
        if not self.diagnostics:
            return f"{checked}: valid" if len(self.files) == 1 else f"{checked}: all valid"
        counts = ((self.count(severity), severity) for severity in ("error", "warning"))
        found = ", ".join(plural(count, severity) for count, severity in counts if count)
        fixable = sum(diagnostic.fixable for diagnostic in self.diagnostics)
        return f"{found} in {checked}" + (f", {fixable:,} fixable with `--fix`" if fixable else "")

    def path(self, diagnostic: Diagnostic) -> str:
        """The path of the file that a finding is about; without a place, it is the first that was checked."""
        if diagnostic.span is not None:
            return relative(diagnostic.span.source.name)
        return relative(self.files[0]) if self.files else "."

    def fingerprints(self) -> Iterator[str]:
        """What identifies each finding, in their order, wherever in its file it stands and whatever else is found."""
        from hashlib import sha256

        seen: Counter[str] = Counter()
        for diagnostic in self.diagnostics:
            about = "\0".join((self.path(diagnostic), diagnostic.code, diagnostic.message))
            yield sha256(f"{about}\0{seen[about]}".encode(errors="backslashreplace")).hexdigest()
            seen[about] += 1


def relative(name: str) -> str:
    """The path of a file from the working directory, with forward slashes; what is outside of it keeps its path.

    Names that are no paths, such as `<stdin>`, stay as they are; what is no Unicode in a name is replaced.
    """
    if not name.startswith("<"):
        path = Path(name)
        if path.is_absolute() or ".." in path.parts:
            real, home = path.parent.resolve() / path.name, Path.cwd().resolve()
            path = real.relative_to(home) if real.is_relative_to(home) else path
        name = path.as_posix()
    return name.encode(errors="surrogatepass").decode(errors="replace")


def remedy(diagnostic: Diagnostic) -> str:
    """The help of a finding, on one or more lines, in which whatever is invisible is written as an escape sequence."""
    return "\n".join(map(inline, diagnostic.help.split("\n")))


def explained(diagnostic: Diagnostic) -> str:
    """The message of a finding and, on a line of its own, the remedy."""
    message = inline(diagnostic.message)
    return f"{message}\nhelp: {remedy(diagnostic)}" if diagnostic.help else message


def with_places(diagnostic: Diagnostic) -> str:
    """The message of a finding, its related places and the remedy, on lines of their own."""
    message, *help = explained(diagnostic).split("\n")
    places = (f"{relative(place.span.source.name)}:{place.span.line}: {place.label}" for place in diagnostic.related)
    return "\n".join([message, *map(inline, places), *help])


def plural(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
