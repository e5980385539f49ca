"""A network into files: all of its formats, verified, and a manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from torch import nn
from torch.random import fork_rng

from archspec.errors import ArchspecError, ExportError
from archspec.export.folder import replacing
from archspec.export.format import Format
from archspec.export.manifest import File, Manifest, describe, digest
from archspec.export.registry import DEFAULT, select
from archspec.export.subject import Subject, exportable
from archspec.export.verify import Verification
from archspec.graph.graph import Graph

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called before each step with what it does, how many are done, and how many there are."""


def export(
    graph: Graph,
    model: nn.Module,
    folder: str | PathLike[str],
    formats: Iterable[str | Format] = DEFAULT,
    *,
    seed: int | None = None,
    verify: bool = True,
    progress: Progress | None = None,
) -> Manifest:
    """Write a network into `folder`: `NAME.pt2` and so on, a file for each format, and `manifest.json`.

    `model` is the module of `graph`; it stays as it is. Each file is loaded again and compared with the module in eval
    mode, for several batch sizes and random inputs, unless `verify` is false. The folder then holds this export alone,
    besides files of other origin, which stay; until then, and after any error, it holds what it held before
    (`archspec.export.folder` says how). `seed` is the one that the weights were drawn with, for the manifest.

    Raises `UsageError` for a format that does not exist, `MissingExtra` where one needs a library that is not
    installed, and `ExportError` where the module has no weights or is not the graph's, where the folder cannot be
    written, or where an artifact cannot be made or does not compute what the module computes.
    """
    chosen = select(formats)
    for format in chosen:
        format.require()
    step = _Steps(progress, (1 + verify) * len(chosen))
    names = [graph.name + format.suffix for format in chosen]
    with replacing(Path(folder), graph.name, names) as stage, fork_rng(devices=()), exportable(graph, model) as subject:
        verification = Verification(subject) if verify else None
        files = tuple(
            _file(subject, verification, format, stage / name, step) for format, name in zip(chosen, names, strict=True)
        )
        manifest = describe(graph, seed, chosen, files, verification.checked if verification else {})
        manifest.write(stage)
    return manifest


def _file(subject: Subject, verification: Verification | None, format: Format, path: Path, step: _Steps) -> File:
    """Write a file, and compare what can be loaded from it with the module."""
    absolute = relative = None
    try:
        step(f"writing {path.name}")
        format.write(subject, path)
        if verification is not None:
            step(f"verifying {path.name}")
            difference = verification.compare(format.read(subject, path), format.tolerance)
            absolute, relative = difference.absolute, difference.relative
    except OSError:
        raise  # the folder's matter: a full disk
    except Exception as error:  # exporters raise all kinds of things for what they do not support
        reason, _, report = _reason(error).partition("\n")
        message = f"cannot export `{subject.graph.name}` as {format.name}: {reason}"
        raise ExportError(message, report=report or None) from error
    return File(path.name, format.name, path.stat().st_size, digest(path), absolute, relative)


def _reason(error: Exception) -> str:
    """What an exporter has to say, without the pages that follow."""
    if isinstance(error, ArchspecError):
        return str(error)
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


class _Steps:
    """The progress of an export."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def __call__(self, what: str) -> None:
        if self.progress is not None:
            self.progress(what, self.done, self.total)
        self.done += 1
