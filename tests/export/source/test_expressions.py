"""What is written for a module or a function computes what it computes."""

from __future__ import annotations

import re

import pytest

import archspec
from archspec.export.source import source
from tests.export.source.written import check_bits

PATTERNS = {
    "n c h w -> n h w c": "x.permute(0, 2, 3, 1)",
    "n c h w -> n (h w) c": "x.flatten(2).transpose(1, 2)",
    "n c h w -> n c (h w)": "x.flatten(2, 3)",
    "n c h w -> n c w h": "x.transpose(2, 3)",
    "n (g c) h w -> n (c g) h w": "x.unflatten(1, (2, -1)).transpose(1, 2).flatten(1, 2)",
    "n c (h p) w -> n (c p) h w": "x.unflatten(2, (-1, 2)).transpose(2, 3).flatten(1, 2)",
    "n c h w -> n (c h w)": "x.flatten(1, 3)",
    "n c h w -> n () h (c w)": None,
    "n (order c) (split h) (merge w) -> n (c order) (h split) (w merge)": None,
}


@pytest.mark.parametrize(("pattern", "text"), PATTERNS.items())
def test_rearrangements(pattern: str, text: str | None) -> None:
    sizes = "".join(f", {axis}: 2" for axis in re.findall(r"\b(?:g|p|order|split|merge)\b", pattern.partition("->")[0]))
    channels = ", channels: c" if "()" in pattern else ""
    spec = f"archspec: 1\nname: moved\ninput: [4, 6, 8]\nlayers: [rearrange: {{pattern: {pattern}{sizes}{channels}}}]"
    graph = archspec.compile(spec)
    if text is not None:
        assert f"return {text}\n" in source(graph)[1]
    check_bits(graph)
