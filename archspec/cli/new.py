"""`archspec new`: a spec of one's own to start from."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archspec.cli import files, options, targets
from archspec.errors import SpecError, UsageError
from archspec.escape import line
from archspec.identifiers import NAME

if TYPE_CHECKING:
    from archspec.language import Spec

_SUFFIX = ".yaml"
_START = """\
archspec: 1
name: {name}
params: {{classes: 10}}
input: [3, 32, 32]
norm: batch
act: relu
stem:
  - conv_norm_act: {{channels: 32, kernel: 3}}
stages:
  - {{name: layer1, block: basic, depth: 2, channels: 32}}
  - {{name: layer2, block: basic, depth: 2, channels: 64, stride: 2}}
head:
  - global_pool
  - linear: {{name: fc, features: $classes}}
"""
"""What there is to begin with, where nothing else is to be extended."""


@click.command("new")
@click.argument("name", metavar="NAME", shell_complete=options.complete("folders"))
@click.option(
    "--from",
    "base",
    metavar="SPEC",
    shell_complete=options.complete("specs"),
    help="Extend a bundled spec, or a file in the same folder or below.",
)
@click.option("--copy", is_flag=True, help="Copy the text of the spec instead of extending it.")
@options.params
@options.plugins
def command(name: str, base: str | None, copy: bool, params: dict[str, Any]) -> None:
    """Write NAME.yaml, a spec that validates at once. NAME may have a folder before it.

    With --from, the file extends another spec: it has all that may be changed in comments, and only what you set
    applies. Without it, the file is a small residual network. An existing file is never overwritten.

    \b
      archspec new my_resnet --from resnet50 -p classes=10
      archspec new specs/my_unet --from unet --copy
      archspec new my_net
    """
    path = _path(name)
    if base is None and (copy or params):
        raise UsageError("`--copy` and `-p` need `--from`")
    text = _from(base, path, copy, params) if base is not None else _START.format(name=_text(path.stem))
    _check(text, path)
    files.create(path, text.encode())
    click.echo(line(f"written {path}"))


def _text(name: str) -> str:
    """A name as YAML has it: `null` is none without quotes."""
    from archspec.resolver.text import flow

    return flow(name)


def _path(name: str) -> Path:
    """The file of a name. Raises `UsageError` where that is no identifier."""
    folder, file = os.path.split(name)
    stem = file.removesuffix(_SUFFIX)
    if not re.fullmatch(NAME, stem):
        usual = re.sub(r"\W+", "_", stem.lower(), flags=re.ASCII).lstrip("_0123456789")
        hint = f"; for example `{os.path.join(folder, usual)}`" if usual else ""
        raise UsageError(f"`{stem}` is not a valid name: use lowercase letters, digits and _{hint}")
    return Path(folder, stem + _SUFFIX)


def _from(base: str, path: Path, copy: bool, params: Mapping[str, Any]) -> str:
    """A spec that extends another one, or is a copy of it. Raises what reading that raises."""
    from archspec.compiler import check

    target = targets.one(base)
    if isinstance(target, str) and not _is_bundled(target):
        raise UsageError(f"`--from` takes a bundled name or a file, found `{base}`")
    spec = targets.spec_of(target)
    errors = check(spec).errors or spec.lacks
    if errors:
        raise SpecError(f"`{base}` is not a valid spec", errors)
    if copy:
        return _copied(spec, path, target, params)
    reference = target if isinstance(target, str) else _beside(target, path)
    return "\n".join(_extending(spec, path.stem, reference, params)) + "\n"


def _is_bundled(name: str) -> bool:
    from archspec.language import bundled_specs

    return name in bundled_specs()


def _beside(base: Path, path: Path) -> str:
    """The path from a new file to its base, as `extends` has it."""
    there, here = os.path.realpath(base), os.path.realpath(path.parent)
    if os.path.commonpath([there, here]) != here:
        raise UsageError(f"`{base}` is outside of the folder of `{path}`, where `extends` does not reach; use `--copy`")
    return f"./{Path(there).relative_to(here).as_posix()}"


def _extending(spec: Spec, name: str, reference: str, params: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a file that extends a spec: what it sets, and in comments what it may set."""
    from archspec.resolver.text import flow
    from archspec.source import Mapping as Tree
    from archspec.source import plain

    _known(spec, params)
    yield from ["archspec: 1", f"name: {flow(name)}", f"extends: {flow(reference)}"]
    if params:
        yield from ["params:", *(f"  {key}: {flow(value)}" for key, value in params.items())]
    yield ""
    yield f"# What {spec.name} has. To change a value, remove the `# ` in front of it and of the line that it is below."
    entries = spec.tree.entries if isinstance(spec.tree, Tree) else {}
    for key in ("params", "input", "inputs", "norm", "act", "stages"):
        if key in entries and not (key == "params" and params):
            yield from (f"# {text}" for text in _section(key, plain(entries[key])))


def _section(key: str, value: Any) -> Iterator[str]:
    """A section as a file may change it: a line for each parameter and each stage."""
    from archspec.resolver.text import flow

    if key == "stages" and isinstance(value, list):
        value = {stage.get("name", f"stage{at}"): _without_name(stage) for at, stage in enumerate(value, 1)}
    if key not in ("params", "stages"):
        yield f"{key}: {flow(value)}"
        return
    lines = [f"  {flow(name)}: {flow(inner)}" for name, inner in value.items() if inner]
    yield from [f"{key}:", *lines] if lines else []


def _without_name(stage: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in stage.items() if key not in ("name", "layers")}


def _known(spec: Spec, params: Mapping[str, Any]) -> None:
    from archspec.diagnostics import did_you_mean, listed

    for name in params:
        if name not in spec.params:
            hint = did_you_mean(name, spec.params) or f"its parameters are {listed(spec.params)}"
            raise UsageError(f"`{spec.name}` has no parameter `{name}`; {hint}")


def _copied(spec: Spec, path: Path, target: targets.Target, params: Mapping[str, Any]) -> str:
    """The text of a spec under another name."""
    from archspec.diagnostics import Collector
    from archspec.language.revisions import mentioned
    from archspec.source import Mapping as Tree
    from archspec.source import read_text

    if params:
        raise UsageError("`-p` cannot be combined with `--copy`: set the values in the file")
    source = spec.source
    _, tree = read_text(source.text, source.name, Collector())
    needed = mentioned(source.text.encode())
    if needed and (isinstance(target, str) or os.path.realpath(target.parent) != os.path.realpath(path.parent)):
        raise UsageError(f"a copy of `{spec.name}` would lack `{needed[0]}`, which it needs; leave out `--copy`")
    assert isinstance(tree, Tree)
    at = tree.entries["name"].span
    lines = source.text.split("\n")
    named = lines[at.line - 1]
    lines[at.line - 1] = named[: at.column - 1] + _text(path.stem) + named[at.end_column - 1 :]
    return "\n".join(lines)


def _check(text: str, path: Path) -> None:
    """Raises `SpecError` where the new file would have mistakes."""
    from archspec.compiler import check
    from archspec.diagnostics import Collector
    from archspec.language import read_source

    errors = check(read_source(text, str(path), Collector(), path.parent)).errors
    if errors:
        raise SpecError(f"`{path}` would not be a valid spec, and is not written", errors)
