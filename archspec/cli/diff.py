"""`archspec diff`: what changed between two architectures, and whether the old checkpoint still loads."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from archspec.cli import failures, options, revisions, targets, terminal
from archspec.errors import UsageError

if TYPE_CHECKING:
    from archspec.compiler.inputs import InputSize
    from archspec.graph import Graph
    from archspec.language import Spec
    from archspec.reports import Diff

_COLORS = {"+  ": "green", "-  ": "red", "~  ": "yellow"}


@click.command("diff")
@click.argument("before", metavar="A", shell_complete=options.complete("specs"))
@click.argument("after", metavar="B", shell_complete=options.complete("specs"))
@options.params
@options.params_of("a")
@options.params_of("b")
@options.input_size
@options.form("text", "json", "md", help="Output format; md is for comments on pull requests.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if the architectures differ, with 0 otherwise.")
@options.plugins
def command(
    before: str,
    after: str,
    params: dict[str, object],
    params_a: dict[str, object],
    params_b: dict[str, object],
    input_size: InputSize,
    form: str,
    exit_code: bool,
) -> int:
    """Show what changed from A to B: stages, blocks and nodes, shapes and costs, and the keys of the state_dict.

    A and B are paths, bundled names, or git:REV:PATH, a file in a git revision. PATH is relative to the root of the
    repository, or to the working directory if it starts with ./. Equal changes share one line.

    \b
      archspec diff resnet50 my.yaml
      archspec diff git:main:specs/my.yaml specs/my.yaml --format md
      archspec diff --exit-code git:HEAD:my.yaml my.yaml
    """
    import archspec

    sides = ((before, {**params, **params_a}), (after, {**params, **params_b}))
    with terminal.progress() as step:
        graphs: list[Graph] = []
        for text, given in sides:
            if graphs and sides[0] == (text, given):
                graphs.append(graphs[0])  # the same again, which a pipe could not even give
                continue
            step(f"compiling {text}")
            graphs.append(archspec.compile(_known(_spec_of(text), given, params), given, input_size))
        step("comparing")
        found = archspec.diff(*graphs)
    one, two = (_called(text, given) for text, given in sides)
    text = {"text": _text, "json": _json, "md": _markdown}[form](found, (one, two))
    click.echo(text, color=terminal.colored(sys.stdout))
    return failures.FINDINGS if exit_code and not found.same else 0


def _spec_of(text: str) -> Spec:
    return revisions.read(text) if text.startswith(revisions.PREFIX) else targets.read(targets.one(text))


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

    text = plain_text(diff, names)
    if not terminal.colored(sys.stdout):
        return text
    return "\n".join(click.style(line, _COLORS.get(line[:3])) for line in text.splitlines())


def _markdown(diff: Diff, names: tuple[str, str]) -> str:
    from archspec.reports.diff.markdown import markdown

    return markdown(diff, names)


def _json(diff: Diff, names: tuple[str, str]) -> str:
    from archspec.reports.diff.json import to_json

    return to_json(diff, names)
