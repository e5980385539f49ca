"""Files of the language: models, expressions, and the reading of a text into a `Spec`."""

from archspec.source import Mapping, Scalar, Sequence, Tree, forbidden
from archspec.spec.bundled_files import bundled, bundled_blocks, bundled_specs
from archspec.spec.expressions import TAKEN, UNKNOWN, Unknown
from archspec.spec.library import block_names, find_block
from archspec.spec.load import read, read_source
from archspec.spec.nodes import COMMON, Argument, Nodes, NodeSpec
from archspec.spec.spec import NAMING, BlockSpec, ParameterSpec, Spec
from archspec.spec.templates import Template, TemplateError

__all__ = [
    "COMMON",
    "NAMING",
    "TAKEN",
    "UNKNOWN",
    "Argument",
    "BlockSpec",
    "Mapping",
    "NodeSpec",
    "Nodes",
    "ParameterSpec",
    "Scalar",
    "Sequence",
    "Spec",
    "Template",
    "TemplateError",
    "Tree",
    "Unknown",
    "block_names",
    "bundled",
    "bundled_blocks",
    "bundled_specs",
    "find_block",
    "forbidden",
    "read",
    "read_source",
]
