"""`onnx`: for onnxruntime and every other runtime of ONNX."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from archspec.compiler import beyond_onnx
from archspec.errors import ExportError, MissingExtra, UsageError
from archspec.export.culprit import at, culprit, whole
from archspec.export.format import Format
from archspec.export.quiet import quiet
from archspec.export.samples import batch_name, kind_of
from archspec.export.subject import Artifact, Subject
from archspec.graph.graph import Graph
from archspec.version import __version__

OLDEST_OPSET = 18
"""The oldest opset that torch's exporter writes."""

WEIGHT_BYTES = 2**31 - 2**20
"""The bytes of weights that fit one file, which protobuf limits to 2 GiB, with room for the graph."""


@dataclass(frozen=True)
class Onnx(Format):
    """One self-contained file, with named inputs and outputs, a dynamic batch and dynamic symbolic sizes."""

    opset: int = 20

    name = "onnx"
    suffix = ".onnx"
    tolerance = 1e-4
    libraries = ("onnx", "onnxruntime", "onnxscript")

    def require(self) -> None:
        if not all(map(find_spec, self.libraries)):
            raise MissingExtra("onnx", "exporting ONNX")
        from onnx.defs import onnx_opset_version

        if not OLDEST_OPSET <= self.opset <= onnx_opset_version():
            newest = onnx_opset_version()
            raise UsageError(
                f"ONNX can be written with an opset from {OLDEST_OPSET} to {newest} here, not with {self.opset}"
            )

    def write(self, subject: Subject, path: Path) -> None:
        from onnx.checker import check_model

        size = sum(tensor.nbytes for tensor in subject.state.values())
        if size > WEIGHT_BYTES:
            raise ExportError(f"one ONNX file holds up to 2 GiB, and the weights alone have {size / 2**30:.1f} GiB")
        if both := subject.graph.inputs.keys() & subject.graph.outputs.keys():
            raise ExportError(f"`{min(both)}` is an input and an output, and ONNX has one name for one value")
        for where, node, loss in beyond_onnx(subject.graph):
            raise ExportError(f"`{where}` ({node.span}) {loss.what}; {loss.help}, or export pt2")
        program = subject.program
        with quiet():
            try:
                torch.onnx.export(
                    program,
                    f=path,
                    dynamo=True,
                    external_data=False,
                    input_names=list(subject.graph.inputs),
                    output_names=list(subject.graph.outputs),
                    dynamic_shapes=subject.dynamic(),
                    opset_version=self.opset,
                    verbose=False,
                )
            except torch.onnx.OnnxExporterError as error:
                what = culprit(subject.graph, error) or "a part of this network"
                message = f"torch writes no ONNX for {what}; take another op or other arguments there, or export pt2"
                raise ExportError(message, report=whole(error)) from error
            _name_sizes(subject.graph, path)
            with _told(subject.graph, path, "ONNX has no operator for"):
                check_model(str(path), full_check=True)

    def read(self, subject: Subject, path: Path) -> Artifact:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # what fails is raised
        with _told(subject.graph, path, "onnxruntime does not run"):
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

        def artifact(inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            feeds = {name: tensor.numpy() for name, tensor in zip(subject.graph.inputs, inputs, strict=True)}
            return tuple(map(torch.from_numpy, session.run(list(subject.graph.outputs), feeds)))

        return artifact


@contextmanager
def _told(graph: Graph, path: Path, what: str) -> Iterator[None]:
    """Say in words of the spec what a library has against a file: it names nodes of its own."""
    try:
        yield
    except Exception as error:  # each library has its own kinds
        reason = whole(error)
        node = _node(graph, path, reason) or "a part of this network"
        dtype = f" in {graph.dtype}" if graph.dtype != "float32" else ""
        help = "use `dtype: float32`, or export pt2" if dtype else "take another op or other arguments, or export pt2"
        raise ExportError(f"{what} {node}{dtype}; {help}", report=reason) from error


_SCOPES = "pkg.torch.onnx.name_scopes"


def _node(graph: Graph, path: Path, reason: str) -> str:
    """The node of the spec for that of the file which a message names."""
    import onnx

    for node in onnx.load(path).graph.node:
        if node.name and re.search(rf"\b{re.escape(node.name)}\b", reason):
            written = next((prop.value for prop in node.metadata_props if prop.key == _SCOPES), "[]")
            scopes: list[str] = ["", "", *literal_eval(written)]
            # the last is the operator itself
            return at(graph, scopes[-2])
    return ""


def _name_sizes(graph: Graph, path: Path) -> None:
    """Call the sizes of the outputs what the spec calls them, and say in the metadata what the network asks of sizes.

    The exporter writes down how it came to a size: of one that must be a multiple of 32, `32*(((H - 1)//32)) + 32`.
    """
    import onnx

    proto = onnx.load(path)
    names: dict[str, str] = {}
    for found, value in zip(proto.graph.output, graph.outputs.values(), strict=True):
        sizes = (batch_name(graph), *kind_of(value).shape)
        for axis, size in zip(found.type.tensor_type.shape.dim, sizes, strict=True):
            if axis.dim_param and not isinstance(size, int):
                names[axis.dim_param] = axis.dim_param = str(size)
    for found in proto.graph.value_info:
        for axis in found.type.tensor_type.shape.dim:
            if axis.dim_param in names:
                axis.dim_param = names[axis.dim_param]
    conditions = "; ".join(f"{name} is a multiple of {divisor}" for name, divisor in sorted(graph.constraints.items()))
    facts = {"archspec": __version__, "fingerprint": graph.fingerprint, "spec": graph.name, "sizes": conditions}
    onnx.helper.set_model_props(proto, {key: fact for key, fact in facts.items() if fact})
    onnx.save(proto, path)
