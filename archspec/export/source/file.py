"""A graph as the text of a Python file."""

from __future__ import annotations

from archspec.export.source.body import Body
from archspec.export.source.classes import Classes
from archspec.export.source.code import docstring, literal
from archspec.export.source.constructor import Writer
from archspec.export.source.imports import Imports
from archspec.graph.graph import Graph


def source(graph: Graph) -> tuple[str, str]:
    """The name of a network's class, and the source of a module that holds it and one for each distinct block.

    The module imports torch, and of archspec nothing. Its lines are laid out as `ruff format` would, 120 characters
    wide.
    """
    imports = Imports(graph)
    classes = Classes(graph, imports.taken)
    imports.taken |= classes.taken
    totals = tuple(value for value in graph.params.values() if isinstance(value, float))
    defined = {definition.name: definition for definition in classes.definitions}
    writer = Writer(defined, imports.name, imports.rearrangement, imports.taken, totals)
    written = ["\n".join(Body(graph, definition, writer).lines()) for definition in classes.definitions]
    held = [imports.held[name] for name in sorted(imports.held)]
    body = "\n\n\n".join([*held, *written]) + "\n"
    head = "\n".join(docstring(_about(graph, classes.root, imports.plugins)))
    return classes.root, f"{head}\n\n{imports.lines(body)}\n\n\n{body}"


def _about(graph: Graph, name: str, plugins: list[str]) -> str:
    """What the file is, where the network comes from, letter for letter, and how to load its weights."""
    facts = [f"Reference: {graph.reference}"] if graph.reference else []
    facts.append(f"Fingerprint: {graph.fingerprint}")
    facts += [f"It imports {', '.join(plugins)}, the modules of a plugin."] if plugins else []
    path = literal(f"{graph.name}.safetensors")
    # a file has a weight that is tied under one key
    function, load = ("load_model", f"load_model(model, {path})") if graph.ties() else ("load_file", "")
    lines = [
        f"The network `{graph.name}` in plain PyTorch, written by archspec.",
        "",
        *facts,
        "",
        f"It starts with torch's own initialization. `{graph.name}.safetensors` has the weights under the same keys:",
        "",
        f"    from safetensors.torch import {function}",
        "",
        f"    model = {name}()",
        f"    {load or f'model.load_state_dict(load_file({path}))'}",
    ]
    return "\n".join(lines)
