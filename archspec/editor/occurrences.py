"""The names in a file, and what each of them is there: what places, renames, pages and colours are found by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from archspec.diagnostics import Source, Span
from archspec.editor.analysis import Analysis
from archspec.editor.expressions import words
from archspec.editor.kept import kept
from archspec.language import Argument, BlockSpec, Nodes, NodeSpec, ParameterSpec, Spec, find_block
from archspec.language.combinators import COMBINATORS
from archspec.language.nodes import COMMON
from archspec.language.phrases import keys
from archspec.ops import JOINS, find_op
from archspec.source import Mapping, Scalar, Sequence, Tree

Kind: TypeAlias = Literal[
    "section",  # a key of the file
    "op",  # an op or a combinator, as the key of a node
    "block",  # a block: its definition, a call of it, the `block` of a stage
    "argument",  # a key of a node
    "parameter",  # of a block or the spec: its definition, `$name`, the key of a call
    "node",  # the name that a node is given
    "reference",  # a name by which a node is asked for
    "output",  # the name of an output
    "input",  # the name of an input
    "file",  # what `extends` or `include` names
    "code",  # of a rule, in `lint`
]


class Occurrence(NamedTuple):
    """A name at its place.

    `owner` is the block in which it stands, None for the spec itself; of a parameter, the block whose it is. `node` is
    the node around, `of` the op or block that a key belongs to.
    """

    kind: Kind
    name: str
    span: Span
    defines: bool = False
    owner: BlockSpec | None = None
    node: NodeSpec | None = None
    of: str = ""


Lines: TypeAlias = tuple[int, int]
"""From the first to the last of some lines of a text, which count from 1."""


class _Part(NamedTuple):
    """A spec, and the lines of its file that are asked about, if not all."""

    spec: Spec
    lines: Lines | None

    def meets(self, span: Span) -> bool:
        """Whether something may be there that is asked about; what stands in another file may have parts in this."""
        return self.lines is None or span.source is not self.spec.source or meets(span, self.lines)


def meets(span: Span, lines: Lines) -> bool:
    """Whether a place has a part in some lines."""
    return span.line <= lines[1] and span.end_line >= lines[0]


@kept
def occurrences(analysis: Analysis) -> list[Occurrence]:
    """All names that stand in the file itself, in the order of the text."""
    return occurrences_near(analysis, None)


def occurrences_near(analysis: Analysis, lines: Lines | None) -> list[Occurrence]:
    """The names in all that has a part in some lines; of what lies around them, those in other lines too."""
    source, part = analysis.spec.source, _Part(analysis.spec, lines)
    found = dict.fromkeys(one for one in _all(part, analysis.tree) if one.span.source is source)
    return sorted(found, key=lambda one: one.span[1:])


def _all(part: _Part, tree: Tree | None) -> Iterator[Occurrence]:
    spec = part.spec
    if isinstance(tree, Mapping):
        yield from _of_file(tree)
    for parameter in spec.params.values():
        yield from _parameter(parameter, None, part)
    for name, block in spec.blocks.items():
        yield Occurrence("block", name, block.span, True, block)
        for parameter in block.parameters.values():
            yield from _parameter(parameter, block, part)
        if part.meets(block.layers.span):
            yield from _nodes(block.layers, block, part)
    for name, argument in spec.inputs.items():
        if name != "input":
            yield Occurrence("input", name, argument.key, True)
        yield from _variables(argument.tree, None, None)
    if spec.layers is not None:
        yield from _nodes(spec.layers, None, part)
    for name, argument in spec.outputs.items():
        if argument.key != argument.at:
            yield Occurrence("output", name, argument.key, True)
        yield from _references(argument.tree, None, None)
    for op, arguments in spec.defaults.items():
        at, default = spec.default_names.get(op), None if op in COMBINATORS else find_block(spec, op)
        if at is not None:
            yield Occurrence("block" if default is not None else "op", op, at)
        for key, argument in arguments.items():
            declared = default.parameters.get(key) if default is not None else None
            if declared is not None:
                yield Occurrence("parameter", key, argument.key, owner=default, of=op)
            else:
                yield Occurrence("argument", key, argument.key, of=op)
            yield from _default(argument, declared, part)
    for op, argument in spec.init.items():
        yield Occurrence("op", op, argument.key)
    for one in (spec.norm, spec.act, *spec.budget.values()):
        if one is not None:
            yield from _variables(one.tree, None, None)


def _default(argument: Argument, parameter: ParameterSpec | None, part: _Part) -> Iterator[Occurrence]:
    """The names in what `defaults` give to an op or block."""
    if parameter is not None and parameter.type == "layers" and isinstance(argument.tree, Sequence):
        yield from _nodes(argument.nodes, None, part)
    elif parameter is not None and parameter.type in ("ref", "refs"):
        yield from _references(argument.tree, None, None)
    else:
        yield from _variables(argument.tree, None, None)


def _of_file(tree: Mapping) -> Iterator[Occurrence]:
    """What no record of the language has: the sections of the file, the files that it names, codes."""
    for key, at in tree.keys.items():
        yield Occurrence("section", key, at)
    for text, at in _texts(tree.get("extends"), *_items(tree.get("include"))):
        yield Occurrence("file", text, at)
    lint = tree.get("lint")
    for text, at in _texts(*_items(lint.get("ignore") if isinstance(lint, Mapping) else None)):
        yield Occurrence("code", text, at)
    stages = tree.get("stages")
    if isinstance(stages, Mapping):
        yield from (Occurrence("reference", name, at) for name, at in stages.keys.items())


def _items(tree: Tree | None) -> tuple[Tree, ...]:
    return tree.items if isinstance(tree, Sequence) else ()


def _texts(*trees: Tree | None) -> Iterator[tuple[str, Span]]:
    """Those that are texts, with their places."""
    for tree in trees:
        if isinstance(tree, Scalar) and isinstance(tree.value, str):
            yield tree.value, tree.span


def _parameter(parameter: ParameterSpec, owner: BlockSpec | None, part: _Part) -> Iterator[Occurrence]:
    yield Occurrence("parameter", parameter.name, parameter.span, True, owner)
    if parameter.default is not None:
        yield from _variables(parameter.default.tree, owner, None)
    if parameter.nodes is not None:
        yield from _nodes(parameter.nodes, owner, part)


def _nodes(nodes: Nodes, owner: BlockSpec | None, part: _Part) -> Iterator[Occurrence]:
    for node in nodes.items:
        if part.meets(node.whole):
            yield from _node(node, owner, part)


def _node(node: NodeSpec, owner: BlockSpec | None, part: _Part) -> Iterator[Occurrence]:
    spec = part.spec
    block = None if node.op in COMBINATORS and node.op not in spec.blocks else find_block(spec, node.op, owner)
    if not _is_stage(node):
        yield Occurrence("block" if block is not None else "op", node.op, node.span, owner=owner, node=node)
    called = _called(node, spec, owner) if node.op == "stage" else block
    model = COMBINATORS.get(node.op) if block is None else None
    cls = find_op(node.op, own=owner is None or owner.own) if block is None and model is None else None
    arguments = dict(node.arguments)
    # a stage has keys of its own, whatever its block has
    own = keys(COMBINATORS["stage"]) if node.op == "stage" else ()
    for key, argument in arguments.items():
        is_parameter = called is not None and key in called.parameters and key not in own
        kind: Kind = "parameter" if is_parameter else "argument"
        of = called.name if is_parameter and called is not None else node.op
        yield Occurrence(kind, key, argument.key, owner=called if is_parameter else owner, node=node, of=of)
    if node.principal is not None:
        holder = block or model or cls
        first = None if holder is None else holder.principal
        if first is not None:
            arguments[first] = node.principal
    for key, argument in arguments.items():
        yield from _value(key, argument, node, called, owner, part)


def _is_stage(node: NodeSpec) -> bool:
    """Whether it is an item of `stages`, which has no key `stage`."""
    return node.op == "stage" and node.span == node.whole


def _called(node: NodeSpec, spec: Spec, owner: BlockSpec | None) -> BlockSpec | None:
    name = node.arguments["block"].text if "block" in node.arguments else None
    return None if name is None else find_block(spec, name, owner)


def _value(
    key: str, argument: Argument, node: NodeSpec, called: BlockSpec | None, owner: BlockSpec | None, part: _Part
) -> Iterator[Occurrence]:
    """The names in the value of an argument."""
    parameter = called.parameters.get(key) if called is not None else None
    model = COMBINATORS.get(node.op)
    kind = model.kinds().get(key, "value") if model is not None else "value"
    if parameter is not None and parameter.type == "layers" and isinstance(argument.tree, Sequence):
        yield from _nodes(argument.nodes, owner, part)
    elif kind in ("nodes", "shortcut", "branches") and parameter is None:
        if kind == "shortcut" and isinstance(argument.tree, Mapping):
            for inner, value in argument.inner.items():
                yield Occurrence("argument", inner, value.key, owner=owner, node=node, of="shortcut")
                yield from _variables(value.tree, owner, node) if inner != "layers" else ()
        for branch in argument.branches.items if kind == "branches" else ():
            yield from _variables(branch.when.tree, owner, node) if branch.when is not None else ()
        for nodes in argument.children(kind):
            yield from _nodes(nodes, owner, part)
    elif kind == "overrides" and called is not None:
        for inner, value in argument.inner.items():
            yield Occurrence("parameter", inner, value.key, owner=called, node=node, of=called.name)
            yield from _variables(value.tree, owner, node)
    elif key == "name" and argument.text is not None:
        yield Occurrence("node", argument.text, argument.at, True, owner, node)
        yield from _variables(argument.tree, owner, node)
    elif key == "block" and node.op == "stage" and argument.text is not None:
        block = _called(node, part.spec, owner)
        yield Occurrence("block", argument.text, argument.at, owner=block or owner, node=node)
        yield from _variables(argument.tree, owner, node)
    elif node.op == "slot" and key == "parameter" and argument.text is not None:
        yield Occurrence("parameter", argument.text, argument.at, owner=owner, node=node)
    elif node.op == "split" and key == "parts":
        for name, at in _parts(argument.tree):
            yield Occurrence("node", name, at, True, owner, node)
        yield from _variables(argument.tree, owner, node)
    elif is_reference(key, node, parameter, part.spec, owner):
        yield from _references(argument.tree, owner, node)
    else:
        yield from _variables(argument.tree, owner, node)


def _parts(tree: Tree) -> Iterator[tuple[str, Span]]:
    """The names of the parts of a `split`."""
    if isinstance(tree, Mapping):
        yield from tree.keys.items()
    yield from _texts(*_items(tree))


def is_reference(
    key: str, node: NodeSpec, parameter: ParameterSpec | None, spec: Spec, owner: BlockSpec | None
) -> bool:
    """Whether the value of an argument names nodes."""
    if parameter is not None:
        return parameter.type in ("ref", "refs")
    if key in ("from", "tie"):
        return True
    if node.op == "reuse":
        return key not in COMMON
    if node.op in COMBINATORS:
        return node.op in JOINS and key == "from"
    cls = find_op(node.op, own=owner is None or owner.own)
    return cls is not None and key in cls.references


def _references(tree: Tree, owner: BlockSpec | None, node: NodeSpec | None) -> Iterator[Occurrence]:
    if isinstance(tree, Scalar):
        if isinstance(tree.value, str) and "$" not in tree.value and tree.value not in (".", ""):
            yield Occurrence("reference", tree.value, tree.span, owner=owner, node=node)
        else:
            yield from _variables(tree, owner, node)
    for inner in tree.entries.values() if isinstance(tree, Mapping) else _items(tree):
        yield from _references(inner, owner, node)


def _variables(tree: Tree, owner: BlockSpec | None, node: NodeSpec | None) -> Iterator[Occurrence]:
    """The names in the expressions of a value."""
    if isinstance(tree, Scalar):
        if isinstance(tree.value, str) and "$" in tree.value:
            for name, at in variables(tree.span):
                yield Occurrence("parameter", name, at, owner=owner, node=node)
        return
    for inner in tree.entries.values() if isinstance(tree, Mapping) else _items(tree):
        yield from _variables(inner, owner, node)


def variables(span: Span) -> Iterator[tuple[str, Span]]:
    """The names in the expressions that stand at a place of one or more lines, each with its own."""
    source: Source = span.source
    for number in range(span.line, span.end_line + 1):
        line = source.lines[number - 1] if number <= len(source.lines) else ""
        first = span.column - 1 if number == span.line else 0
        last = span.end_column - 1 if number == span.end_line else len(line)
        for word in words(line[first:last]):
            if word.kind == "variable":
                yield word.text, Span(source, number, first + word.start + 1, number, first + word.end + 1)
