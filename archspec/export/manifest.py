"""The manifest of a folder of artifacts: what stands there, of what and with what it was made, how far to trust it."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from archspec.export.format import Format
from archspec.export.registry import FORMATS
from archspec.export.samples import Sizes, batch_name, kind_of
from archspec.export.standing import MANIFEST
from archspec.graph.graph import Graph
from archspec.graph.nodes import Value
from archspec.records import record
from archspec.torch_backend.origin import Origin
from archspec.version import __version__
from archspec.weights.messages import printable

VERSION = 2
"""The version of the manifest's own format; since 2, `files` are of all exports into the folder, each with its own."""


@record
class File:
    """An artifact. The differences are the largest between its outputs, loaded again, and those of the module; None
    where they were not compared.

    `fingerprint`, `weights` and `versions` say what it was made of and with; `weights` is None where it holds none.
    `checked` are the values of each dynamic dimension that it was compared on, `refused` the symbolic sizes among them
    that the module takes and it does not, `conditions` what it says of those.
    """

    name: str
    format: str
    size: int
    sha256: str
    max_difference: float | None
    max_relative_difference: float | None
    fingerprint: str = ""
    weights: Mapping[str, Any] | None = None
    checked: Mapping[str, list[int]] = field(default_factory=dict)
    refused: tuple[Sizes, ...] = ()
    conditions: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(record: Mapping[str, Any]) -> File:
        """The file of a record in a manifest of any version, perhaps edited: what makes no sense is left out."""

        def known(key: str, kind: type | tuple[type, ...], other: Any) -> Any:
            return record[key] if isinstance(record.get(key), kind) else other

        format = known("format", str, "")
        unknown = {"origin": "unknown"} if holds_weights(format) else None
        return File(
            name=record["name"],
            format=format,
            size=record["size"],
            sha256=record["sha256"],
            max_difference=known("max_difference", (int, float), None),
            max_relative_difference=known("max_relative_difference", (int, float), None),
            fingerprint=known("fingerprint", str, ""),
            weights=known("weights", dict, unknown),
            checked=known("checked", dict, {}),
            refused=tuple(known("refused", list, [])),
            conditions=tuple(known("conditions", list, [])),
            versions=known("versions", dict, {}),
        )


def holds_weights(format: str) -> bool:
    """Whether artifacts of a format hold weights, as far as it is known."""
    return getattr(FORMATS.get(format), "holds_weights", True)


@record
class Tensors:
    """An input or output: its shape with `N` for the batch, its dtype, and for token ids how many there are."""

    name: str
    shape: tuple[int | str, ...]
    dtype: str
    vocab: int | None = None


@record
class Manifest:
    """All that `manifest.json` says; the same for the same network, weights and versions: it holds no time and no path.

    What is said of the network is said of the last export, of which `files` has the artifacts first; behind them stand
    those of former exports that are still there, and `warnings` names what is not to be confused. `macs` are the
    multiply-adds for one sample, a text where sizes are symbolic. `weights` says where the weights come from, `seed`
    what drew those that are random. `checked` are the values of each dynamic dimension on which the artifacts were
    compared with the module.
    """

    name: str
    reference: str
    params: dict[str, Any]
    fingerprint: str
    seed: int | None
    weights: Origin
    parameters: int
    macs: int | str
    inputs: tuple[Tensors, ...]
    outputs: tuple[Tensors, ...]
    files: tuple[File, ...]
    checked: dict[str, list[int]]
    warnings: tuple[str, ...]
    versions: dict[str, str]
    archspec_manifest: int = VERSION

    def write(self, folder: Path) -> None:
        """Write `manifest.json` into a folder."""
        found = asdict(
            self, dict_factory=lambda items: {key: value for key, value in items if (key, value) != ("vocab", None)}
        )
        content = {"archspec_manifest": self.archspec_manifest, **found, "weights": weights_of(self.weights)}
        text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")


def describe(
    graph: Graph,
    origin: Origin,
    files: tuple[File, ...],
    former: Iterable[Mapping[str, Any]],
    checked: dict[str, list[int]],
    unlisted: Iterable[str] = (),
) -> Manifest:
    """The manifest of the files that were written of a graph, and of the records of those that stood there before.

    `unlisted` are files beside them that are called like artifacts, of which nothing is known.
    """
    macs = graph.macs
    others = tuple(File.of(record) for record in former)
    versions: dict[str, str] = {}
    for file in files:
        versions |= file.versions
    return Manifest(
        name=graph.name,
        reference=graph.reference,
        params=dict(graph.params),
        fingerprint=graph.fingerprint,
        seed=origin.seed,
        weights=origin,
        parameters=graph.parameter_count,
        macs=macs if isinstance(macs, int) else str(macs),
        inputs=tuple(_tensors(graph, name, value) for name, value in graph.inputs.items()),
        outputs=tuple(_tensors(graph, name, value) for name, value in graph.outputs.items()),
        files=(*files, *others),
        checked=checked,
        warnings=(*_refusals(files), *_confusions(graph, origin, others), *map(_unlisted, unlisted)),
        versions=versions,
    )


def weights_of(origin: Origin) -> dict[str, Any]:
    """What a manifest says of weights: their `origin`, what is known of it, and `state`, the digest of their values."""
    known = {
        "origin": origin.kind,
        "seed": origin.seed,
        "file": origin.file or None,
        "sha256": origin.sha256 or None,
        "key": origin.key or None,
        "drawn": len(origin.drawn) or None,
        "optimized": origin.optimized or None,
        "state": origin.state,
    }
    return {key: value for key, value in known.items() if value is not None}


def versions_of(format: Format) -> dict[str, str]:
    """The versions of all that takes part in writing a format."""
    libraries = sorted({*format.libraries, "torch"})
    return {
        "archspec": __version__,
        "python": platform.python_version(),
        **{library: version(library) for library in libraries},
    }


def _refusals(files: Iterable[File]) -> Iterator[str]:
    for file in files:
        for sizes in file.refused:
            given = ", ".join(f"{name} = {size}" for name, size in sizes.items())
            yield f"`{file.name}` does not accept {given}, which the network accepts"
        if file.refused:
            yield f"`{file.name}` may refuse other sizes too; it says: {'; '.join(file.conditions)}"


def _unlisted(name: str) -> str:
    return f"`{name}` is not in the manifest: no export wrote it, or it has changed since"


def _confusions(graph: Graph, origin: Origin, former: Iterable[File]) -> Iterator[str]:
    """What stands in the folder of another architecture, or of other weights than those just exported."""
    for file in former:
        shown = f"`{printable(file.name)}` is left from an earlier export and"
        if file.fingerprint != graph.fingerprint:
            yield f"{shown} has another architecture"
        elif file.weights is not None and "state" not in file.weights:
            yield f"{shown} does not say which weights it has"
        elif file.weights is not None and file.weights["state"] != origin.state:
            yield f"{shown} has other weights"


def _tensors(graph: Graph, name: str, value: Value) -> Tensors:
    kind = kind_of(value)
    shape = tuple(size if isinstance(size, int) else str(size) for size in kind.shape)
    return Tensors(name, (batch_name(graph), *shape), kind.dtype, kind.vocab)
