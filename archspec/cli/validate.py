"""`archspec validate`: every finding in every file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from archspec.cli import failures, options, targets, terminal
from archspec.cli.settings import COMMAND_LINE, Projects, Settings
from archspec.cli.targets import Target, name, read
from archspec.diagnostics import Diagnostic
from archspec.diagnostics.formats import FORMATS, Findings, Style
from archspec.errors import ArchspecError, InternalError, UsageError
from archspec.language import Spec

if TYPE_CHECKING:
    from archspec.cli.fixing import Result
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
@click.option("--fix", is_flag=True, help="Apply safe fixes to the files, and report what remains.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, without changing it.")
@click.option("--allow-empty", is_flag=True, help="Succeed on a folder without specs.")
@options.plugins
def command(
    paths: tuple[str, ...],
    form: str | None,
    params: dict[str, object],
    input_size: InputSize,
    fix: bool,
    diff: bool,
    allow_empty: bool,
    **checks: Any,
) -> int:
    """Check specs and report every mistake in every file with its line.

    PATH is a file, a folder, a bundled name, or - for standard input; without PATH, the project's settings name the
    paths. A folder stands for every *.yaml and *.yml file
    in it and its subfolders that has a line starting with "archspec:"; hidden folders are skipped. Files that contain
    only blocks, for others to include, are checked too. Exceeding the budget is an error.

    --fix corrects mistyped names with a single possible meaning, yes and no instead of true and false, and oddly
    written numbers. It leaves everything else as it is, and never changes bundled files. With -, the fixed text goes to
    standard output and the findings to standard error.

    \b
      archspec validate specs/
      archspec validate --fix specs/
      archspec validate --format concise my.yaml resnet50
      git show HEAD:my.yaml | archspec validate -
    """
    projects = Projects({name.replace("_", "-"): value for name, value in {**checks, "format": form}.items()})
    here = projects.of_folder()
    found = targets.find(paths or _of_project(here, projects), projects.excludes, allow_empty)
    failing: set[Diagnostic] = set()

    def checked(edited: Mapping[Path, bytes]) -> list[Diagnostic]:
        told: list[Diagnostic] = []
        for target in found:
            settings = projects.of(target)
            one = [d for d in _guarded(target, edited, params, input_size, settings) if _is_told(d, settings)]
            failing.update(one if settings["strict"] else ())
            told += one
        return [*projects.findings, *_distinct(told)]

    changed, stream = False, sys.stdout
    if fix or diff:
        stdin = targets.stdin() if targets.STDIN in found else None
        from archspec.cli import fixing

        result = fixing.fix_files(checked, stdin)
        told, changed = result.remaining, diff and bool(result.changed)
        stream = _apply(result, diff)
    else:
        told = checked({})
    findings = Findings(tuple(map(name, found)), tuple(told))
    style = Style(terminal.colored(stream), terminal.width(stream), stream.encoding or "utf-8")
    if not diff or told:
        click.echo(FORMATS[here["format"] or _usual_format()](findings, style), file=stream, color=style.color)
    failed = findings.count("error") or not failing.isdisjoint(told) or changed
    return failures.FINDINGS if failed else 0


def _of_project(here: Settings, projects: Projects) -> tuple[str, ...]:
    """The paths that the project of the working directory sets. Raises `UsageError` where there are none."""
    paths: tuple[str, ...] = here["paths"]
    if not paths and not projects.findings:
        raise UsageError("name files or folders to check, or set `paths` in archspec.toml")
    return paths


def _usual_format() -> str:
    return "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"


def _apply(result: Result, diff: bool) -> TextIO:
    """Write or show the fixed files. Returns the stream for the findings."""
    if diff:
        click.echo(result.diff(), nl=False)
        return sys.stderr
    result.write()
    for line in result.report():
        click.echo(line, err=True)
    stdin = result.after.get(Path(targets.STDIN))
    if stdin is None:
        return sys.stdout
    click.echo(stdin, nl=False)
    return sys.stderr


def _is_told(diagnostic: Diagnostic, settings: Settings) -> bool:
    """Errors always are: what is told to be valid can be built."""
    code, ignore = diagnostic.code, settings["ignore"]
    return diagnostic.severity == "error" or (
        code.startswith(settings["select"] or "") and not (ignore and code.startswith(ignore))
    )


def _guarded(
    target: Target,
    edited: Mapping[Path, bytes],
    params: dict[str, object],
    input_size: InputSize,
    settings: Settings,
) -> list[Diagnostic]:
    """What is found in a target; a fault of our own says in which file it happened."""
    try:
        spec = read(target, edited)
        batch = settings.held["batch-size"]
        # a project's batch size is for specs that say nothing of their own
        known = None if batch.where != COMMAND_LINE and spec.lint.batch_size else batch.value
        return check(spec, params, known, input_size)
    except Exception as error:
        if isinstance(error, ArchspecError) and not isinstance(error, InternalError):
            raise
        raise failures.Fault(f"on {name(target)}") from error


def check(
    spec: Spec, params: dict[str, object] | None = None, batch_size: int | None = None, input_size: InputSize = None
) -> list[Diagnostic]:
    """Every finding in a spec, or in a file of blocks, in the order of the file."""
    from archspec import validate

    return validate(spec, params, input_size, batch_size)


def _distinct(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Each finding once, though several specs of a folder include the file it is in."""
    seen: set[tuple[str, str, int, int]] = set()
    for diagnostic in diagnostics:
        span = diagnostic.span
        place = (span.source.name, span.line, span.column) if span else (diagnostic.message, 0, 0)
        key = (diagnostic.code, *place)
        if key not in seen:
            seen.add(key)
            yield diagnostic
