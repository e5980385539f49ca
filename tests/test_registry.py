from __future__ import annotations

import sys
from collections.abc import MutableMapping
from typing import Any

import pytest

from archspec.cli.app import COMMANDS
from archspec.diagnostics.formats import FORMATS as FINDINGS
from archspec.export import FORMATS as ARTIFACTS
from archspec.ops import OPS
from archspec.registry import Registry


@pytest.mark.parametrize(
    "registry", [COMMANDS, FINDINGS, ARTIFACTS, OPS], ids=["commands", "findings", "exports", "ops"]
)
def test_every_name_has_its_object(registry: MutableMapping[str, Any]) -> None:
    for name in registry:
        found = registry[name]
        assert callable(found)
        assert registry[name] is found
        assert getattr(found, "name", name) == name


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    registry: Registry[Any] = Registry("xml.dom", {"a": "expatbuilder.parse", "b": "no_module.at_all"})
    sys.modules.pop("xml.dom.expatbuilder", None)
    assert list(registry) == ["a", "b"]
    assert "b" in registry
    assert "c" not in registry
    assert "xml.dom.expatbuilder" not in sys.modules
    assert registry["a"] is sys.modules["xml.dom.expatbuilder"].parse
    registry["c"] = len
    assert registry["c"] is len
    del registry["b"]
    assert list(registry) == ["a", "c"]
