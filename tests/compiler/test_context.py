from __future__ import annotations

from dataclasses import fields

from archspec.compiler.context import Context
from archspec.compiler.walk import walk
from archspec.diagnostics import Collector
from archspec.language import read


def test_two_compilations_of_a_spec_share_nothing_that_grows() -> None:
    """What one of them learns, such as initializers, is never seen by the next."""
    spec = read("resnet18")
    one, other = (Context(spec, Collector(), {}, walk) for _ in range(2))
    pairs = {field.name: (getattr(one, field.name), getattr(other, field.name)) for field in fields(Context)}
    growing = {name for name, (value, _) in pairs.items() if isinstance(value, (dict, list, set))}
    assert growing >= {"init", "usual", "types", "instances", "levels", "walked"}
    assert not [name for name in growing if pairs[name][0] is pairs[name][1]]
