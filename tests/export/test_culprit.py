from __future__ import annotations

import torch

import archspec
from archspec.export.culprit import culprit


def test_of_functions_all_that_may_be_meant_are_named() -> None:
    graph = archspec.compile(
        "{archspec: 1, name: n, input: [4], layers: [linear: {name: a, features: 4}, add: [., a]]}"
    )
    error = RuntimeError()
    for path, wanted in (("a", ["a"]), ("a.inner.part", ["a"]), ("", ["add"])):
        node = torch.fx.Graph().placeholder("x")
        node.meta["nn_module_stack"] = {"x": (path, None)}
        try:
            raise error
        except RuntimeError:
            found = culprit(graph, error)
        assert [name for name, _ in graph.nodes() if f"`{name}` (" in found] == wanted
    assert culprit(graph, ValueError()) == ""
