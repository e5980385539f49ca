"""A network into files: all of its formats, verified, and a manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from torch import nn
from torch.random import fork_rng

from archspec.errors import ArchspecError, ExportError
from archspec.export.culprit import whole
from archspec.export.folder import adding
from archspec.export.format import Format
from archspec.export.manifest import File, Manifest, describe, versions_of, weights_of
from archspec.export.provenance import confirmed
from archspec.export.registry import DEFAULT, select
from archspec.export.standing import standing, strays
from archspec.export.subject import Subject, exportable
from archspec.export.verify import Comparison, Verification
from archspec.graph.gaps import beyond
from archspec.graph.graph import Graph
from archspec.torch_backend.build import neutral
from archspec.torch_backend.origin import Origin, file_digest, origin

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
    mode, for several batch sizes and random inputs, unless `verify` is false. Other files in the folder stay; until the
    end, and after any error, it holds what it held before (`archspec.export.folder` says how). The manifest says where
    the weights come from, as far as the module knows and it is true; `seed` is the one that they were drawn with, where
    the module does not know. What former exports left that is of another architecture or of other weights is named in
    its `warnings`; so are files there that no export wrote as they are, and symbolic sizes that an artifact refuses.

    Raises `UsageError` for a format that does not exist, `MissingExtra` where one needs a library that is not
    installed, and `ExportError` where the module has no weights or is not the graph's, where the folder cannot be
    written, or where an artifact cannot be made or does not compute what the module computes.
    """
    chosen = select(formats)
    for format in chosen:
        format.require()
    step = _Steps(progress, (1 + verify) * len(chosen))
    names = [graph.name + format.suffix for format in chosen]
    written: list[File] = []
    manifests: list[Manifest] = []

    def finish(stage: Path, folder: Path) -> None:
        checked = verification.checked if verification else {}
        former = standing(folder, names)
        unlisted = strays(folder, graph.name, [*names, *(record["name"] for record in former)])
        manifests.append(describe(graph, weights, tuple(written), former, checked, unlisted))
        manifests[-1].write(stage)

    with (
        adding(Path(folder), graph.name, names, finish) as stage,
        fork_rng(devices=()),
        neutral(),
        exportable(graph, model) as subject,
    ):
        weights = _origin(subject, origin(model), seed)
        verification = Verification(subject) if verify else None
        for format, name in zip(chosen, names, strict=True):
            written.append(_file(subject, weights, verification, format, stage / name, step))
    return manifests[-1]


def _origin(subject: Subject, remembered: Origin, seed: int | None) -> Origin:
    """Where the weights come from: what the module remembers, or the seed that is given, if it is true."""
    found = confirmed(remembered, subject.graph, subject.state)
    if found.kind == "module" and seed is not None:
        return confirmed(Origin("random", seed), subject.graph, subject.state)
    return found


def _file(
    subject: Subject, weights: Origin, verification: Verification | None, format: Format, path: Path, step: _Steps
) -> File:
    """Write a file, and compare what can be loaded from it with the module."""
    found: Comparison | None = None
    try:
        for gap in beyond(subject.graph, [format.name]):
            raise ExportError(str(gap))
        step(f"writing {path.name}")
        format.write(subject, path)
        if verification is not None:
            step(f"verifying {path.name}")
            found = verification.compare(format.read(subject, path), format.tolerance)
    except OSError:
        raise  # the folder's matter: a full disk
    except Exception as error:  # exporters raise all kinds of things for what they do not support
        reason, _, report = _reason(error).partition("\n")
        message = f"cannot export `{subject.graph.name}` as {format.name}: {reason}"
        raise ExportError(message, report=report or None) from error
    return File(
        name=path.name,
        format=format.name,
        size=path.stat().st_size,
        sha256=file_digest(path),
        max_difference=found.difference.absolute if found else None,
        max_relative_difference=found.difference.relative if found else None,
        fingerprint=subject.graph.fingerprint,
        weights=weights_of(weights) if format.holds_weights else None,
        checked=verification.checked if verification else {},
        refused=found.refused if found else (),
        conditions=found.conditions if found else (),
        versions=versions_of(format),
    )


def _reason(error: Exception) -> str:
    """All that an exporter has to say."""
    return str(error) if isinstance(error, ArchspecError) else whole(error) or type(error).__name__


class _Steps:
    """The progress of an export."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def __call__(self, what: str) -> None:
        if self.progress is not None:
            self.progress(what, self.done, self.total)
        self.done += 1
