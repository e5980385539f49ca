"""`archspec explain`: what a code means."""

from __future__ import annotations

import sys

import click

from archspec.cli import options, tables, terminal
from archspec.errors import UsageError

_MARGIN = 8
"""Columns beside a word of a page: those of lists, code and quotes."""


@click.command("explain")
@click.argument("codes", metavar="[CODE...]", nargs=-1, shell_complete=options.complete("codes"))
def command(codes: tuple[str, ...]) -> None:
    """Explain what CODE means and why it matters, with an example and its fix.

    Without CODE, list all codes.

    \b
      archspec explain A201
    """
    from archspec.diagnostics.catalogue import rule, rules
    from archspec.reports.table import Table

    if not codes:
        tables.show(Table(("code", "title"), tuple((rule.code, rule.title) for rule in rules())))
    try:
        pages = [rule(code).page for code in codes]
    except LookupError as error:
        raise UsageError(str(error)) from None
    for page in pages:
        _show(page)


def _show(page: str) -> None:
    if not terminal.drawn(sys.stdout):
        click.echo(page)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    width = max(terminal.columns(), *(len(word) + _MARGIN for word in page.split()))  # no word is broken
    Console(file=sys.stdout, no_color=not terminal.colored(sys.stdout), width=width).print(Markdown(page))
