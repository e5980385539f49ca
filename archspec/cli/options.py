"""Options and arguments that several subcommands have."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from archspec.cli import targets
from archspec.identifiers import VARIABLE

F = TypeVar("F", bound=Callable[..., Any])

_VARIABLE = re.compile(VARIABLE)


def complete(what: str) -> Callable[[click.Context, click.Parameter, str], Any]:
    """A function of `completing`, which is imported when a shell asks."""

    def found(ctx: click.Context, param: click.Parameter, last: str) -> Any:
        from archspec.cli import completing

        return getattr(completing, what)(ctx, param, last)

    return found


def _assignments(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, Any]:
    """The values by name; the last of a name counts."""
    found = {}
    for text in given:
        try:
            name, value = _assignment(text)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from None
        found[name] = value
        _remember(ctx, name, f"{param.opts[0]} {text}")
    return found


def _remember(ctx: click.Context, name: str, text: str) -> None:
    """Let messages call a value as it was typed, as long as the command runs; none does while words are completed."""
    if ctx.resilient_parsing:
        return
    from archspec.compiler.typed import TYPED

    TYPED.set({**TYPED.get(), name: text})


def _assignment(text: str) -> tuple[str, Any]:
    """`NAME=VALUE`, the value in YAML as a spec would have it. Raises `ValueError` for anything else."""
    name, sign, value = text.partition("=")
    if not sign or not _VARIABLE.fullmatch(name):
        raise ValueError(f"expected NAME=VALUE, such as classes=10, found `{text}`")
    from archspec.language.given import parameter_value

    return name, parameter_value(name, value)


def _plugins(_: click.Context, __: click.Parameter, modules: tuple[str, ...]) -> None:
    if modules:
        from archspec.ops import load_plugin

        for module in modules:
            load_plugin(module)


def _spec(_: click.Context, __: click.Parameter, text: str) -> targets.Target:
    return targets.one(text)


def spec(command: F) -> F:
    """`SPEC`, as the argument `spec`: a path, a bundled name, `-` for standard input, or `git:REV:PATH`."""
    return click.argument("spec", metavar="SPEC", callback=_spec, shell_complete=complete("specs"))(command)


def params(command: F) -> F:
    """`-p NAME=VALUE`, as the argument `params`, a dict."""
    return click.option(
        "-p",
        "--param",
        "params",
        metavar="NAME=VALUE",
        multiple=True,
        callback=_assignments,
        shell_complete=complete("parameters"),
        help="Set a parameter of the spec: -p classes=10, -p 'widths=[16, 32]'.",
    )(command)


def params_of(side: str) -> Callable[[F], F]:
    """`--param-a NAME=VALUE`, as the argument `params_a`: parameters of one of two specs."""
    return click.option(
        f"--param-{side}",
        f"params_{side}",
        metavar="NAME=VALUE",
        multiple=True,
        callback=_assignments,
        shell_complete=complete("parameters"),
        help=f"Set a parameter of {side.upper()} only.",
    )


def form(*names: str, help: str = "Output format.") -> Callable[[F], F]:
    """`--format`, as the argument `form`: one of these names, without it the first."""
    return click.option("--format", "form", type=click.Choice(names), default=names[0], show_default=True, help=help)


def depth(command: F) -> F:
    """`--depth N`, as the argument `depth`."""
    return click.option("--depth", type=click.IntRange(1), metavar="N", help="Show at most N levels.")(command)


def watch(command: F) -> F:
    """`--watch`, as the argument `watch`: run again after each change, see `watching.watch`."""
    return click.option("--watch", is_flag=True, help="Run again whenever a file that was read changes.")(command)


def output(command: F) -> F:
    """`-o FILE`, as the argument `output`: where to `files.put` what would be printed."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Write to a file instead of standard output.",
    )(command)


def _sizes(ctx: click.Context, param: click.Parameter, text: str | None) -> Any:
    """What `input_sizes` reads."""
    if text is None:
        return None
    from archspec.language.given import input_sizes

    try:
        found = input_sizes(text)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None
    _remember(ctx, "input_size", f"{param.opts[0]} {text}")
    return found


def input_size(command: F) -> F:
    """`--input-size`, as the argument `input_size`: a number, a list, or numbers by the names of dimensions."""
    return click.option(
        "--input-size",
        metavar="SIZE",
        callback=_sizes,
        help="Set the input size: 256, or 256,320, or by name: H=256,W=320 or rgb=256.",
    )(command)


_CHANNELS = re.compile(r"(?:([^=,]+)=)?([0-9]{1,18})")


def _in_channels(ctx: click.Context, param: click.Parameter, text: str | None) -> int | dict[str, int] | None:
    """`4`, or `rgb=4,thermal=1`."""
    if text is None:
        return None
    _remember(ctx, "in_channels", f"{param.opts[0]} {text}")
    found = [_CHANNELS.fullmatch(part.strip()) for part in text.split(",")]
    named = {match[1].strip(): int(match[2]) for match in found if match and match[1]}
    if len(named) == len(found):
        return named
    if len(found) == 1 and found[0] is not None and not named:
        return int(found[0][2])
    raise click.BadParameter(f"expected 4, or rgb=4,thermal=1 by the names of inputs, found `{text}`", ctx, param)


def in_channels(command: F) -> F:
    """`--in-channels`, as the argument `in_channels`: a number, or numbers by the names of inputs."""
    return click.option(
        "--in-channels",
        metavar="N",
        callback=_in_channels,
        help="Set the channels of the input: 4, or rgb=4,thermal=1 by name.",
    )(command)


EVERY = ""
"""The value of an option that was given without one, such as `--export` and `--features`."""


def _features(_: click.Context, __: click.Parameter, text: str | None) -> bool | list[str]:
    return False if text is None else [name.strip() for name in text.split(",") if name.strip()] or True


def features(command: F) -> F:
    """`--features [STAGE,…]`, as the argument `features`: true for all stages, or their names."""
    return click.option(
        "--features",
        is_flag=False,
        flag_value=EVERY,
        metavar="[STAGE,...]",
        callback=_features,
        shell_complete=complete("stages"),
        help="Return the outputs of these stages, or of all, and drop layers they do not need.",
    )(command)


def _codes(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[str, ...] | None:
    """Codes, or prefixes of codes, that some rule has."""
    if text is None:
        return None
    found = tuple(code.strip().upper() for code in text.split(",") if code.strip())
    if found:
        from archspec.diagnostics.catalogue import begins

        for code in found:
            if not begins(code):
                raise click.BadParameter(f"no code starts with `{code}`; `archspec explain` lists them", ctx, param)
    return found


def checks(command: F) -> F:
    """What a project may set for checks as well: `batch_size`, `select`, `ignore`, `strict`; None where not given."""
    options = (
        click.option(
            "--batch-size", type=click.IntRange(1), metavar="N",
            help="Batch size in training, for rules that depend on it.",
        ),
        click.option(
            "--select", callback=_codes, shell_complete=complete("codes"), metavar="CODE,...",
            help="Only report warnings with these code prefixes, such as A7.",
        ),
        click.option(
            "--ignore", callback=_codes, shell_complete=complete("codes"), metavar="CODE,...",
            help="Do not report warnings with these code prefixes.",
        ),
        click.option("--strict/--no-strict", default=None, help="Exit with 1 on warnings too."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def plugins(command: F) -> F:
    """`--plugin MODULE`; the module is imported before anything is read."""
    return click.option(
        "--plugin",
        multiple=True,
        metavar="MODULE",
        expose_value=False,
        is_eager=True,
        callback=_plugins,
        help="Import a Python module that registers ops.",
    )(command)
