"""`archspec config`: the settings that hold, and where each is set."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from archspec.cli import failures, options, tables, targets
from archspec.escape import json_text
from archspec.formats import EXPORTED
from archspec.settings import Held, Projects

if TYPE_CHECKING:
    from archspec.settings import Settings


@click.command("config")
@click.argument("path", metavar="[PATH]", default=".", shell_complete=options.complete("specs"))
@options.checks
@options.form("table", "json")
def command(path: str, form: str, **checks: Any) -> int:
    """Show the settings that hold for PATH, a spec or a folder, and where each is set. Default: the working directory.

    Settings stand in archspec.toml, or under [tool.archspec] in pyproject.toml. The nearest folder above a spec that
    has one of them is its project. Options of the command line come first.

    \b
      archspec config
      archspec config specs/my.yaml --strict
    """
    projects = Projects(checks)
    settings = projects.of_folder(path) if os.path.isdir(path) else projects.of(targets.one(path))
    if form == "json":
        click.echo(_json(settings))
    else:
        _show(settings)
    if projects.findings:
        failures.tell(projects.findings)
    return failures.FINDINGS if projects.findings else 0


def _show(settings: Settings) -> None:
    from archspec.reports.table import Table

    rows = tuple((name, _written(name, held.value), _place(held)) for name, held in settings.held.items())
    root = f"project: {os.path.relpath(settings.root)}" if settings.root else "no project"
    tables.show(Table(("setting", "value", "set in"), rows), root)


def _written(name: str, value: Any) -> str:
    """A value as TOML has it; where it is None, what the command then does."""
    if value is None:
        return _UNSET[name]
    if isinstance(value, tuple):
        return f"[{', '.join(_written(name, item) for item in value)}]"
    return json_text(value)


_UNSET = {
    "batch-size": "that of the spec",
    "format": "text; github under GitHub Actions",
    "export": f"[{', '.join(map(json_text, EXPORTED))}]",
}
"""What a command does where a setting has no value."""


def _place(held: Held) -> str:
    if isinstance(held.where, str):
        return held.where
    return f"{held.where.source.name}:{held.where.line}"


def _json(settings: Settings) -> str:
    def origin(held: Held) -> Any:
        if isinstance(held.where, str):
            return held.where
        return {"path": held.where.source.name, "line": held.where.line}

    held = {name: {"value": held.value, "from": origin(held)} for name, held in settings.held.items()}
    return json_text({"project": None if settings.root is None else os.fspath(settings.root), "settings": held})
