"""Files of the language: models, expressions, and the reading of a text into a `Spec`."""

from archspec.language.bundled_files import bundled, bundled_blocks, bundled_specs, how_equal
from archspec.language.expressions.expression import TAKEN, UNKNOWN, Unknown
from archspec.language.expressions.template import Template, TemplateError
from archspec.language.library import block_names, find_block
from archspec.language.load import read, read_source
from archspec.language.nodes import COMMON, Argument, BranchSpec, Nodes, NodeSpec, ShortcutSpec
from archspec.language.spec import NAMING, BlockSpec, ParameterSpec, Spec
from archspec.source import forbidden

__all__ = [
    "COMMON",
    "NAMING",
    "TAKEN",
    "UNKNOWN",
    "Argument",
    "BlockSpec",
    "BranchSpec",
    "NodeSpec",
    "Nodes",
    "ParameterSpec",
    "ShortcutSpec",
    "Spec",
    "Template",
    "TemplateError",
    "Unknown",
    "block_names",
    "bundled",
    "bundled_blocks",
    "bundled_specs",
    "find_block",
    "forbidden",
    "how_equal",
    "read",
    "read_source",
]
