"""Bundled specs with something changed are refused, or built as promised; `benchmarks/fuzz.py` goes on for longer."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.survival import Texts, survives


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts()


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_a_changed_spec_is_refused_or_built(texts: Texts, seed: int) -> None:
    survives(*texts.changed(Random(seed)))


@given(data=st.binary(max_size=200))
@settings(max_examples=100)
def test_bytes_are_refused_or_built(data: bytes) -> None:
    survives(data)
