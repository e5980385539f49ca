"""The export formats by name; whoever only names them needs no torch."""

from __future__ import annotations

EXPORTS = {
    "pt2": "pt2.Pt2",
    "safetensors": "safetensors.Safetensors",
    "onnx": "onnx.Onnx",
    "resolved": "resolved.Resolved",
    "python": "python.Python",
}
"""Where each stands in `archspec.export`. A new one is a file there, a line here, and a test."""

EXPORTED = ("pt2", "safetensors")
"""What is written where nobody names a format."""

TRACED = ("pt2", "onnx")
"""Those for which torch runs the network step by step."""

HIDING = frozenset(
    {
        *("add_submodule", "code", "delete_all_unused_submodules", "delete_submodule", "graph", "meta"),
        *("print_readable", "range_constraints", "recompile", "shape_env", "to_folder", "validate_inputs"),
    }
)
"""Attributes of the modules that torch makes of a traced network: they hide weights whose keys begin with these."""

ONE_FILE = 2**31 - 2**20
"""The bytes of weights that fit one ONNX file, which protobuf limits to 2 GiB, with room for the graph."""

ALL = "all"
"""The name that stands for every format."""
