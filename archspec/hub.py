"""Networks in folders, to keep and to share: the spec written out, the weights, and the manifest that belongs to both.

Such a folder is an export of the formats `resolved` and `safetensors`: nothing in it is executed.
"""

from __future__ import annotations

import json
import os
import warnings
from functools import cache
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec.api import SpecLike, compile
from archspec.errors import UsageError, WeightsError, needing
from archspec.files import read_file
from archspec.graph import Graph, graph_of, network_in
from archspec.limits import MANIFEST_BYTES, TEXT_BYTES
from archspec.modules import build, check_weights
from archspec.weights.repository import NAME, SCHEME, parse, snapshot

if TYPE_CHECKING:
    from torch import device as Device
    from torch import nn

_FORMATS = ("resolved", "safetensors")
_CHANGED = "is not the file that was saved: its SHA-256 differs from the manifest's"


def save_pretrained(
    model: nn.Module, folder: str | PathLike[str], spec: SpecLike | Graph | None = None, **options: Any
) -> None:
    """Save a module and the spec that it was built from into a folder, whole or not at all.

    Arguments:
        model: A module that `build` made; any other with the same keys and outputs needs its `spec`.
        folder: Where to write the spec, the weights and the manifest.
        spec: The spec of a module that does not know its own.
        options: Those of `compile` that go with the `spec`: `params`, `input_size`, `features`, `in_channels`.

    Raises what `compile` raises, `UsageError` where the spec is not known, and `ExportError` where the module is not
    the spec's or the folder cannot be written.

        >>> import archspec
        >>> model = archspec.build("mlp_residual", seed=0)
        >>> archspec.save_pretrained(model, "trained")  # doctest: +SKIP
    """
    with needing("torch", "saving a network"):
        from archspec.export import export

    if not isinstance(folder, (str, PathLike)) or not isinstance(os.fspath(folder), str) or "\0" in os.fspath(folder):
        raise UsageError(f"expected a folder, found {folder!r:.80}")
    model = network_in(model)
    if spec is None and graph_of(model) is None:
        raise UsageError(f"this {type(model).__name__} was not built by archspec: pass the `spec` that describes it")
    for warning in export(compile(model if spec is None else spec, **options), model, folder, _FORMATS).warnings:
        warnings.warn(warning, stacklevel=2)


def from_pretrained(source: str | PathLike[str], *, device: str | Device = "cpu", **options: Any) -> nn.Module:
    """The module in a folder that `save_pretrained` wrote, with its weights, in eval mode.

    Arguments:
        source: The folder, or the name of a repository on the Hugging Face Hub, as `owner/name` or `hf://owner/name`.
            What looks like a path, or stands in a folder that exists, is never looked for on the hub.
        device: Where the weights are.
        options: Those of `huggingface_hub` for a repository, such as `revision` and `token`.

    Raises `MissingExtra` where a repository needs `huggingface_hub`, `UsageError` for what is neither or a folder that
    holds no saved network, and `WeightsError` where its files are not those that were saved, or cannot be downloaded.

        >>> import archspec
        >>> model = archspec.from_pretrained("trained")  # doctest: +SKIP
    """
    if not isinstance(source, (str, PathLike)):
        raise UsageError(f"expected a folder or the name of a repository, found {type(source).__name__}")
    if os.path.isdir(source):
        if options:
            raise UsageError(f"`{next(iter(options))}` is an option for repositories, but {source} is a folder")
        return _load(Path(source), device)[1]
    name, revision = _repository(source)
    folder = snapshot(name, _patterns(), **({"revision": revision} if revision else {}), **options)
    return _load(folder, device)[1]


