"""`archspec server`: what archspec knows, for an editor."""

from __future__ import annotations

import os
import sys

import click

from archspec.errors import needing


@click.command("server")
@click.option("--stdio", is_flag=True, help="Speak over standard input and output; there is no other way.")
def command(stdio: bool) -> None:
    """Run the language server, which editors start to show findings, shapes and pages as one types.

    It speaks the Language Server Protocol over standard input and output. docs/editors.md sets up editors.

    \b
      archspec server
    """
    with needing("server", "the language server", "pygls"):
        from archspec.server.garbage import collect_seldom
        from archspec.server.server import new_server
        from archspec.server.streams import run
    if sys.stdin.isatty():
        click.echo("archspec server speaks with an editor, which starts it: docs/editors.md sets up yours.", err=True)
    # the protocol has the stream alone: what anybody else prints would break it
    answers = os.dup(sys.stdout.fileno())
    sys.stdout = sys.stderr
    collect_seldom()
    sys.exit(run(new_server(), sys.stdin.fileno(), answers))
