"""What a word on the command line may become, when a shell asks after the tab key."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, ShellComplete, split_arg_string

from archspec.cli import targets
from archspec.errors import ArchspecError
from archspec.files import STDIN, SUFFIXES
from archspec.source import Scalar

if TYPE_CHECKING:
    from archspec.language import ParameterSpec, Spec

_SPECIAL = re.compile(r"([^\w./,=:@%+~-])")
"""What bash would take for more than a letter of a word."""
_BREAKS = re.compile(r".*[=:]")
"""What bash leaves out of a word that it completes."""


def answer(program: click.Command, shell: str, line: str) -> str:
    """The completions of the last word of a line, one a line as the shell wants them: `bash`, `zsh` or `fish`."""
    words = split_arg_string(line)
    last = "" if not words or line[-1:].isspace() else words.pop()
    asked = ShellComplete(program, {}, "archspec", "")
    try:
        found = {item.value: item.help for item in _expanded(asked.get_completions(words[1:], last))}
    except (ArchspecError, click.ClickException):  # a spec with mistakes, of which nothing is known
        return ""
    shown = {value: help for value, help in found.items() if value.startswith(last) and value.isprintable()}
    if shell == "fish":
        return "".join(f"{value}\t{help or ''}\n" for value, help in shown.items())
    if shell == "bash":
        kept = _BREAKS.match(last)
        start = kept.end() if kept else 0
        return "".join(_SPECIAL.sub(r"\\\1", value[start:]) + "\n" for value in shown)
    return "".join(f"{value}\n" for value in shown)


def _expanded(found: Iterable[CompletionItem]) -> Iterator[CompletionItem]:
    """Files and folders in place of what asks for them."""
    for item in found:
        if item.type in ("file", "dir"):
            yield from map(CompletionItem, _paths(item.value, ("",) if item.type == "file" else ()))
        else:
            yield item


def _paths(start: str, suffixes: tuple[str, ...]) -> list[str]:
    """The folders, and the files with these endings, whose paths start so; the hidden ones only after a dot."""
    folder, name = os.path.split(start)
    head = start[: len(start) - len(name)]
    try:
        entries = sorted(os.scandir(os.path.expanduser(folder) or "."), key=lambda entry: entry.name)
    except OSError:
        return []
    if not name.startswith("."):
        entries = [entry for entry in entries if not entry.name.startswith(".")]
    shown = [(entry.name, entry.is_dir()) for entry in entries if entry.name.startswith(name)]
    return [head + name + "/" * is_folder for name, is_folder in shown if is_folder or name.endswith(suffixes)]


def _joined(last: str, words: Iterable[str]) -> list[str]:
    """Words for the last place of a list with commas, none of them twice."""
    *before, _ = last.split(",")
    head = "".join(f"{word}," for word in before)
    return [head + word for word in words if word not in before]


def specs(_: click.Context, __: click.Parameter, last: str) -> list[str]:
    """Specs: files, and bundled names."""
    from archspec.language import bundled_specs

    return [*_paths(last, SUFFIXES), *bundled_specs()]


def folders(_: click.Context, __: click.Parameter, last: str) -> list[str]:
    """Folders, for a file that is not there yet."""
    return [path for path in _paths(last, ()) if path.endswith("/")]


def sources(ctx: click.Context, param: click.Parameter, last: str) -> list[str]:
    """What has a source to show: specs, and bundled blocks."""
    from archspec.language import bundled_blocks

    return [*specs(ctx, param, last), *bundled_blocks()]


def blocks(ctx: click.Context, _: click.Parameter, __: str) -> list[str]:
    """The blocks of the spec; without one, those that are bundled."""
    from archspec.language import block_names, bundled_blocks

    spec = _spec(ctx)
    return list(bundled_blocks() if spec is None else block_names(spec))


def topics(ctx: click.Context, param: click.Parameter, last: str) -> list[CompletionItem]:
    """What has a page: codes of rules, and the words of the language."""
    from archspec.language.words import names

    return [*codes(ctx, param, last), *map(CompletionItem, names())]


def listed(ctx: click.Context, param: click.Parameter, last: str) -> list[str]:
    """What a list may be of: files and folders, and names of what is bundled or an op."""
    from archspec.ops import OPS

    return [*_paths(last, SUFFIXES), *bundled(ctx, param, last), *OPS]


def columns(_: click.Context, __: click.Parameter, last: str) -> list[str]:
    """Columns of a summary, in a list with commas."""
    from archspec.reports.summary.columns import BY_NAME

    return _joined(last, BY_NAME)


def bundled(_: click.Context, __: click.Parameter, last: str) -> list[str]:
    """Names of what is bundled: specs, their families, and blocks."""
    from archspec.language import bundled_blocks, bundled_specs

    found = bundled_specs()
    return sorted({*found, *bundled_blocks(), *(path.parent.name for path in found.values())})


def codes(_: click.Context, __: click.Parameter, last: str) -> list[CompletionItem]:
    """Codes of rules, in a list with commas."""
    from archspec.diagnostics.catalogue import codes as all_codes
    from archspec.diagnostics.catalogue import rule

    known = [text for text in _joined(last.upper(), all_codes()) if text.startswith(last.upper())]
    return [CompletionItem(last + text[len(last) :], help=rule(text.rpartition(",")[2]).title) for text in known]


def exports(_: click.Context, __: click.Parameter, last: str) -> list[str]:
    """Export formats, in a list with commas."""
    from archspec.formats import ALL, EXPORTS

    return _joined(last, (*EXPORTS, ALL))


def devices(_: click.Context, __: click.Parameter, last: str) -> list[str]:
    """Devices, of which torch knows more."""
    return ["cpu", "cuda", "meta", "mps"]


def stages(ctx: click.Context, _: click.Parameter, last: str) -> list[str]:
    """The stages of the spec, in a list with commas."""
    import archspec

    spec = _spec(ctx)
    return [] if spec is None else _joined(last, [level.name for level in archspec.compile(spec).levels])


def parameters(ctx: click.Context, param: click.Parameter, last: str) -> list[str]:
    """The parameters of the spec; after a `=`, the values that it names."""
    spec = _spec(ctx, 1 if param.name == "params_b" else 0)
    name, sign, _value = last.partition("=")
    if spec is None:
        return []
    if not sign:
        return [f"{name}=" for name in spec.params]
    return [f"{name}={value}" for value in _values(spec.params[name])] if name in spec.params else []


def _values(parameter: ParameterSpec) -> list[str]:
    """What a parameter may be, as far as it says so: its choices, true and false, or its default."""
    default = parameter.default
    value = default.tree.value if default is not None and isinstance(default.tree, Scalar) else None
    values = parameter.choices or ((True, False) if isinstance(value, bool) else (value,))
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values if value is not None]


def _spec(ctx: click.Context, number: int = 0) -> Spec | None:
    """The spec that the words before name, if there is one that can be read; of several, the one of a number."""
    both = ctx.params.get("before"), ctx.params.get("after")
    named = next(filter(None, (ctx.params.get(key) for key in ("spec", "paths", "base", "name"))), both)
    given = [*named] if isinstance(named, tuple) else [named]
    if not any(given):
        given = [word for word in ctx.args if not word.startswith("-")]  # of a command whose last option has no value
    found = given[number] if number < len(given) else None
    if found is None or found == STDIN:
        return None
    return targets.spec_of(targets.one(found) if isinstance(found, str) else found)
