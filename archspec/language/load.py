"""Specs from paths, bundled names, texts and mappings, with what they include and extend; each file is read once."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from collections.abc import Mapping as MappingType
from collections.abc import Sequence as SequenceType
from contextlib import suppress
from dataclasses import replace
from functools import partial
from os import PathLike, fspath
from os.path import realpath
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from archspec import limits
from archspec.diagnostics import Collector, Related, Source, Span
from archspec.errors import UsageError
from archspec.files import REVISION, STDIN, Stamp, is_path, stamp
from archspec.language.bundled_files import bundled, bundled_blocks
from archspec.language.extend import extend, removes_block
from archspec.language.library import bundled_block, parameters_of
from archspec.language.named import Named
from archspec.language.read import check_header, hides_names, read_blocks, read_spec
from archspec.language.recovery import as_meant
from archspec.language.spec import BlockSpec, Spec
from archspec.ops import LATER
from archspec.source import Mapping, Scalar, Sequence, Tree, read_file, read_text
from archspec.source.taken import Taken

if TYPE_CHECKING:
    from archspec.source.pieces import Pieces

Edited: TypeAlias = MappingType[Path, bytes]


def read(
    spec: str | PathLike[str] | MappingType[str, Any],
    edited: Edited = MappingProxyType({}),
    pieces: Pieces | None = None,
) -> Spec:
    """Read a spec without raising for what is wrong in it: the findings are in its `collector`.

    A string is the text itself (with a line break or a key in it), a path, a bundled name, `-` for standard input, or
    `git:REV:PATH` for a file in a git revision. `edited` are texts to be read in place of those in files, by the files'
    real paths, and `pieces` what was parsed when the same spec was read before. Raises `UsageError` for a name that is
    no bundled spec, and for what is none of these.
    """
    collector = Collector()
    if isinstance(spec, MappingType):
        return read_source(_dump(spec), "<mapping>", collector)
    if not isinstance(spec, (str, PathLike)):
        raise UsageError(f"a spec must be a path, a bundled name, a text or a mapping, found {type(spec).__name__}")
    if isinstance(spec, str) and _REVISION.match(spec):
        return _read_revision(spec)
    if isinstance(spec, str) and _TEXT.search(spec):
        return read_source(spec, "<text>", collector)
    if spec == STDIN:
        path = Path(STDIN)
        return read_source(edited.get(path) or stdin(), "<stdin>", collector, Path(), edited, path)
    text = fspath(spec)
    in_file = isinstance(spec, PathLike) or is_path(text)
    path = Path(spec) if in_file else bundled(text)
    reader = _Reader(collector, edited, pieces=pieces)
    name = str(path) if in_file else f"{text}.yaml"
    source, tree = reader.read_tree(path, name, editable=in_file, piped=in_file, bundled=not in_file)
    return reader.spec(source, tree, path)


def read_source(
    text: str | bytes,
    name: str,
    collector: Collector,
    folder: Path | None = None,
    edited: Edited = MappingProxyType({}),
    path: Path | None = None,
) -> Spec:
    """Read a spec from its text; relative paths in it start at `folder`, and `path` is where fixes find it."""
    reader = _Reader(collector, edited)
    source, tree = read_text(text, name, collector, path=path, taken=reader.taken)
    return reader.spec(source, tree, (folder or Path()) / "text.yaml")


def stdin() -> bytes:
    """Standard input, no more of it than a spec may have and one byte, which tells that there is more.

    Raises `UsageError` where it is closed, or cannot be read.
    """
    stream = getattr(sys.stdin, "buffer", None)  # a notebook's has none
    if stream is None or stream.closed:
        raise UsageError("standard input is closed")
    with suppress(AttributeError, OSError):  # where it is no pipe, or the system cannot
        os.set_blocking(stream.fileno(), True)
    try:
        return bytes(stream.read(limits.TEXT_BYTES + 1))
    except OSError as error:
        raise UsageError(f"cannot read standard input: {error.strerror}") from None


def _read_revision(text: str) -> Spec:
    from archspec.language.revisions import copied

    with copied(text) as copy:
        return read_copy(copy.folder, copy.path, copy.place)


def read_copy(folder: Path, path: str, place: str) -> Spec:
    """Read the spec `path` in a folder that is a copy of another place; findings call files `place` and their path."""
    folder = folder.resolve()
    reader = _Reader(Collector(), shown=lambda file: place + file.relative_to(folder).as_posix(), bound=folder)
    source, tree = reader.read_tree(folder / path, place + path, editable=False)
    return reader.spec(source, tree, folder / path)


def _dump(mapping: MappingType[str, Any]) -> str:
    import json

    try:
        return json.dumps(_plain(mapping), indent=2, ensure_ascii=False, allow_nan=False)
    except Exception as error:  # of any mapping's own kinds, such as a value that OmegaConf finds missing
        message = "a spec given as a mapping can hold strings, numbers, booleans, lists and mappings"
        raise UsageError(f"{message}: {error}") from None


def _plain(value: Any) -> Any:
    """A mapping or sequence of any kind as a dict or list; JSON would turn keys into strings, whatever they are."""
    if isinstance(value, MappingType):
        odd = next((key for key in value if not isinstance(key, str)), None)
        if odd is not None:
            raise TypeError(f"the key {odd!r} is not a string")
        return {key: _plain(item) for key, item in value.items()}
    listed = isinstance(value, SequenceType) and not isinstance(value, (str, bytes, bytearray))
    return [_plain(item) for item in value] if listed else value


_TEXT = re.compile(r"[\n\r]|: |\A\s*\{")
_REVISION = re.compile(rf"{REVISION}(?!\s)")


class _Reader:
    """One reading: the files that are open, so that a cycle is seen, and those read already.

    `shown` gives the names that findings have for files and folders; no project reaches beyond the folder `bound`.
    """

    def __init__(
        self,
        collector: Collector,
        edited: Edited = MappingProxyType({}),
        shown: Callable[[Path], str] = str,
        bound: Path | None = None,
        pieces: Pieces | None = None,
    ) -> None:
        self.collector = collector
        self.edited = edited
        self.pieces = pieces
        self.shown = shown
        self.trees: dict[Path, tuple[Source, Tree | None]] = {}
        self.blocks: dict[Path, dict[str, BlockSpec]] = {}
        self.files: dict[Path, Stamp | None] = {}
        self.named = Named(collector, self.files, shown, bound, edited)
        self.taken = Taken()
        self.incomplete = self.refused = False

    def spec(self, source: Source, tree: Tree | None, path: Path) -> Spec:
        blocks: dict[str, BlockSpec] = {}
        tree = as_meant(tree, self.collector)
        if isinstance(tree, Mapping) and not tree.entries.keys().isdisjoint(("extends", "include")):
            self.named.home = path.parent.resolve()
            tree, blocks = self._merged(tree, path, (path.resolve(),))
        spec = read_spec(tree, source, self.collector, blocks)
        spec = replace(spec, incomplete=self.incomplete or hides_names(tree), files=self.files, texts=self.trees)
        for name, block in spec.blocks.items():
            if name in bundled_blocks():
                help = "rename it, unless it is meant to replace the bundled one"
                related = (Related(bundled_block(name).span, "the bundled one"),)
                self.collector.warning("A306", f"the block `{name}` shadows the bundled one", block.span, help, related)
            elif name in LATER:
                help = "rename it, so that the op can be used"
                self.collector.warning("A306", f"the block `{name}` hides the op of that name", block.span, help)
        return spec

    def _merged(
        self, tree: Tree | None, path: Path, open: tuple[Path, ...]
    ) -> tuple[Tree | None, dict[str, BlockSpec]]:
        """A tree laid over what it extends, and the blocks that both include."""
        if not isinstance(tree, Mapping):
            return tree, {}
        blocks = self._includes(tree, path, open)
        reference = tree.get("extends")
        if reference is not None or len(open) > 1:
            # what a file needs, it needs itself: the base's keys are not its own
            check_header(tree, self.collector)
        if reference is None:
            return tree, blocks
        if not isinstance(reference, Scalar) or not isinstance(reference.value, str):
            message = "`extends` must be a string, a bundled name or a relative path"
            self.collector.error("A203", message, reference.span, "`extends: resnet50`, `extends: ./base.yaml`")
            return None, blocks
        base_path = self._locate(reference, reference.value, path, open, bundled_too=True)
        if base_path is None:
            # whatever the base would have brought cannot be missed: nothing more can be said
            return None, blocks
        is_bundled = not is_path(reference.value)
        is_own = not is_bundled and not reference.span.source.bundled
        name = self.shown(path.parent / reference.value) if is_own else base_path.name
        _, base = self.read_tree(base_path, name, via=reference.span, verb="extended", bundled=is_bundled)
        base, below = self._merged(base, base_path, (*open, base_path.resolve()))
        if base is not None and not isinstance(base, Mapping):
            self.collector.error("A203", "a spec must be a mapping", base.span, "start with `archspec: 1`")
        if not isinstance(base, Mapping):
            return None, {**below, **blocks}
        found = {**below, **blocks}
        laid = extend(base, tree, blocks, below, partial(parameters_of, (tree, base), found), self.collector)
        return laid, {name: block for name, block in found.items() if name in blocks or not removes_block(tree, name)}

    def _includes(self, tree: Mapping, path: Path, open: tuple[Path, ...]) -> dict[str, BlockSpec]:
        listed = tree.get("include")
        found: dict[str, BlockSpec] = {}
        if not isinstance(listed, Sequence):
            # what is no list is reported with the keys of the file
            self.incomplete |= listed is not None
            return found
        for item in listed.items:
            text = item.value if isinstance(item, Scalar) and isinstance(item.value, str) else None
            target = None if text is None else self._locate(item, text, path, open, bundled_too=False)
            if text is None or target is None:
                self.incomplete = True
                continue
            more = self._include(target, item, text, path, open)
            for name, block in more.items():
                other = found.setdefault(name, block)
                if other is not block:
                    message = f"the block `{name}` hides the one from an earlier include"
                    related = (Related(other.span, "hidden here"),)
                    self.collector.warning("A306", message, block.span, "rename one of them", related)
            found.update(more)
        return found

    def _include(self, target: Path, item: Tree, text: str, path: Path, open: tuple[Path, ...]) -> dict[str, BlockSpec]:
        real = target.resolve()
        if real not in self.blocks:
            _, tree = self.read_tree(target, self.shown(path.parent / text), via=item.span, verb="included")
            inner = self._includes(tree, target, (*open, real)) if isinstance(tree, Mapping) else {}
            self.incomplete |= tree is None or hides_names(tree)
            self.blocks[real] = read_blocks(tree, self.collector, around=inner)
        return self.blocks[real]

    def read_tree(
        self,
        path: Path,
        name: str,
        editable: bool = True,
        piped: bool = False,
        via: Span | None = None,
        verb: str = "",
        bundled: bool = False,
    ) -> tuple[Source, Tree | None]:
        """The tree of a file; each is read once. `editable` is what fixes may change: not what is bundled. `via` is
        where another file names it, if one does: it is bundled and editable as that is."""
        if via is not None:
            bundled = bundled or via.source.bundled
            editable = via.source.path is not None and not bundled
        real = Path(realpath(path))  # which does not fail for links in a circle
        if real not in self.trees:
            self.files[path] = stamp(path)
            shared: dict[str, Any] = {"taken": self.taken, "pieces": self.pieces}
            if real in self.edited:
                source, tree = read_text(self.edited[real], name, self.collector, path=path, **shared)
            else:
                source, tree = read_file(path, self.collector, name, editable=editable, piped=piped, **shared)
            source.via, source.verb, source.bundled = via, verb, bundled
            self.trees[real] = source, as_meant(tree, self.collector)
        return self.trees[real]

    def _locate(self, at: Tree, text: str, path: Path, open: tuple[Path, ...], bundled_too: bool) -> Path | None:
        """The file that `extends` or `include` names, or None after a report."""
        by_name = bundled_too and not is_path(text)
        target = self.named.bundled(at, text) if by_name else self.named.beside(at, text, path, open)
        if target is not None and target.resolve() in open:
            message, help = (
                f"`{text}` extends or includes itself",
                "a spec cannot extend or include itself, even through other files",
            )
            self.collector.error("A307", message, at.span, help)
            return None
        return None if target is None or self._too_many(at, target, open) else target

    def _too_many(self, at: Tree, target: Path, open: tuple[Path, ...]) -> bool:
        """Whether a file is one more than a spec may have, after a report."""
        message = ""
        if len(open) >= limits.FILES_IN_A_ROW:
            message = f"more than {limits.FILES_IN_A_ROW} files extend or include one another in a chain"
        elif len(self.trees) >= limits.FILES and Path(realpath(target)) not in self.trees:
            message = f"the spec has more than {limits.FILES} files"
        if message and not self.refused:
            self.collector.error("A108", message, at.span, "merge some of its files")
        self.refused |= bool(message)
        return bool(message)
