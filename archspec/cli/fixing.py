"""`archspec validate --fix` and `--diff`: safe fixes, applied until none is left, then written or shown."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

from archspec.cli import files
from archspec.diagnostics import Diagnostic, Fix, Source
from archspec.diagnostics.fix import fixed
from archspec.diagnostics.formats.findings import plural, relative
from archspec.errors import UsageError
from archspec.escape import line
from archspec.files import STDIN, read_file
from archspec.limits import TEXT_BYTES
from archspec.records import record

_ROUNDS = 100
"""A fix may reveal a mistake that it hid; nobody writes this many mistakes behind each other."""

_LINE = re.compile(r"([^\n]*?)(\r?\n)")

Check = Callable[[Mapping[Path, bytes]], list[Diagnostic]]
"""From texts that take the place of files to all that is found."""


@record
class Result:
    """What fixes make of files: their texts before and after, what was fixed, and what remains."""

    before: dict[Path, bytes]
    after: dict[Path, bytes]
    names: dict[Path, str]
    fixed: tuple[Diagnostic, ...]
    remaining: list[Diagnostic]

    @property
    def changed(self) -> list[Path]:
        """The files that differ."""
        return [path for path in self.names if self.before[path] != self.after[path]]

    def write(self) -> None:
        """Write the files that differ, except standard input. Raises `UsageError` if one cannot be written."""
        for path in self.changed:
            if path != Path(STDIN):
                files.write(path, self.after[path])

    def diff(self) -> bytes:
        """The change of all files as a unified diff."""
        return b"".join(line for path in self.changed for line in self._diff(path))

    def _diff(self, path: Path) -> Iterator[bytes]:
        name = relative(self.names[path])
        before, after = (text[path].decode().split("\n") for text in (self.before, self.after))
        for changed in unified_diff(_lines(before), _lines(after), name, name):
            yield _printable_lines(changed).encode()

    def report(self) -> list[str]:
        """A line for each finding that was fixed, and a last one that counts."""
        told = [f"{d.span}: fixed[{d.code}]: {_change(d.fix)}" for d in self.fixed if d.fix is not None]
        count = f"fixed {plural(len(told), 'finding')} in {plural(len(self.changed), 'file')}"
        return [line(text) for text in (*told, count)] if told else []


def fix_files(check: Check, stdin: bytes | None = None) -> Result:
    """Apply all safe fixes in memory, also those that other fixes reveal; `stdin` is the text read there, if any.

    Raises `UsageError` for a file that changes meanwhile.
    """
    before = {} if stdin is None else {Path(STDIN): stdin}
    after, names = dict(before), {} if stdin is None else {Path(STDIN): "<stdin>"}
    done: list[Diagnostic] = []
    remaining = check(after)
    for _ in range(_ROUNDS):
        found = [diagnostic for diagnostic in remaining if diagnostic.fixable]
        if not found:
            break
        for path, source, fixes in _by_file(found):
            if path not in after:
                before[path] = after[path] = _bytes_of(path, source.name)
                names[path] = source.name
            after[path] = _edited(after[path], source, fixes)
        done += found
        remaining = check(after)
    return Result(before, after, names, tuple(done), remaining)


def _bytes_of(path: Path, name: str) -> bytes:
    try:
        return read_file(path, TEXT_BYTES)
    except OSError as error:
        raise UsageError(f"cannot fix `{name}`: {error.strerror}") from None


def _by_file(found: Iterable[Diagnostic]) -> Iterator[tuple[Path, Source, list[Fix]]]:
    """The fixes of each file: its path, real but for standard input, and its text."""
    sources: dict[Path, tuple[Source, list[Fix]]] = {}
    for diagnostic in found:
        fix = diagnostic.fix
        assert fix is not None
        path = fix.span.source.path
        assert path is not None
        real = path if path == Path(STDIN) else path.resolve()
        sources.setdefault(real, (fix.span.source, []))[1].append(fix)
    for real, (source, fixes) in sources.items():
        yield real, source, fixes


def _edited(data: bytes, source: Source, fixes: list[Fix]) -> bytes:
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    if data != mark + source.text.encode():
        raise UsageError(f"`{source.name}` changed while it was checked; try again")
    return mark + fixed(source.text, fixes).encode()


def _change(fix: Fix) -> str:
    return f"`{fix.span.text}` → `{fix.text}`"


def _printable_lines(text: str) -> str:
    """What a diff shows, of one or more lines, with the tabs and ends that they have."""
    return "".join("\t".join(map(line, part.split("\t"))) + end for part, end in _LINE.findall(text))


def _lines(parts: list[str]) -> list[str]:
    """Lines with their ends, as a diff shows them: the last one may have none."""
    *lines, last = parts
    return [f"{line}\n" for line in lines] + ([f"{last}\n\\ No newline at end of file\n"] if last else [])
