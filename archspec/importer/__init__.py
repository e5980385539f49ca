"""Modules that exist become specs: traced by torch, mapped op by op, and proved to be the same."""

from archspec.importer.importing import Imported, from_module
from archspec.importer.named import examples, named
from archspec.importer.report import Refusal

__all__ = ["Imported", "Refusal", "examples", "from_module", "named"]
