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

ALL = "all"
"""The name that stands for every format."""
