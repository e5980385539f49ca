"""`archspec diff`: what changed between two architectures, and whether the old checkpoint still loads."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from archspec.cli import failures, folders, options, terminal
from archspec.cli.sides import sides
from archspec.errors import UsageError

if TYPE_CHECKING:
    from archspec.cli.sides import Side
    from archspec.compiler.inputs import InputSize
    from archspec.graph import Graph
    from archspec.language import Spec
    from archspec.reports import Diff

_COLORS = {"+  ": "green", "-  ": "red", "~  ": "yellow", "!  ": "magenta"}


@click.command("diff")
@click.argument("before", metavar="A", shell_complete=options.complete("specs"))
@click.argument("after", metavar="[B]", required=False, shell_complete=options.complete("specs"))
@options.params
@options.params_of("a")
@options.params_of("b")
@options.input_size
@options.form("text", "json", "md", "html", "svg", help="Output format; md is for comments on pull requests.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if the architectures differ, with 0 otherwise.")
@options.plugins
def command(
    before: str,
    after: str | None,
    params: dict[str, object],
    params_a: dict[str, object],
    params_b: dict[str, object],
    input_size: InputSize,
    form: str,
    exit_code: bool,
) -> int:
    """Show what changed from A to B: stages, blocks and nodes, shapes and costs, and the keys of the state_dict.

    A and B are specs, or folders of specs: then every spec that changed, was added or was removed is shown. A git
    revision stands for the same file or folder there; without B, for the working directory, which is compared with it.
    PATH in git:REV:PATH is relative to the root of the repository, or to the working directory if it starts with ./.
    Equal changes share one line.

    \b
      archspec diff resnet50 my.yaml
      archspec diff HEAD~1
      archspec diff main specs/ --format md
      archspec diff --exit-code git:HEAD:my.yaml my.yaml
    """
    given = ({**params, **params_a}, {**params, **params_b})
    with ExitStack() as stack:
        one, two = sides(before, after, stack)
        if one.is_folder:
            if form in {"html", "svg"}:
                raise UsageError(f"`--format {form}` shows two networks: name a file, not a folder")
            found = folders.compare(one, two, given, input_size)
            text, same = folders.written(found, form), not found.pairs
        else:
            graphs, diff = _compare(one, two, given, params, input_size)
            names = (_called(one.text, given[0]), _called(two.text, given[1]))
            if form in {"html", "svg"}:
                text, same = _picture(graphs, diff, names, form), diff.same
            else:
                text, same = {"text": _text, "json": _json, "md": _markdown}[form](diff, names), diff.same
    click.echo(_colored(text) if form == "text" else text, color=terminal.colored(sys.stdout))
    return failures.FINDINGS if exit_code and not same else 0


Given = tuple[dict[str, object], dict[str, object]]
"""The parameters of each side."""


def _compare(
    one: Side, two: Side, given: Given, shared: dict[str, object], input_size: InputSize
) -> tuple[list[Graph], Diff]:
    import archspec

    with terminal.progress() as step:
        graphs: list[Graph] = []
        specs: dict[str, Spec] = {}
        for side, params in zip((one, two), given, strict=True):
            if graphs and one.text == two.text and given[0] == given[1]:
                graphs.append(graphs[0])  # the same again
                continue
            step(f"compiling {side.text}")
            # a pipe cannot be read twice, whatever its parameters are
            spec = specs.get(side.text) or specs.setdefault(side.text, side.spec())
            graphs.append(archspec.compile(_known(spec, params, shared), params, input_size))
        step("comparing")
        return graphs, archspec.diff(*graphs)


def _known(spec: Spec, given: dict[str, object], shared: dict[str, object]) -> Spec:
    """The spec, where it has all parameters that are meant for both."""
    for name in shared:
        if name in given and name not in spec.params and not spec.collector.errors:
            from archspec.diagnostics import listed

            has = f"its parameters are {listed(spec.params)}" if spec.params else "it has none"
            side = "use `--param-a` or `--param-b` to set a parameter of one spec"
            raise UsageError(f"`{spec.name}` has no parameter `{name}`; {has}; {side}")
    return spec


def _called(text: str, given: dict[str, object]) -> str:
    """What a side is called: as it was typed, with its parameters."""
    values = ", ".join(f"{name}={value}" for name, value in given.items())
    return f"{text} ({values})" if values else text


def _text(diff: Diff, names: tuple[str, str]) -> str:
    from archspec.reports.diff.text import plain_text

    return plain_text(diff, names)


def _colored(text: str) -> str:
    if not terminal.colored(sys.stdout):
        return text
    return "\n".join(click.style(line, _COLORS.get(line[:3])) for line in text.splitlines())


def _markdown(diff: Diff, names: tuple[str, str]) -> str:
    from archspec.reports.diff.markdown import markdown

    return markdown(diff, names)


def _picture(graphs: list[Graph], diff: Diff, names: tuple[str, str], form: str) -> str:
    from archspec.pages.compare import compare_html, compare_svg

    return (compare_svg if form == "svg" else compare_html)(graphs[0], graphs[1], diff, names).removesuffix("\n")


def _json(diff: Diff, names: tuple[str, str]) -> str:
    from archspec.reports.diff.json import to_json

    return to_json(diff, names)
