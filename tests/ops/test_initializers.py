"""Whatever an initializer is given and accepts, torch can do: the tensor is filled with numbers."""

from __future__ import annotations

from inspect import signature
from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from archspec.ops import Init
from archspec.ops.initializers import INITIALIZERS
from archspec.torch_backend.initialize import _apply, generator

EXTREMES = [-1e300, -1e30, -1.0, -1e-300, 0.0, 1e-300, 1e-30, 0.5, 1.0, 100.0, 1e30, 1e39, 1e300]
SHAPES = [(6,), (1, 5), (4, 3), (4, 2, 3), (2, 1, 3, 3), (1, 1, 7)]


def values(kind: Any) -> st.SearchStrategy[Any]:
    if isinstance(kind, tuple):
        return st.sampled_from(kind)
    return st.sampled_from([-1, 0, 1, 2, 3]) if kind is int else st.sampled_from(EXTREMES)


@pytest.mark.parametrize("name", INITIALIZERS)
@given(data=st.data())
def test_what_is_accepted_can_be_drawn(name: str, data: st.DataObject) -> None:
    rule = INITIALIZERS[name]
    optional = {key: values(kind) for key, kind in rule.arguments.items() if key not in rule.required}
    required = {key: values(rule.arguments[key]) for key in rule.required}
    arguments = data.draw(st.fixed_dictionaries(required, optional=optional))
    try:
        init = Init.parse({name: arguments})
    except ValueError:
        return
    shape = data.draw(st.sampled_from(SHAPES))
    assume(not init.misfit(shape))
    tensor = torch.nn.Parameter(torch.full(shape, torch.nan))
    with torch.no_grad():
        _apply(init, tensor, generator(0, "key"))
    assert tensor.isfinite().all()
    function = getattr(torch.nn.init, f"{name}_")
    source = {"generator": generator(0, "key")} if "generator" in signature(function).parameters else {}
    if name != "sparse":  # torch draws its zeros from the generator of all
        assert torch.equal(tensor, function(torch.empty(shape), **arguments, **source))


@pytest.mark.parametrize("groups", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("shape", [(6, 2, 3), (4, 4, 1, 1), (12, 1, 3, 3, 3), (5, 5, 3)])
def test_dirac_takes_the_groups_that_torch_takes(shape: tuple[int, ...], groups: int) -> None:
    init = Init.parse({"dirac": {"groups": groups}})
    tensor, expected = (torch.nn.Parameter(torch.full(shape, torch.nan)) for _ in range(2))
    if shape[0] % groups:
        assert str(groups) in init.misfit(shape)
        with pytest.raises(ValueError, match="groups"):
            torch.nn.init.dirac_(expected, groups)
        return
    assert not init.misfit(shape)
    with torch.no_grad():
        _apply(init, tensor, generator(0, "key"))
    assert torch.equal(tensor, torch.nn.init.dirac_(expected, groups))
