from __future__ import annotations

from collections.abc import Iterator

import pytest

import archspec
from archspec.ops import OPS


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """The two ops, for the time of a test; what it registers itself is forgotten too, so that no other test sees it."""
    before = dict(OPS)
    from tests.plugins.grn import GlobalResponseNorm
    from tests.plugins.nat import NeighborhoodAttention

    archspec.op(GlobalResponseNorm)
    archspec.op(NeighborhoodAttention)
    yield
    OPS.clear()
    OPS.update(before)
