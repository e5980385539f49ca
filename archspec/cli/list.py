"""`archspec list`: what is bundled, and what is in one's own folders."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from archspec.cli import options, tables, terminal
from archspec.errors import UsageError
from archspec.escape import json_text
from archspec.files import REVISION, is_path

if TYPE_CHECKING:
    from archspec.cli.entries import Entry
    from archspec.reports.table import Table
    from archspec.types import Size

JSON_VERSION = 1
"""Raised whenever a key of the JSON form changes its meaning or goes away."""

_KINDS = ("spec", "block", "op")
_SORTS = ("name", "params", "macs", "activations", "depth")
_KEYS = ("kind", "name", "source", *_SORTS[1:], "inputs", "arguments", "text", "parity", "error")
_LONG = 40
"""Letters of a formula in the table; the other forms have it in full."""
_AMOUNT = re.compile(r"([0-9][0-9_,]{0,30}(?:\.[0-9]{1,30})?) ?([kmgbt]?)(b?)", re.IGNORECASE | re.ASCII)
_FACTORS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}


def _amount(ctx: click.Context, param: click.Parameter, text: str | None) -> int | None:
    """A number such as `5M`, `1.5G` or `20,000`; of bytes, such as `100MB`."""
    if text is None:
        return None
    found = _AMOUNT.fullmatch(text.strip())
    is_bytes = param.name == "activations"
    if found is None or (found[3] and not is_bytes):
        example = "100MB" if is_bytes else "5M"
        raise click.BadParameter(f"expected a number such as {example} or 20000, found `{text}`", ctx, param)
    factor = 1 if is_bytes and found[2] in "bB" else _FACTORS[found[2].lower()]
    return int(float(found[1].replace(",", "").replace("_", "")) * factor)


def _limits(command: Callable[..., Any]) -> Callable[..., Any]:
    for key, what in (("depth", "layers with weights"), ("activations", "bytes"), ("macs", "MACs"), ("params", "")):
        help = f"Only specs with at most so many {what or 'parameters: 5M'}."
        command = click.option(f"--max-{key}", key, callback=_amount, metavar="N", help=help)(command)
    return command


@click.command("list")
@click.argument("patterns", metavar="[PATTERN | PATH]...", nargs=-1, shell_complete=options.complete("listed"))
@click.option("--kind", type=click.Choice(_KINDS), multiple=True, help="Only list specs, blocks or ops.")
@_limits
@click.option("--sort", type=click.Choice(_SORTS), help="Sort by name or by a number, smallest first.")
@click.option("--reverse", is_flag=True, help="Sort the other way round.")
@options.form("text", "json", "csv")
@options.plugins
def command(
    patterns: tuple[str, ...], kind: tuple[str, ...], sort: str | None, reverse: bool, form: str, **limits: int | None
) -> None:
    """List the bundled specs with their parameters, multiply-adds (MACs) and references, the bundled blocks, and the
    ops; `equal` says how equal the outputs of a spec are to those of its original. With PATH, list the specs and
    blocks in a file or folder instead.

    PATTERN filters by the name or family of a spec and the name of a block or op, in upper or lower case. An existing
    file or folder, and a text with a slash, is a PATH.

    \b
      archspec list
      archspec list 'ResNet*' --max-params 30M --sort macs
      archspec list specs/ --format csv
      archspec list conv
    """
    from archspec.cli import entries

    paths = [text for text in patterns if _is_place(text)]
    wanted = entries.matching(tuple(text for text in patterns if not _is_place(text)))
    with terminal.progress() as step:
        found = [*(entries.own(paths, wanted, step) if paths else entries.bundled(wanted, step))]
    if not found:
        raise UsageError(_nothing(patterns, paths))
    shown = _limited([entry for entry in found if not kind or entry.kind in kind], limits)
    if sort or reverse:
        shown = _sorted(shown, sort or "name", reverse)
    if not shown and form == "text":
        click.echo(f"nothing is {'of this kind and ' * bool(kind)}within these limits", err=True)
    {"text": _text, "json": _json, "csv": _csv}[form](shown, bool(paths))


def _is_place(text: str) -> bool:
    """Whether a text is a path rather than a pattern: `resnet/*` matches families with names."""
    return os.path.exists(text) or text.startswith(REVISION) or (is_path(text) and not re.search(r"[*?\[]", text))


def _nothing(patterns: Sequence[str], paths: Sequence[str]) -> str:
    from archspec.diagnostics import did_you_mean
    from archspec.language import bundled_blocks, bundled_specs
    from archspec.ops import OPS

    texts = [text for text in patterns if text not in paths]
    message = " or ".join(f"`{text}`" for text in texts)
    if paths:
        return f"no spec or block in `{paths[0]}` matches {message}" if message else f"no block in `{paths[0]}`"
    hint = did_you_mean(texts[0].lower(), [*bundled_specs(), *bundled_blocks(), *OPS])
    return f"no bundled spec or block, and no op, matches {message}" + (f"; {hint}" if hint else "")


def _limited(found: list[Entry], limits: dict[str, int | None]) -> list[Entry]:
    """What keeps to the limits: specs whose numbers are known."""
    for key, most in limits.items():
        if most is not None:
            numbers = [(entry, getattr(entry, key)) for entry in found]
            found = [entry for entry, number in numbers if isinstance(number, int) and number <= most]
    return found


def _sorted(found: list[Entry], key: str, reverse: bool) -> list[Entry]:
    """Sorted by a number; those without one stand last."""
    if key == "name":
        return sorted(found, key=lambda entry: entry.name, reverse=reverse)
    known = [entry for entry in found if isinstance(getattr(entry, key), int)]
    others = [entry for entry in found if not isinstance(getattr(entry, key), int)]
    return [*sorted(known, key=lambda entry: (getattr(entry, key), entry.name), reverse=reverse), *others]


def _text(shown: list[Entry], in_files: bool) -> None:
    drawn = {"spec": _specs, "block": _words, "op": _words}
    parts = [(kind, [entry for entry in shown if entry.kind == kind]) for kind in _KINDS]
    for index, (kind, part) in enumerate((kind, part) for kind, part in parts if part):
        click.echo("\n" if index else "", nl=False)
        tables.show(drawn[kind](part, in_files))


def _specs(shown: list[Entry], in_files: bool) -> Table:
    from archspec.reports.table import Table

    rows = [(entry.source, entry.name, *map(_shown, (entry.params, entry.macs)), entry.told) for entry in shown]
    if in_files:
        return Table(("folder", "spec", "params", "MACs", "reference"), tuple(rows), frozenset({2, 3}))
    compared = tuple((*row[:4], entry.parity, row[4]) for row, entry in zip(rows, shown, strict=True))
    return Table(("family", "spec", "params", "MACs", "equal", "reference"), compared, frozenset({2, 3}))


def _shown(count: Size | None) -> str:
    from archspec.types.figures import brief

    return "" if count is None else brief(count, _LONG)


def _words(shown: list[Entry], in_files: bool) -> Table:
    from archspec.reports.table import Table

    kind = shown[0].kind
    arguments = "parameters" if kind == "block" else "arguments"
    rows = tuple((entry.name, ", ".join(entry.arguments), entry.text) for entry in shown)
    if not in_files:
        return Table((kind, arguments, "description"), rows)
    places = tuple((entry.source, *row) for entry, row in zip(shown, rows, strict=True))
    return Table(("file", kind, arguments, "description"), places)


def _json(shown: list[Entry], _: bool) -> None:
    from archspec.ops.written import plain

    listed = [{key: plain(getattr(entry, key)) for key in _KEYS} for entry in shown]
    click.echo(json_text({"version": JSON_VERSION, "entries": listed}))


def _csv(shown: list[Entry], _: bool) -> None:
    from archspec.reports.table import csv

    click.echo(csv(_KEYS, ([_cell(getattr(entry, key)) for key in _KEYS] for entry in shown)))


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return " ".join("x".join(map(str, shape)) for shape in value.values())
    return "" if value is None else ", ".join(value) if isinstance(value, tuple) else value
