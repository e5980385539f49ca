"""`archspec validate`: every finding in every file."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from archspec.cli import failures, options, targets, terminal
from archspec.cli.spread import spread
from archspec.cli.targets import Target, name, spec_of
from archspec.diagnostics import Diagnostic
from archspec.diagnostics.formats import FORMATS, Findings, Style
from archspec.errors import ArchspecError, InternalError, UsageError
from archspec.files import STDIN
from archspec.language import Spec
from archspec.language.load import stdin
from archspec.records import record
from archspec.settings import Projects

if TYPE_CHECKING:
    from archspec.cli.fixing import Result
    from archspec.cli.watching import Files
    from archspec.compiler.inputs import InputSize


@click.command("validate")
@click.argument("paths", metavar="[PATH...]", nargs=-1, shell_complete=options.complete("specs"))
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    show_default="text; github under GitHub Actions",
    help="Output format.",
)
@options.params
@options.input_size
@options.checks
@click.option(
    "--export",
    "exports",
    metavar="FORMAT,...",
    shell_complete=options.complete("exports"),
    help="Report too what cannot be exported, as far as the graph tells: --export pt2,onnx.",
)
@click.option("--fix", is_flag=True, help="Apply safe fixes to the files, and report what remains.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, without changing it.")
@click.option("--allow-empty", is_flag=True, help="Succeed on a folder without specs.")
@options.watch
@options.plugins
def command(
    paths: tuple[str, ...],
    form: str | None,
    params: dict[str, object],
    input_size: InputSize,
    exports: str | None,
    fix: bool,
    diff: bool,
    allow_empty: bool,
    watch: bool,
    **checks: Any,
) -> int:
    """Check specs and report every mistake in every file with its line.

    PATH is a file, a folder, a bundled name, - for standard input, or git:REV:PATH for a file or folder in a git
    revision; without PATH, the project's settings name the paths. A folder stands for every *.yaml and *.yml file in it
    and its subfolders that has a line starting with "archspec:"; hidden folders are skipped. Files that contain only
    blocks, for others to include, are checked too. Exceeding the budget is an error.

    --fix corrects mistyped names with a single possible meaning, yes and no instead of true and false, and oddly
    written numbers. It leaves everything else as it is, and never changes bundled files. With -, the fixed text goes to
    standard output and the findings to standard error.

    \b
      archspec validate specs/
      archspec validate --fix specs/
      archspec validate --format concise my.yaml resnet50
      git show HEAD:my.yaml | archspec validate -
    """
    given = {**checks, "format": form}
    formats = tuple(name.strip() for name in (exports or "").split(",") if name.strip())

    def begin(files: Files) -> tuple[Checks, list[Target]]:
        projects = Projects(given, files)
        found = targets.find(paths or _of_project(projects), projects, allow_empty)
        return Checks(params, input_size, projects, formats), found

    if watch:
        from archspec.cli import watching

        if fix or diff:
            raise UsageError("`--watch` cannot be combined with `--fix` and `--diff`")
        watching.watch(lambda files: _told(*begin(files), files), paths or _of_project(Projects(given)))
    now, found = begin({})
    if fix or diff:
        return _fixed(now, found, diff)
    return _code(now, _told(now, found, {}))


@record
class Checks:
    """How specs are checked, and which of the findings are told; `failing` are those that `strict` makes fail."""

    params: dict[str, object]
    input_size: InputSize
    projects: Projects
    exports: tuple[str, ...] = ()
    failing: set[Diagnostic] = field(default_factory=set)

    def findings(self, found: Sequence[Target], edited: Mapping[Path, bytes], files: Files) -> list[Diagnostic]:
        """All that is told of some targets and of the settings that hold for them, each finding once."""
        told: list[Diagnostic] = []
        results = spread(lambda target: _guarded(self, target, edited), found)
        for target, (diagnostics, seen) in zip(found, results, strict=True):
            settings = self.projects.of(target)
            files.update(seen)
            one = [d for d in diagnostics if settings.tells(d)]
            self.failing.update(one if settings["strict"] else ())
            told += one
        return [*self.projects.findings, *_distinct(told)]

    @property
    def form(self) -> str:
        """The format of the findings."""
        usual = "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"
        return self.projects.of_folder()["format"] or usual


def _of_project(projects: Projects) -> tuple[str, ...]:
    """The paths that the project of the working directory sets. Raises `UsageError` where there are none."""
    paths: tuple[str, ...] = projects.of_folder()["paths"]
    if not paths and not projects.findings:
        raise UsageError("name files or folders to check, or set `paths` in archspec.toml")
    return paths


def _told(checks: Checks, found: list[Target], files: Files) -> Findings:
    findings = Findings(tuple(map(name, found)), tuple(checks.findings(found, {}, files)))
    _show(findings, checks.form, sys.stdout)
    return findings


def _code(checks: Checks, findings: Findings) -> int:
    failed = findings.count("error") or not checks.failing.isdisjoint(findings.diagnostics)
    return failures.FINDINGS if failed else 0


def _show(findings: Findings, form: str, stream: TextIO) -> None:
    style = Style(terminal.colored(stream), terminal.width(stream), stream.encoding or "utf-8")
    click.echo(FORMATS[form](findings, style), file=stream, color=style.color)


def _fixed(checks: Checks, found: list[Target], diff: bool) -> int:
    """Fix what can be fixed, or show how; the exit code."""
    from archspec.cli import fixing

    piped = stdin() if STDIN in found else None
    result = fixing.fix_files(lambda edited: checks.findings(found, edited, {}), piped)
    stream = _apply(result, diff)
    findings = Findings(tuple(map(name, found)), tuple(result.remaining))
    if not diff or findings.diagnostics:
        _show(findings, checks.form, stream)
    return failures.FINDINGS if diff and result.changed else _code(checks, findings)


def _apply(result: Result, diff: bool) -> TextIO:
    """Write or show the fixed files. Returns the stream for the findings."""
    if diff:
        click.echo(result.diff(), nl=False)
        return sys.stderr
    result.write()
    for line in result.report():
        click.echo(line, err=True)
    piped = result.after.get(Path(STDIN))
    if piped is None:
        return sys.stdout
    click.echo(piped, nl=False)
    return sys.stderr


def _guarded(checks: Checks, target: Target, edited: Mapping[Path, bytes]) -> tuple[list[Diagnostic], Files]:
    """What is found in a target, and the files that it was read from; a fault of our own says in which it happened."""
    try:
        spec = spec_of(target, edited)
        known = checks.projects.of(target).batch_size(spec.lint.batch_size)
        return check(spec, checks.params, known, checks.input_size, checks.exports), dict(spec.files)
    except Exception as error:
        if isinstance(error, ArchspecError) and not isinstance(error, InternalError):
            raise
        raise failures.Fault(f"on {name(target)}") from error


def check(
    spec: Spec,
    params: dict[str, object] | None = None,
    batch_size: int | None = None,
    input_size: InputSize = None,
    exports: Collection[str] = (),
) -> list[Diagnostic]:
    """Every finding in a spec, or in a file of blocks, in the order of the file."""
    from archspec import validate

    return validate(spec, params, input_size, batch_size, exports)


def _distinct(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Each finding once, though several specs of a folder include the file it is in."""
    seen: set[tuple[str, str, str, int, int]] = set()
    for diagnostic in diagnostics:
        span = diagnostic.span
        place = (span.source.name, span.line, span.column) if span else ("", 0, 0)
        key = (diagnostic.code, diagnostic.message, *place)
        if key not in seen:
            seen.add(key)
            yield diagnostic
