"""Modules that exist become specs: traced by torch, mapped op by op, and proved to be the same."""

from archspec.importer.from_module import Imported, from_module
from archspec.importer.report import Refusal

__all__ = ["Imported", "Refusal", "from_module"]
