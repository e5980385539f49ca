"""`archspec schema`: the JSON Schema of specs, and a check against it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archspec.cli import failures, files, options, targets, terminal
from archspec.errors import SpecError, UsageError
from archspec.escape import json_text
from archspec.limits import FINDINGS, SCHEMA_VALUES

if TYPE_CHECKING:
    from jsonschema import ValidationError

    from archspec.diagnostics import Collector, Span
    from archspec.source import Tree

CODE = "schema"
"""The code of what the schema rejects; it is no rule of the language, so the catalogue has none for it."""


@click.command("schema")
@click.argument("paths", metavar="[SPEC | --check PATH...]", nargs=-1, shell_complete=options.complete("specs"))
@options.output
@click.option("--check", is_flag=True, help="Check files or folders against the schema, as an editor does.")
@options.plugins
def command(paths: tuple[str, ...], output: Path | None, check: bool) -> int:
    """Print the JSON Schema (draft-07) of specs. With SPEC, include the blocks of that spec.

    \b
      archspec schema -o archspec.schema.json
      archspec schema my.yaml
      archspec schema --check specs/
    """
    if check:
        if not paths or output is not None:
            raise UsageError("`--check` needs files or folders, and cannot be combined with `-o`")
        return _check(targets.find(paths))
    if len(paths) > 1:
        raise UsageError(f"expected one spec, found {len(paths)}; only `--check` takes several")
    files.put(_text(targets.one(paths[0]) if paths else None), output)
    return 0


def _text(spec: targets.Target | None) -> str:
    """The schema of every spec, with the ops of plugins that are loaded, or that of one; the spec may have mistakes, as
    long as it can be read."""
    from archspec.language import read
    from archspec.language.schema.schema import json_schema
    from archspec.source import Mapping

    if spec is None:
        return json_text(json_schema()) + "\n"
    found = read(spec)
    if not isinstance(found.tree, Mapping):
        raise SpecError(f"`{found.name}` cannot be read", found.collector.errors)
    return json_text(json_schema(found)) + "\n"


def _check(found: list[targets.Target]) -> int:
    """Tell what the schema rejects, at its places; the exit code."""
    from jsonschema import Draft7Validator

    from archspec.diagnostics import Collector
    from archspec.diagnostics.formats import FORMATS, Findings, Style
    from archspec.language.schema.schema import json_schema
    from archspec.source import plain
    from archspec.source.taken import Taken

    validator = Draft7Validator(json_schema())
    collector = Collector()
    for target in found:
        taken = Taken()
        tree = targets.parse(target, collector, taken)
        if tree is not None and taken.values > SCHEMA_VALUES:
            message = f"there are {taken.values:,} values; at most {SCHEMA_VALUES:,} are checked against the schema"
            collector.error("A108", message, tree.span, "`archspec validate` checks more of them, and finds more")
        elif tree is not None:
            _report(validator.iter_errors(plain(tree)), tree, collector)
    findings = Findings(tuple(map(targets.name, found)), tuple(collector.diagnostics))
    style = Style(terminal.colored(sys.stdout), terminal.width(sys.stdout), sys.stdout.encoding or "utf-8")
    click.echo(FORMATS["text"](findings, style), color=style.color)
    return failures.FINDINGS if findings.diagnostics else 0


def _report(errors: Iterable[ValidationError], tree: Tree, collector: Collector) -> None:
    from archspec.cli.rejected import told

    for error in islice(errors, FINDINGS):
        closest, message, help = told(error)
        collector.error(CODE, message, _span_of(tree, closest), help)


def _span_of(tree: Tree, error: ValidationError) -> Span:
    """Where a value stands that the schema rejects, or the first key that it does not know."""
    from archspec.source import Mapping, Sequence

    known: Any = tree
    for step in error.absolute_path:
        if isinstance(known, Mapping):
            known = known.entries[str(step)]
        elif isinstance(known, Sequence):
            known = known.items[int(step)]
    if error.validator == "additionalProperties" and isinstance(known, Mapping):
        properties = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
        unknown = [key for key in known.entries if key not in properties]
        if unknown:
            return known.keys[unknown[0]]
    found: Span = known.span
    return found
