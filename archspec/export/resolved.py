"""`resolved`: the network in its own language, with everything expanded and every default written out."""

from __future__ import annotations

from pathlib import Path

from torch.func import functional_call

from archspec.compiler import compile_spec
from archspec.errors import ExportError
from archspec.export.format import Format
from archspec.export.subject import Artifact, Subject
from archspec.language import read
from archspec.resolver import write_out
from archspec.torch_backend.build import build_module


class Resolved(Format):
    """A spec that builds this very network, whatever the one it came from extends, includes and leaves to defaults."""

    name = "resolved"
    suffix = ".resolved.yaml"
    tolerance = 1e-5
    holds_weights = False

    def write(self, subject: Subject, path: Path) -> None:
        path.write_text(write_out(subject.graph), encoding="utf-8", newline="\n")

    def read(self, subject: Subject, path: Path) -> Artifact:
        graph = compile_spec(read(path))
        if graph.fingerprint != subject.graph.fingerprint:
            raise ExportError("the file describes another architecture: its fingerprint differs")
        module = build_module(graph, "meta").eval()
        # buffers that no state dict holds too: on the device `meta` there are none
        state = dict([*subject.module.named_parameters(), *subject.module.named_buffers()])
        return subject.artifact(lambda *inputs: functional_call(module, state, inputs, strict=True))