def _repository(source: str | PathLike[str]) -> tuple[str, str]:
    """The repository and the revision that a source names which is no folder.

    Raises `UsageError` for what looks like a path.
    """
    text = os.fspath(source)
    if not isinstance(text, str):
        raise UsageError(f"expected a folder or the name of a repository, found {type(text).__name__}")
    if isinstance(source, str) and text.startswith(SCHEME):
        address = parse(text)
        if address.file:
            raise UsageError(f"`{text}` is a file in a repository; name the repository alone: hf://{address.name}")
        return address.name, address.revision
    if os.path.exists(text):
        raise UsageError(f"{text} is a file; expected a folder that `save_pretrained` wrote, or a repository")
    if isinstance(source, PathLike) or not NAME.fullmatch(text):
        raise UsageError(f"{text} is neither a folder nor the name of a repository, OWNER/NAME")
    parent = os.path.dirname(text)
    if os.path.isdir(parent):
        raise UsageError(f"there is no folder {text}, but there is {parent}; for a repository, write hf://{text}")
    return text, ""


@cache
def pretrained() -> Any:
    """The class that joins a module and its graph with the mixin of `huggingface_hub`.

    `pretrained()(model, graph)` has `save_pretrained` and `push_to_hub`, `pretrained().from_pretrained(name)` gives one
    with its `model` and `graph`. Raises `MissingExtra` where the package is not installed.
    """
    with needing("hub", "the Hugging Face Hub", "huggingface_hub"):
        from huggingface_hub import ModelHubMixin

    class Pretrained(ModelHubMixin, library_name="archspec-nn", tags=["archspec"]):  # type: ignore[misc, unused-ignore]
        """A module and the graph that describes it."""

        # the mixin would write a graph, which is a dataclass, into a `config.json`, if the parameter had its own name
        def __init__(self, *network: Any) -> None:
            self.model, self.graph = network

        def _save_pretrained(self, save_directory: Path) -> None:
            save_pretrained(self.model, save_directory, self.graph)

        @classmethod
        def _from_pretrained(cls, *, model_id: str, device: str | Device = "cpu", **options: Any) -> Pretrained:
            folder = Path(model_id) if os.path.isdir(model_id) else snapshot(model_id, _patterns(), **options)
            graph, model = _load(folder, device)
            return cls(model, graph)

    return Pretrained


def _patterns() -> list[str]:
    """The names of the files that are needed."""
    from archspec.export import select
    from archspec.export.standing import MANIFEST

    return [MANIFEST, *(f"*{format.suffix}" for format in select(_FORMATS))]


def _load(folder: Path, device: str | Device) -> tuple[Graph, nn.Module]:
    with needing("torch", "loading a network"):
        from archspec.torch_backend.origin import file_digest

    (spec, of_spec), (weights, of_weights) = _files(folder)
    if spec.stat().st_size > TEXT_BYTES or file_digest(spec) != of_spec:
        raise WeightsError(f"{spec} {_CHANGED}")
    graph = compile(spec)
    # its header tells whether it is as large as the network's weights, before all of it is gone through
    report = check_weights(graph, weights)
    if not report.fits:
        raise WeightsError(f"{weights} does not fit {spec}", report=str(report))
    if file_digest(weights) != of_weights:
        raise WeightsError(f"{weights} {_CHANGED}")
    model = build(graph, device=device, weights=weights)
    return graph, model.eval()


def _files(folder: Path) -> list[tuple[Path, str]]:
    """The spec and the weights in a folder, with their SHA-256, as its manifest knows them."""
    from archspec.export.standing import MANIFEST

    listed = _listed(folder / MANIFEST)
    found = []
    for kind in _FORMATS:
        record = listed.get(kind, {})
        name = str(record.get("name", ""))
        path = folder / name
        if not name or Path(name).name != name or not path.is_file():
            raise UsageError(f"{folder} does not contain a saved network: its manifest lists no existing `{kind}` file")
        found.append((path, str(record.get("sha256"))))
    if len({str(listed[kind].get("fingerprint")) for kind in _FORMATS}) > 1:
        raise WeightsError(f"{found[1][0]} has weights of another architecture than {found[0][0].name}")
    return found


def _listed(path: Path) -> dict[str, dict[str, Any]]:
    """What a manifest says of each file, by format."""
    try:
        manifest = json.loads(read_file(path, MANIFEST_BYTES))
        return {str(file["format"]): dict(file) for file in manifest["files"]}
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        raise UsageError(f"{path.parent} does not contain a saved network: it has no manifest") from None
