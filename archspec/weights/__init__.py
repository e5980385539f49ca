"""Weights from files, and what of them fits a network; knows nothing of torch."""

from archspec.weights.fit import Foreign, fit, foreign, wanted
from archspec.weights.header import is_safetensors, read_header
from archspec.weights.rename import Rename, fault, parse, renames
from archspec.weights.report import Mismatch, WeightsReport
from archspec.weights.stored import Stored

__all__ = [
    "Foreign",
    "Mismatch",
    "Rename",
    "Stored",
    "WeightsReport",
    "fault",
    "fit",
    "foreign",
    "is_safetensors",
    "parse",
    "read_header",
    "renames",
    "wanted",
]
