"""The JSON Schema of a spec, made from the models."""

from archspec.language.schema.schema import json_schema, schema_text

__all__ = ["json_schema", "schema_text"]
