"""Bundled specs with something changed, and what must hold of any text: it is refused, or it can be built."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import torch
import yaml

import archspec
from archspec.diagnostics import Collector
from archspec.graph import Graph
from archspec.language import bundled_specs
from archspec.language.load import read_source
from tests.sentences.test_no_traceback import mutated

MOST_NODES = 400  # of a network that is built: larger ones take seconds
PIECES = [
    b"\xe2\x80\xae", b"---\n", b"|", b"$", b"$(", b")", b"{", b"}", b"[", b"]", b": ", b"- ", b"\n",
    b"  ", b"&a ", b"*a", b"<<: ", b"!!str ", b"#", b"'", b'"',
    b"\0", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\t", b"0", b"-1", b"1e9", b"2147483647", b"9223372036854775807",
    b"010", b".nan", b"yes", b"null", b"extends: resnet18\n", b"act", b"conv", b"name: ",
]  # fmt: skip
NUMBERS: list[Any] = [0, 1, 2, 3, 5, 7, 13, 64, 1000, 65537, 2**31 - 1, 2**31, 2**63, -1, 0.5, 1e-9, 1e300]


class Texts:
    """The bundled specs, as bytes and as trees."""

    def __init__(self) -> None:
        self.folders = [path.parent for path in bundled_specs().values()]
        self.texts = [path.read_bytes() for path in bundled_specs().values()]
        self.trees = [yaml.safe_load(text) for text in self.texts]

    def changed(self, random: Random) -> tuple[str | bytes, Path]:
        """A spec with some bytes, or some values, changed, and the folder that it is from."""
        which = random.randrange(len(self.texts))
        return self._changed(which, random), self.folders[which]

    def _changed(self, which: int, random: Random) -> str | bytes:
        way = random.random()
        if way < 0.3:
            # most of these are sound
            return yaml.safe_dump(renumbered(self.trees[which], random), sort_keys=False, allow_unicode=True)
        if way < 0.6:
            text = self.texts[which]
            for _ in range(random.randint(1, 3)):
                start = random.randrange(len(text) + 1)
                end = min(len(text), start + random.choice([0, 0, 1, 1, 2, 8]))
                text = text[:start] + random.choice([*PIECES, b"", text[:20]]) + text[end:]
            return text
        tree = self.trees[which]
        for _ in range(random.randint(1, 3)):
            tree = mutated(tree, random)
        if random.random() < 0.5 and isinstance(tree, dict):
            tree = renumbered(tree, random)
        return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def renumbered(tree: Any, random: Random) -> Any:
    """The tree with some of its numbers changed."""
    if isinstance(tree, dict):
        return {key: value if key == "archspec" else renumbered(value, random) for key, value in tree.items()}
    if isinstance(tree, list):
        return [renumbered(item, random) for item in tree]
    if type(tree) in (int, float) and random.random() < 0.1:
        return random.choice(NUMBERS)
    return tree


def survives(text: str | bytes, folder: Path | None = None) -> str:
    """How a text in a folder ends; an exception, or a false promise, is a failure."""
    spec = read_source(text, "fuzzed.yaml", Collector(), folder)
    found = archspec.validate(spec)
    assert all(d.message and d.span is not None for d in found)
    if any(d.severity == "error" and not d.code.startswith("A6") for d in found):
        try:
            archspec.compile(spec)
        except archspec.SpecError:
            return "refused"
        raise AssertionError("it has errors, and is compiled all the same")
    graph = archspec.compile(spec)
    assert str(archspec.summarize(graph))
    if any(not isinstance(n, int) for value in graph.inputs.values() for n in value.type.size):
        return "symbolic"
    if sum(1 for _ in graph.nodes()) > MOST_NODES:
        return "large"
    built(graph)
    return "built"


def built(graph: Graph) -> None:
    """Fail unless the network is built as promised, and gives what it should."""
    module = archspec.build(graph, device="meta").eval()
    assert [(key, tuple(t.shape)) for key, t in module.state_dict().items()] == [
        (k, w.shape) for k, w in graph.weights()
    ]
    types = [value.type for value in graph.inputs.values() if value.type is not None]
    with torch.no_grad():
        given = [torch.zeros(2, *kind.shape, device="meta", dtype=getattr(torch, kind.dtype)) for kind in types]
        output = module(*given)
    outputs = list(output.values()) if isinstance(output, dict) else [output]
    assert [tuple(t.shape)[1:] for t in outputs] == [v.type.shape for v in graph.outputs.values() if v.type is not None]
