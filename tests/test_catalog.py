"""The names of what is bundled."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest

import archspec
from archspec.language import bundled_specs


@pytest.mark.parametrize("pattern", ["*", "resnet*", "vit_b_16", "*_gn", "resnet5[0]", "vit", "nothing", "", "["])
def test_names_that_match(pattern: str) -> None:
    found = archspec.list(pattern)
    families = {name: path.parent.name for name, path in bundled_specs().items()}
    assert found == sorted(found)
    assert set(found) == {name for name in families if any(fnmatchcase(n, pattern) for n in (name, families[name]))}


def test_each_of_them_can_be_loaded() -> None:
    assert archspec.list() == sorted(bundled_specs())
    assert archspec.load(archspec.list("vit_b_*")[0]).name == "vit_b_16"


@pytest.mark.parametrize("pattern", [None, 3, b"resnet50", ["resnet50"]])
def test_what_is_no_pattern(pattern: Any) -> None:
    with pytest.raises(archspec.UsageError, match="`pattern` must be a string"):
        archspec.list(pattern)


def test_a_star_import_keeps_the_list_of_python() -> None:
    names: dict[str, Any] = {}
    exec("from archspec import *", names)
    assert "list" not in names
    assert "list" in dir(archspec)
