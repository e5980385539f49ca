"""A file of settings: each that can be read, with its place; what is wrong with the others is reported."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from archspec import formats, project
from archspec.diagnostics import Collector, Span, did_you_mean, listed
from archspec.diagnostics.catalogue import begins, codes
from archspec.diagnostics.formats import FORMATS
from archspec.source import Mapping, Scalar, Sequence, Tree
from archspec.source.toml import read_toml

Reader: TypeAlias = Callable[["_Setting"], Any]


def read_settings(file: Path, collector: Collector) -> dict[str, tuple[Any, Span]]:
    """The settings of a file by name, each with the place of its key."""
    section = project.SECTION if file.name == project.SHARED else ()
    tree = read_toml(file, os.path.relpath(file), collector, section)
    found: dict[str, tuple[Any, Span]] = {}
    if tree is None:
        return found
    for name, value in tree.entries.items():
        if collector.full:
            break
        at = tree.keys[name]
        if name not in READERS:
            help = did_you_mean(name, READERS) or f"the settings are {listed(READERS)}"
            collector.error("A201", f"there is no setting `{name}`", at, help)
            continue
        before = len(collector)
        read = READERS[name](_Setting(name, value, file.parent, collector))
        if len(collector) == before:
            found[name] = (read, at)
    return found


class _Setting:
    """A value to be read: what is wrong with it is reported there, and what it is then read as does not count."""

    def __init__(self, name: str, tree: Tree, home: Path, collector: Collector) -> None:
        self.name = name
        self.tree = tree
        self.home = home
        self.collector = collector

    def wrong(self, expected: str, tree: Tree, help: str) -> None:
        """Report a value of the wrong type, or out of range."""
        self.collector.error("A203", f"`{self.name}` expects {expected}, found {_called(tree)}", tree.span, help)

    def texts(self, example: str) -> Iterator[tuple[str, Tree]]:
        """The strings of a list."""
        help = f'`{self.name} = ["{example}"]`'
        if not isinstance(self.tree, Sequence):
            self.wrong("a list of strings", self.tree, help)
            return
        for item in self.tree:
            if self.collector.full:
                break
            if isinstance(item, Scalar) and isinstance(item.value, str) and item.value.strip():
                yield item.value, item
            else:
                self.wrong("a list of strings", item, help)

    def known(self, text: str, tree: Tree, words: Iterable[str]) -> str:
        """A string that is one of some words."""
        found = tuple(words)
        if text not in found:
            help = did_you_mean(text, found) or f"use one of {listed(found)}"
            self.collector.error("A203", f"`{text}` is not a value of `{self.name}`", tree.span, help)
        return text


def _called(tree: Tree) -> str:
    if isinstance(tree, Mapping):
        return "a table"
    if isinstance(tree, Sequence):
        return "a list"
    return f'"{tree.value}"' if tree.quoted else str(tree.value).lower()


def _flag(setting: _Setting) -> Any:
    if not isinstance(setting.tree, Scalar) or not isinstance(setting.tree.value, bool):
        setting.wrong("true or false", setting.tree, f"`{setting.name} = true`")
        return None
    return setting.tree.value


def _count(setting: _Setting) -> Any:
    tree = setting.tree
    if not isinstance(tree, Scalar) or type(tree.value) is not int or tree.value < 1:
        setting.wrong("a number from 1 on", tree, f"`{setting.name} = 32`")
        return None
    return tree.value


def _format(setting: _Setting) -> Any:
    tree = setting.tree
    if not isinstance(tree, Scalar) or not isinstance(tree.value, str):
        setting.wrong("a string", tree, f'`{setting.name} = "concise"`')
        return None
    return setting.known(tree.value, tree, FORMATS)


def _exports(setting: _Setting) -> Any:
    words = (*formats.EXPORTS, formats.ALL)
    return tuple(setting.known(text, tree, words) for text, tree in setting.texts("onnx"))


def _codes(setting: _Setting) -> Any:
    found = []
    for text, tree in setting.texts("A708"):
        code = text.strip().upper()
        if not begins(code):
            help = did_you_mean(code, codes()) or "`archspec explain` lists the codes"
            setting.collector.error("A203", f"no code starts with `{text}`", tree.span, help)
        found.append(code)
    return tuple(found)


def _patterns(setting: _Setting) -> Any:
    return tuple(text.removeprefix("./").rstrip("/") for text, _ in setting.texts("drafts"))


def _paths(setting: _Setting) -> Any:
    """Files and folders in the project, as paths from the working directory."""
    return tuple(
        os.path.relpath(setting.home / text) for text, tree in setting.texts("specs") if _stands(setting, text, tree)
    )


def _stands(setting: _Setting, text: str, tree: Tree) -> bool:
    where = "paths start at the folder of this file"
    try:
        real = Path(os.path.realpath(setting.home / text))
        is_inside, stands = real.is_relative_to(setting.home), real.exists()
    except (OSError, ValueError) as error:
        setting.collector.error("A305", f"`{text[:80]}` is not a path: {error}", tree.span, where)
        return False
    if os.path.isabs(text) or not is_inside:
        setting.collector.error(
            "A305", f"`{text}` is outside the project", tree.span, f"{where}, and lead to what is in it"
        )
    elif not stands:
        beside = os.listdir(real.parent) if real.parent.is_dir() else []
        help = did_you_mean(real.name, beside) or where
        setting.collector.error("A304", f"there is no file or folder `{text}`", tree.span, help)
    return is_inside and stands


READERS: dict[str, Reader] = {
    "paths": _paths,
    "exclude": _patterns,
    "strict": _flag,
    "select": _codes,
    "ignore": _codes,
    "batch-size": _count,
    "format": _format,
    "export": _exports,
}
