"""Options and arguments that several subcommands have."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Assignment(click.ParamType):
    """`NAME=VALUE`, the value in YAML as a spec would have it."""

    name = "NAME=VALUE"

    def convert(
        self, value: str | tuple[str, Any], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Any]:
        if isinstance(value, tuple):
            return value
        name, sign, text = value.partition("=")
        if not sign or not _NAME.fullmatch(name):
            self.fail(f"`{value}` is not of the form NAME=VALUE, such as classes=10", param, ctx)
        if not text.strip():
            self.fail(f"`{name}` has no value; an empty string is {name}='\"\"'", param, ctx)
        from archspec.diagnostics import Collector
        from archspec.source import Mapping, plain, read_text

        collector = Collector()
        _, tree = read_text(text, name, collector)
        if tree is None or collector.errors:
            first = collector.errors[0]
            self.fail(f"the value of `{name}`: {first.message}" + (f"; {first.help}" if first.help else ""), param, ctx)
        if isinstance(tree, Mapping):
            self.fail(f"the value of `{name}` is a mapping; it can be a number, a string, a boolean or a list", param, ctx)
        return name, plain(tree)


def _plugins(_: click.Context, __: click.Parameter, modules: tuple[str, ...]) -> None:
    if modules:
        from archspec.ops import load_plugin

        for module in modules:
            load_plugin(module)


def params(command: F) -> F:
    """`-p NAME=VALUE`, as the argument `params`: a dict; the last of a name counts."""
    return click.option(
        "-p",
        "--param",
        "params",
        type=Assignment(),
        multiple=True,
        callback=lambda _, __, given: dict(given),
        help="A parameter of the spec in place of its default, such as -p classes=10 or -p 'widths=[16, 32]'.",
    )(command)


def plugins(command: F) -> F:
    """`--plugin MODULE`; the module is imported before anything is read."""
    return click.option(
        "--plugin",
        multiple=True,
        metavar="MODULE",
        expose_value=False,
        is_eager=True,
        callback=_plugins,
        help="A Python module to import, which registers ops.",
    )(command)
