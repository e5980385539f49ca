"""The manifest of an export: what was written, of what, with what, and how far it may be trusted."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from archspec.export.format import Format
from archspec.export.samples import batch_name, kind_of
from archspec.graph.graph import Graph
from archspec.graph.nodes import Value
from archspec.version import __version__

MANIFEST = "manifest.json"
VERSION = 1
"""The version of the manifest's own format."""


@dataclass(frozen=True, slots=True)
class File:
    """An artifact. The differences are the largest between its outputs, loaded again, and those of the module; None
    where they were not compared."""

    name: str
    format: str
    size: int
    sha256: str
    max_difference: float | None
    max_relative_difference: float | None


@dataclass(frozen=True, slots=True)
class Tensors:
    """An input or output: its shape with `N` for the batch, its dtype, and for token ids how many there are."""

    name: str
    shape: tuple[int | str, ...]
    dtype: str
    vocab: int | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that `manifest.json` says; the same for the same network, weights and versions: it holds no time and no path.

    `macs` are the multiply-adds for one sample, a text where sizes are symbolic. `checked` are the values of each
    dynamic dimension on which the artifacts were compared with the module.
    """

    name: str
    reference: str
    params: dict[str, Any]
    fingerprint: str
    seed: int | None
    parameters: int
    macs: int | str
    inputs: tuple[Tensors, ...]
    outputs: tuple[Tensors, ...]
    files: tuple[File, ...]
    checked: dict[str, list[int]]
    versions: dict[str, str]
    archspec_manifest: int = VERSION

    def write(self, folder: Path) -> None:
        """Write `manifest.json` into a folder."""
        found = asdict(
            self, dict_factory=lambda items: {key: value for key, value in items if (key, value) != ("vocab", None)}
        )
        content = {"archspec_manifest": self.archspec_manifest, **found}
        text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")


def describe(
    graph: Graph, seed: int | None, formats: Iterable[Format], files: tuple[File, ...], checked: dict[str, list[int]]
) -> Manifest:
    """The manifest of the files that were written of a graph."""
    macs = graph.macs
    libraries = sorted({library for format in formats for library in format.libraries} | {"torch"})
    return Manifest(
        name=graph.name,
        reference=graph.reference,
        params=dict(graph.params),
        fingerprint=graph.fingerprint,
        seed=seed,
        parameters=graph.parameter_count,
        macs=macs if isinstance(macs, int) else str(macs),
        inputs=tuple(_tensors(graph, name, value) for name, value in graph.inputs.items()),
        outputs=tuple(_tensors(graph, name, value) for name, value in graph.outputs.items()),
        files=files,
        checked=checked,
        versions={
            "archspec": __version__,
            "python": platform.python_version(),
            **{library: version(library) for library in libraries},
        },
    )


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            found.update(part)
    return found.hexdigest()


def _tensors(graph: Graph, name: str, value: Value) -> Tensors:
    kind = kind_of(value)
    shape = tuple(size if isinstance(size, int) else str(size) for size in kind.shape)
    return Tensors(name, (batch_name(graph), *shape), kind.dtype, kind.vocab)
