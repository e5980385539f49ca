"""Options about weights: which ones, and how they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from archspec.cli.options import F


class Weights(click.ParamType):  # type: ignore[type-arg, unused-ignore] # generic in later versions alone
    """A file of weights, or a repository of them."""

    name = "weights"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | str:
        """The address of a repository as it is, and the path of a file that exists."""
        from archspec.weights.repository import SCHEME

        if isinstance(value, str) and value.startswith(SCHEME):
            return value
        found: Path = click.Path(exists=True, dir_okay=False, path_type=Path).convert(value, param, ctx)
        return found

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Any:
        """Files of any kind."""
        return click.Path().shell_complete(ctx, param, incomplete)


_ADAPT, _WAYS = "--adapt-in-channels", ("mean", "keep")


class WithWeights(click.Command):
    """A command whose `--adapt-in-channels` leaves an argument alone that is none of its values."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write the value out where it is left out."""
        pairs = zip(args, [*args[1:], ""], strict=False)  # there may be no arguments at all
        full = [f"{_ADAPT}={_WAYS[0]}" if one == _ADAPT and two not in _WAYS else one for one, two in pairs]
        return super().parse_args(ctx, full)


def _renames(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    from archspec.weights.rename import parse

    try:
        return tuple(map(parse, given))
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None


def weights(command: F) -> F:
    """How weights are read: `key`, `rename`, pairs of pattern and replacement, `partial`, `adapt_in_channels`,
    `adapt_positions` and `own`."""
    options = (
        click.option(
            "--key",
            metavar="NAME",
            help="Entry of the checkpoint with the weights: model_ema, or model.state_dict if nested.",
        ),
        click.option(
            "--rename",
            metavar="PATTERN=REPLACEMENT",
            multiple=True,
            callback=_renames,
            help=r"Rename keys of the weights with a regular expression: '^module\.='. Applied after the spec's.",
        ),
        click.option("--partial", is_flag=True, help="Load only the weights that fit, and list the others."),
        click.option(
            _ADAPT,
            is_flag=False,
            flag_value=_WAYS[0],
            type=click.Choice(_WAYS),
            metavar="[mean|keep]",
            help="Adapt the first convolution to the input channels: to the mean of its weights, the default, or keep "
            "those it has and give new channels the mean.",
        ),
        click.option(
            "--adapt-positions",
            is_flag=True,
            help="Interpolate position embeddings to the input size; class tokens stay.",
        ),
        click.option(
            "--own/--foreign",
            default=None,
            help="Leave out or apply the rules in the spec's `weights`. Default: apply them unless archspec wrote the "
            "file or all its keys and shapes are the network's.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command
