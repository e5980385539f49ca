"""The JSON Schema of a file, in draft-07, for editors and for everyone who checks files without archspec."""

from __future__ import annotations

from archspec.escape import json_text
from archspec.language.bundled_files import bundled_blocks
from archspec.language.library import block_names, bundled_block, find_block
from archspec.language.schema.file import file_schema
from archspec.language.schema.nodes import Vocabulary
from archspec.language.schema.terms import Schema
from archspec.language.spec import BlockSpec, Spec
from archspec.ops import OPS


def json_schema(spec: Spec | None = None) -> Schema:
    """The JSON Schema of every file, or that of one spec, which knows the blocks that the spec has or includes."""
    return file_schema(Vocabulary(dict(OPS), _blocks(spec), spec is None), spec.defaults if spec else {})


def schema_text() -> str:
    """The text of `schemas/archspec.schema.json`: the schema of every file, without ops of plugins."""
    own = {name: op for name, op in OPS.items() if op.__module__.startswith("archspec.ops.")}
    schema = file_schema(Vocabulary(own, _blocks(None), True), {})
    return json_text(schema) + "\n"


def _blocks(spec: Spec | None) -> dict[str, BlockSpec]:
    if spec is None:
        return {name: bundled_block(name) for name in bundled_blocks()}
    return {name: block for name in block_names(spec) if (block := find_block(spec, name)) is not None}
