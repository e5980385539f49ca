"""`archspec explain`: what a code or a word of the language means."""

from __future__ import annotations

import re
import sys

import click

from archspec.cli import options, tables, terminal
from archspec.errors import UsageError

_CODE = re.compile(r"[Aa][0-9]+")
_MARGIN = 8
"""Columns beside a word of a page: those of lists, code and quotes."""


@click.command("explain")
@click.argument("words", metavar="[WORD...]", nargs=-1, shell_complete=options.complete("topics"))
@options.plugins
def command(words: tuple[str, ...]) -> None:
    """Explain what WORD means, with an example: the code of a finding, with its fix, an op or a block, with its
    arguments, or another word of the language, such as residual, budget or in_channels.

    Without WORD, list all codes.

    \b
      archspec explain A201
      archspec explain conv bottleneck
    """
    from archspec.diagnostics.catalogue import rules
    from archspec.reports.table import Table

    if not words:
        tables.show(Table(("code", "title"), tuple((rule.code, rule.title) for rule in rules())))
    for page in [_page(word) for word in words]:
        _show(page)


def _page(text: str) -> str:
    """The page of a code or a word. Raises `UsageError` where there is none."""
    from archspec.diagnostics.catalogue import rule
    from archspec.language import bundled_specs
    from archspec.language.words import word

    try:
        return rule(text).page if _CODE.fullmatch(text) else word(text).page
    except LookupError as error:
        if text in bundled_specs():
            raise UsageError(f"`{text}` is a bundled spec; `archspec show {text}` prints it") from None
        raise UsageError(error.args[0]) from None


def _show(page: str) -> None:
    if not terminal.drawn(sys.stdout):
        click.echo(page)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    width = max(terminal.columns(), *(len(word) + _MARGIN for word in page.split()))  # no word is broken
    Console(file=sys.stdout, no_color=not terminal.colored(sys.stdout), width=width).print(Markdown(page))
