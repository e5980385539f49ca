"""`archspec validate`: every finding in every file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from archspec.cli import failures, options, targets, terminal
from archspec.cli.targets import Target, name, read
from archspec.diagnostics import Diagnostic
from archspec.diagnostics.formats import FORMATS, Findings, Style
from archspec.errors import ArchspecError, InternalError, UsageError
from archspec.files import STDIN
from archspec.language import Spec
from archspec.language.load import stdin

if TYPE_CHECKING:
    from archspec.cli.fixing import Result
    from archspec.cli.watching import Files
    from archspec.compiler.inputs import InputSize


def _codes(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[str, ...]:
    """Codes, or prefixes of codes, that some rule has."""
    found = tuple(code.strip().upper() for code in (text or "").split(",") if code.strip())
    if found:
        from archspec.diagnostics.catalogue import FAMILIES, codes

        for code in found:
            if not any(known.startswith(code) for known in (*FAMILIES, *codes())):
                raise click.BadParameter(f"no code starts with `{code}`; `archspec explain` lists them", ctx, param)
    return found


@click.command("validate", short_help="Check specs and report every mistake with its line.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default=lambda: "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text",
    show_default="text; github under GitHub Actions",
    help="Output format.",
)
@options.params
@options.input_size
@click.option(
    "--batch-size", type=click.IntRange(1), metavar="N", help="Batch size in training, for rules that depend on it."
)
@click.option(
    "--select", callback=_codes, metavar="CODE,...", help="Only report warnings with these code prefixes, such as A7."
)
@click.option("--ignore", callback=_codes, metavar="CODE,...", help="Do not report warnings with these code prefixes.")
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")
@click.option("--fix", is_flag=True, help="Apply safe fixes to the files, and report what remains.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, without changing it.")
@options.watch
@options.plugins
def command(
    paths: tuple[str, ...],
    form: str,
    params: dict[str, object],
    input_size: InputSize,
    batch_size: int | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    fix: bool,
    diff: bool,
    watch: bool,
) -> int:
    """Check specs and report every mistake in every file with its line.

    PATH is a file, a folder, a bundled name, - for standard input, or git:REV:PATH for a file or folder in a git
    revision. A folder stands for every *.yaml and *.yml file in it and its subfolders that has a line starting with
    "archspec:"; hidden folders are skipped. Files that contain only blocks, for others to include, are checked too.
    Exceeding the budget is an error.

    --fix corrects mistyped names with a single possible meaning, yes and no instead of true and false, and oddly
    written numbers. It leaves everything else as it is, and never changes bundled files. With -, the fixed text goes to
    standard output and the findings to standard error.

    \b
      archspec validate specs/
      archspec validate --fix specs/
      archspec validate --format concise my.yaml resnet50
      git show HEAD:my.yaml | archspec validate -
    """
    checks = Checks(params, input_size, batch_size, select, ignore)
    if watch:
        from archspec.cli import watching

        if fix or diff:
            raise UsageError("`--watch` cannot be combined with `--fix` and `--diff`")
        watching.watch(lambda files: _told(checks, targets.find(paths), form, files), paths)
    found = targets.find(paths)
    if fix or diff:
        return _fixed(checks, found, form, strict, diff)
    findings = _told(checks, found, form, {})
    return failures.FINDINGS if findings.count("error") or (strict and findings.diagnostics) else 0


@dataclass(frozen=True, slots=True)
class Checks:
    """How specs are checked, and which of the findings are told."""

    params: dict[str, object]
    input_size: InputSize
    batch_size: int | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]

    def findings(self, found: Iterable[Target], edited: Mapping[Path, bytes], files: Files) -> list[Diagnostic]:
        """All that is told of some targets, each finding once."""
        told = (finding for target in found for finding in _guarded(self, target, edited, files))
        return list(_distinct(finding for finding in told if _is_told(finding, self.select, self.ignore)))


def _told(checks: Checks, found: list[Target], form: str, files: Files) -> Findings:
    findings = Findings(tuple(map(name, found)), tuple(checks.findings(found, {}, files)))
    _show(findings, form, sys.stdout)
    return findings


def _show(findings: Findings, form: str, stream: TextIO) -> None:
    style = Style(terminal.colored(stream), terminal.width(stream), stream.encoding or "utf-8")
    click.echo(FORMATS[form](findings, style), file=stream, color=style.color)


def _fixed(checks: Checks, found: list[Target], form: str, strict: bool, diff: bool) -> int:
    """Fix what can be fixed, or show how; the exit code."""
    from archspec.cli import fixing

    piped = stdin() if STDIN in found else None
    result = fixing.fix_files(lambda edited: checks.findings(found, edited, {}), piped)
    stream = _apply(result, diff)
    findings = Findings(tuple(map(name, found)), tuple(result.remaining))
    if not diff or findings.diagnostics:
        _show(findings, form, stream)
    failed = findings.count("error") or (strict and findings.diagnostics) or (diff and result.changed)
    return failures.FINDINGS if failed else 0


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


def _is_told(diagnostic: Diagnostic, select: tuple[str, ...], ignore: tuple[str, ...]) -> bool:
    """Errors always are: what is told to be valid can be built."""
    code = diagnostic.code
    return diagnostic.severity == "error" or (
        code.startswith(select or "") and not (ignore and code.startswith(ignore))
    )


def _guarded(checks: Checks, target: Target, edited: Mapping[Path, bytes], files: Files) -> list[Diagnostic]:
    """What is found in a target; a fault of our own says in which file it happened."""
    try:
        spec = read(target, edited)
        files.update(spec.files)
        return check(spec, checks.params, checks.batch_size, checks.input_size)
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
    seen: set[tuple[str, str, str, int, int]] = set()
    for diagnostic in diagnostics:
        span = diagnostic.span
        place = (span.source.name, span.line, span.column) if span else ("", 0, 0)
        key = (diagnostic.code, diagnostic.message, *place)
        if key not in seen:
            seen.add(key)
            yield diagnostic
