"""`safetensors`: the weights, and which network they belong to."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch.func import functional_call

from archspec.errors import ExportError, needing
from archspec.export.format import Format
from archspec.export.subject import Artifact, Subject
from archspec.torch_backend.weights import read_weights
from archspec.version import __version__


class Safetensors(Format):
    """The state dict, with `archspec`, `spec` and `fingerprint` in the metadata of the file.

    A weight that is tied stands there once, under the key of its owner; the metadata map the other keys to that, as
    those of `safetensors.torch.save_model` do.
    """

    name = "safetensors"
    suffix = ".safetensors"
    tolerance = 1e-5
    libraries = ("safetensors",)

    def require(self) -> None:
        with needing("torch", "exporting safetensors", "safetensors"):
            import safetensors  # noqa: F401

    def write(self, subject: Subject, path: Path) -> None:
        from safetensors.torch import save_file

        graph = subject.graph
        metadata = {"archspec": __version__, "fingerprint": graph.fingerprint, "format": "pt", "spec": graph.name}
        # a key that is a word of ours is its own alias
        aliases = {key: owner for key, owner in graph.ties().items() if key not in metadata}
        # the format knows neither strides nor tensors that share memory
        state = {
            key: tensor.detach().clone(memory_format=torch.contiguous_format)
            for key, tensor in subject.state.items()
            if key not in aliases
        }
        save_file(state, path, {**aliases, **metadata})
        _sort_metadata(path)

    def read(self, subject: Subject, path: Path) -> Artifact:
        # in memory of their own, as the module's: how values are aligned changes the last bits of what is computed
        state = {key: tensor.clone() for key, tensor in read_weights(path).items()}
        state |= {key: state[owner] for key, owner in subject.graph.ties().items() if key not in state}
        subject.check(state)
        return subject.artifact(lambda *inputs: functional_call(subject.module, state, inputs, tie_weights=False))


def _sort_metadata(path: Path) -> None:
    """Put the metadata in order: the library writes them in a random one, so that no two files would be alike."""
    with path.open("r+b") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
        text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
        if len(text) > length:
            raise ExportError("this version of safetensors writes a header that archspec does not know")
        file.seek(8)
        file.write(text.ljust(length))
