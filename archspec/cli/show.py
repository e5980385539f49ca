"""`archspec show`: the source of a spec or a block."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from archspec.cli import options, targets
from archspec.errors import SpecError, UsageError
from archspec.escape import lines

if TYPE_CHECKING:
    from archspec.language import BlockSpec, Spec

_INDENT = 2
"""Where the name of a block stands in a file of blocks."""


@click.command("show")
@click.argument("name", metavar="[SPEC | BLOCK]", required=False, shell_complete=options.complete("sources"))
@click.option(
    "--block",
    metavar="NAME",
    shell_complete=options.complete("blocks"),
    help="Print a block that SPEC has or includes; without SPEC, a bundled one.",
)
@options.plugins
def command(name: str | None, block: str | None) -> None:
    """Print the source of a spec or of a bundled block, as it is written. Where a spec and a block share a name, it is
    the spec.

    \b
      archspec show resnet50
      archspec show bottleneck
      archspec show my.yaml --block my_block
    """
    from archspec.language import bundled_blocks, bundled_specs

    if name is None and block is None:
        raise UsageError("name a spec or a block; `archspec list` shows the bundled ones")
    if name is not None and block is None and name in bundled_blocks():
        if name not in bundled_specs():
            name, block = None, name
        else:
            click.echo(f"`{name}` is a block, too: `archspec show --block {name}`", err=True)
    text = _text_of(_read(name), block) if name is not None else _bundled(str(block))
    if is_terminal():
        text = lines(text.split("\n"))
    click.echo(text, nl=not text.endswith("\n"), color=True)


def is_terminal() -> bool:
    """Whether a terminal shows what is printed, which a text may steer; a file gets it as it is."""
    return sys.stdout.isatty()


def _read(name: str) -> Spec:
    from archspec.diagnostics import did_you_mean
    from archspec.language import bundled_blocks, bundled_specs
    from archspec.language.words import names, word

    try:
        return targets.spec_of(targets.one(name))
    except UsageError:
        if name in names():
            kind = word(name).kind
            article = "an" if kind[0] in "aeiou" else "a"
            raise UsageError(f"`{name}` is {article} {kind}: `archspec explain {name}` tells what it is") from None
        hint = did_you_mean(name, [*bundled_specs(), *bundled_blocks()])
        if not hint or not re.fullmatch(r"\w+", name):
            raise
        raise UsageError(f"there is no file, bundled spec or block `{name}`; {hint}") from None


def _text_of(spec: Spec, block: str | None) -> str:
    """The text of a spec, or of a block in it. Raises `SpecError` where it cannot be read."""
    from archspec.source import Mapping

    if block is not None:
        return _cut(_found(spec, block))
    if not isinstance(spec.tree, Mapping):
        raise SpecError(f"`{spec.source.name}` cannot be read", spec.collector.errors)
    return spec.source.text


def _found(spec: Spec, name: str) -> BlockSpec:
    from archspec.diagnostics import did_you_mean, listed
    from archspec.language import block_names, find_block

    found = find_block(spec, name)
    if found is None:
        own = f"its blocks are {listed(spec.blocks)}" if spec.blocks else "it has none of its own"
        raise UsageError(f"`{spec.name}` has no block `{name}`; {did_you_mean(name, block_names(spec)) or own}")
    return found


def _bundled(name: str) -> str:
    from archspec.diagnostics import did_you_mean, listed
    from archspec.language import bundled_blocks

    known = bundled_blocks()
    if name not in known:
        raise UsageError(f"there is no bundled block `{name}`; {did_you_mean(name, known) or listed(known)}")
    return known[name].read_text(encoding="utf-8")


def _cut(block: BlockSpec) -> str:
    """A file of one block alone: its lines in the file that it is in, with the comments right above them."""
    from archspec.diagnostics import Collector
    from archspec.source import Mapping, read_text

    source = block.span.source
    _, tree = read_text(source.text, source.name, Collector())
    found = tree.get("blocks") if isinstance(tree, Mapping) else None
    if not isinstance(found, Mapping) or block.name not in found.entries:
        raise UsageError(f"the block `{block.name}` does not stand in `{source.name}` as text")
    key, end = found.keys[block.name], found.entries[block.name].span
    if end.end_line < key.line:
        raise UsageError(f"the block `{block.name}` is an alias of line {end.line} of `{source.name}`")
    body = source.lines[key.line - 1 : end.end_line]
    rest = body[-1][end.end_column - 1 :]
    body[-1] = body[-1] if rest.lstrip().startswith("#") else body[-1][: end.end_column - 1]
    before, body[0] = body[0][: key.column - 1], " " * (key.column - 1) + body[0][key.column - 1 :]
    above = [] if before.strip() else _comments(source.lines[: key.line - 1])
    moved = [_moved(line, _INDENT + 1 - key.column) for line in [*above, *body]]
    return "\n".join(["archspec: 1", "blocks:", *moved]) + "\n"


def _comments(lines: list[str]) -> list[str]:
    """The comments right at the end of some lines."""
    at = len(lines)
    while at and lines[at - 1].lstrip().startswith("#"):
        at -= 1
    return lines[at:]


def _moved(line: str, by: int) -> str:
    """A line that is indented by so much more, or less as far as it can be."""
    spaces = len(line) - len(line.lstrip(" "))
    return " " * (spaces + max(by, -spaces)) * bool(line) + line[spaces:]
