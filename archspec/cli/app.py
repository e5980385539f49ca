"""The program: its subcommands, imported when they are called, and how it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextvars import copy_context
from io import TextIOWrapper
from typing import Any, NoReturn

import click

from archspec.cli import failures, startup
from archspec.registry import Registry

COMMANDS: Registry[click.Command] = Registry(
    "archspec.cli",
    {
        "build": "build.command",
        "validate": "validate.command",
        "summary": "summary.command",
        "draw": "draw.command",
        "preview": "preview.command",
        "resolve": "resolve.command",
        "diff": "diff.command",
        "weights": "weights.command",
        "list": "list.command",
        "show": "show.command",
        "new": "new.command",
        "import": "importing.command",
        "schema": "schema.command",
        "explain": "explain.command",
        "config": "config.command",
        "completion": "completion.command",
        "server": "server.command",
    },
)

HELP = {
    "build": "Compile a spec into a PyTorch module and export it.",
    "validate": "Check specs and report every mistake with its line.",
    "summary": "Show layers, shapes, parameters and multiply-adds.",
    "draw": "Draw a network as a figure, or for Mermaid or Graphviz.",
    "preview": "Show a network as a page that follows its file.",
    "resolve": "Expand a spec and write out all defaults.",
    "diff": "Show what changed between two specs, and whether the old checkpoint loads.",
    "weights": "Check whether weights fit a spec.",
    "list": "List bundled specs, blocks and ops, or the specs in a folder.",
    "show": "Print the source of a spec or a block.",
    "new": "Start a spec of your own.",
    "import": "Write the spec of a PyTorch module that exists.",
    "schema": "Print the JSON Schema of specs for editors.",
    "explain": "Explain a code, an op, a block or a key.",
    "config": "Show the settings of a project and where each is set.",
    "completion": "Print what makes the tab key complete commands in a shell.",
    "server": "Run the language server for editors.",
}
"""What each of them does, for the list of all."""


class Program(click.Group):
    """A group that imports a subcommand when it is called, and whose every end has an exit code of our own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return COMMANDS.get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from archspec.diagnostics import did_you_mean

            hint = did_you_mean(name, COMMANDS) or f"the commands are {', '.join(COMMANDS)}"
            ctx.fail(f"No such command `{name}`; {hint}")
        startup.lighten()
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, HELP[name]) for name in COMMANDS])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run and exit. A subcommand returns its exit code, or None where all is well."""
        for stream in ("stdout", "stderr"):
            if getattr(sys, stream) is None:
                # it was closed before the start: nobody is to see what is said
                setattr(sys, stream, open(os.devnull, "w"))  # noqa: SIM115
        if isinstance(sys.stdout, TextIOWrapper):
            # A terminal that lacks `×` shows `?`; it is no reason to fail.
            sys.stdout.reconfigure(errors="replace")
        shell = os.environ.get("_ARCHSPEC_COMPLETE")
        if shell:
            from archspec.cli.completing import answer

            click.echo(answer(self, shell, os.environ.get("COMP_LINE", "")), nl=False)
            sys.exit(0)
        try:
            # what is remembered of the command line, even of a wrong one, ends with the command
            code = copy_context().run(
                super().main,
                args,
                "archspec",
                complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                **extra,
            )
        except Exception as error:
            code = failures.report(error, sys.argv[1:] if args is None else args)
        sys.exit(code or 0)


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        click.echo(failures.version())
        ctx.exit()


@click.command(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and the folder of archspec.",
)
def program() -> None:
    """Check, summarize and compile neural network architectures written in YAML.

    SPEC is the path of a YAML file, the name of a bundled spec, such as resnet50, - for standard input, or git:REV:PATH
    for a file in a git revision.

    \b
    Exit codes:
      0  success
      1  findings: a spec with errors, weights that do not fit, an export that differs
      2  usage error: an invalid option or path, nothing to check, a missing extra
      3  internal error: a bug in archspec
    """
