"""A tree becomes a `Spec`: every section read, everything wrong reported at its place."""

from __future__ import annotations

import re
from collections.abc import Container
from keyword import iskeyword
from pathlib import Path
from typing import Any

from archspec.diagnostics import Collector, Related, Source, Span, guess
from archspec.language.changes import names_in
from archspec.language.definitions import blocks_in, is_too_long, parameters_in
from archspec.language.extend import is_output, named_outputs
from archspec.language.models import (
    IDENTIFIER,
    NODE,
    OF_BLOCKS,
    OF_NODES,
    PARAMETER,
    SECTIONS,
    File,
    Input,
    Lint,
)
from archspec.language.nodes import COMMON, Argument, Nodes, NodeSpec, arguments_in, nodes
from archspec.language.phrases import keys
from archspec.language.reading import check_plain, entries, section
from archspec.language.rules import read_rules
from archspec.language.spec import BlockSpec, Spec
from archspec.limits import INPUTS
from archspec.source import Mapping, Scalar, Sequence, Tree, plain

_NO_INPUT = ("self", "input")
_OF_NETWORK = frozenset({"input", "inputs", "extends", "layers", *SECTIONS})
"""The keys that tell a network, however much of it is missing, from a file of blocks."""


def read_spec(tree: Tree | None, source: Source, collector: Collector, blocks: dict[str, BlockSpec]) -> Spec:
    """Read a whole spec; `blocks` are those that it includes."""
    if not isinstance(tree, Mapping):
        if tree is not None:
            collector.error("A203", "a spec must be a mapping", tree.span, "start with `archspec: 1`")
        return Spec(_stem(source), tree or Scalar(None, source.start), source, collector)
    header = check_header(tree, collector)
    own = dict(blocks_in(tree.get("blocks"), collector))
    lacking = collector
    if is_library := "blocks" in tree.entries and _OF_NETWORK.isdisjoint(tree.entries):
        _refuse_others(tree, collector)
        lacking = Collector()
    return Spec(
        name=header.get("name") or _stem(source),
        tree=tree,
        source=source,
        collector=collector,
        params=parameters_in(tree.get("params"), collector, inside_block=False),
        inputs=_inputs(tree, lacking),
        norm=_argument(tree, "norm", collector),
        act=_argument(tree, "act", collector),
        defaults=_defaults(tree.get("defaults"), collector),
        default_names=_readable(tree.get("defaults")),
        init=entries(tree.get("init"), "`init`", collector),
        blocks={**blocks, **own},
        layers=_network(tree, lacking),
        outputs=_outputs(tree.get("outputs"), collector),
        budget=entries(tree.get("budget"), "`budget`", collector),
        lint=section(Lint, tree, "lint", collector),
        rules=read_rules(tree, collector),
        description=header.get("description") or "",
        reference=header.get("reference") or "",
        spans=tree.keys,
        strange=frozenset(_strange(tree)),
        lacks=tuple(lacking.diagnostics) if is_library else (),
    )


def read_blocks(
    tree: Tree | None, collector: Collector, bundled: bool = False, around: dict[str, BlockSpec] | None = None
) -> dict[str, BlockSpec]:
    """Read a file that holds only `archspec` and `blocks`; `around` are those that it includes."""
    if not isinstance(tree, Mapping):
        if tree is not None:
            collector.error("A203", "a file of blocks must be a mapping", tree.span, "start with `archspec: 1`")
        return {}
    check_header(tree, collector)
    _refuse_others(tree, collector)
    siblings = dict(around or {})
    siblings.update(blocks_in(tree.get("blocks"), collector, own=False, bundled=bundled, siblings=siblings))
    return siblings


def _strange(tree: Mapping) -> list[str]:
    """The keys that no file has: what is missing may stand there under a wrong name."""
    known = keys(File)
    return [key for key in tree.entries if key not in known]


def _may_be(key: str, value: Tree, meant: Container[str], nodes: bool) -> bool:
    """Whether one of some keys may be meant by one that no file has: it is near, or what stands there would fit, which
    is a list of `nodes` or else a shape."""
    if any(word in meant for word in guess(key, keys(File)).words):
        return True
    if isinstance(value, Mapping):
        return not nodes and any(
            isinstance(item, Sequence) or name in keys(Input) for name, item in value.entries.items()
        )
    first = value.items[0] if isinstance(value, Sequence) and value.items else None
    is_number = isinstance(first, Scalar) and isinstance(first.value, int)
    return first is not None and is_number is not nodes


def _refuse_others(tree: Mapping, collector: Collector) -> None:
    """Report keys that a file of blocks cannot have; those that no file has are reported already."""
    for key in tree.entries:
        if key not in OF_BLOCKS:
            help = "an included file holds only `archspec` and `blocks`"
            collector.error("A201", f"an included file cannot have `{key}`", tree.keys[key], help)


def hides_names(tree: Tree | None) -> bool:
    """Whether a section that defines names is no mapping, or a too long one, so that they cannot be known."""
    if not isinstance(tree, Mapping):
        return False
    blocks = tree.get("blocks")
    params = [tree.get("params")]
    if isinstance(blocks, Mapping):
        params += [block.get("params") for block in blocks.entries.values() if isinstance(block, Mapping)]
    sections = [*params, tree.get("inputs"), blocks]
    is_unread = any(s is not None and not isinstance(s, Mapping) and plain(s) is not None for s in sections)
    return is_unread or any(map(is_too_long, params))


def _stem(source: Source) -> str:
    stem = re.sub(r"\W+", "_", Path(source.name).stem).strip("_").lower()
    return stem if re.match(IDENTIFIER, stem) else "network"


def check_header(tree: Mapping, collector: Collector) -> dict[str, Any]:
    """Check the keys of a file and the values that stand for themselves, which it gives back."""
    found = check_plain(File, tree, tree.span.part(0, 1), "the file", collector)
    texts = {key: value.value for key, value in tree.entries.items() if isinstance(value, Scalar)}
    return {key: text for key, text in texts.items() if isinstance(text, str)} if found is None else dict(found)


def _argument(tree: Mapping, key: str, collector: Collector) -> Argument | None:
    value = tree.get(key)
    return None if value is None else Argument(tree.keys[key], value, collector)


def _defaults(tree: Tree | None, collector: Collector) -> dict[str, dict[str, Argument]]:
    found = {
        op: entries(argument.tree, f"`defaults` of `{op}`", collector)
        for op, argument in entries(tree, "`defaults`", collector).items()
    }
    for op, arguments in found.items():
        for key in [key for key in COMMON if key in arguments]:
            message, help = f"`defaults` of `{op}` cannot have `{key}`", "set it on each node"
            collector.error("A201", message, arguments.pop(key).key, help)
    return found


def _readable(tree: Tree | None) -> dict[str, Span]:
    """The names in `defaults` whose arguments can be read, with their places."""
    if not isinstance(tree, Mapping):
        return {}
    wanted = {name: value for name, value in tree.entries.items() if isinstance(value, Mapping) or plain(value) is None}
    return {name: tree.keys[name] for name in wanted}


def _inputs(tree: Mapping, collector: Collector) -> dict[str, Argument]:
    one, several = tree.get("input"), tree.get("inputs")
    if one is not None and several is not None:
        collector.error(
            "A206",
            "a spec has `input` or `inputs`, not both",
            tree.keys["inputs"],
            "move `input` into `inputs`, under a name",
            (Related(tree.keys["input"], "`input` is here"),),
        )
    if isinstance(several, Sequence):
        help = "give each a name: `inputs: {image: [3, 224, 224], mask: [1, 224, 224]}`"
        collector.error("A203", "`inputs` must be a mapping from names to shapes", several.span, help)
        return {}
    if several is not None:
        found = entries(several, "`inputs`", collector)
        for name, argument in found.items():
            if not re.fullmatch(PARAMETER, name) or name in _NO_INPUT or iskeyword(name):
                collector.error(
                    "A207",
                    f"`{name}` is not a valid name for an input",
                    argument.key,
                    "use letters, digits and _, with a letter first",
                )
        if len(found) > INPUTS:
            message = f"a network can have up to {INPUTS} inputs, found {len(found)}"
            collector.error("A206", message, tree.keys["inputs"], "combine some of them")
        if not plain(several):
            collector.error("A202", "`inputs` is empty", tree.keys["inputs"], "`inputs: {image: [3, 224, 224]}`")
        return found
    if one is None and any(_may_be(key, tree.entries[key], ("input", "inputs"), nodes=False) for key in _strange(tree)):
        return {}
    if one is None:
        message = "the file needs `input`, the shape of the network's input"
        collector.error("A202", message, tree.span.part(0, 1), "`input: [3, 224, 224]`")
        return {}
    return {"input": Argument(tree.keys["input"], one, collector)}


def _outputs(tree: Tree | None, collector: Collector) -> dict[str, Argument]:
    if isinstance(tree, Sequence):
        for item in tree.items:
            if not is_output(item):
                collector.error("A203", "an output in a list is the name of a node", item.span, "`outputs: [p3, p4]`")
        tree = named_outputs(Sequence(tuple(item for item in tree.items if is_output(item)), tree.span))
    found = entries(tree, "`outputs`", collector)
    for name, argument in found.items():
        if not re.fullmatch(NODE, name):
            collector.error("A311", f"`{name}` is not a valid name for an output", argument.key, OF_NODES)
    return found


def _network(tree: Mapping, collector: Collector) -> Nodes | None:
    """The nodes of the network in order: `layers`, or stem, stages and head."""
    given = [key for key in SECTIONS if key in tree.entries]
    layers = tree.get("layers")
    if layers is not None:
        if given:
            help = "`layers` is the whole network as one list; otherwise `stem`, `stages` and `head`"
            # over a base, the file that extends is the one to mend
            both = [tree.keys["layers"], tree.keys[given[0]]]
            at = next((span for span in both if span.source is tree.span.source), both[0])
            other = next(span for span in both if span != at)
            if tree.keys["layers"].source is not at.source and (names := list(names_in(layers))):
                help = f"the network of the base is one list; change its nodes by name: `layers: {{{names[-1]}: […]}}`"
            related = (Related(other, f"`{given[0] if at == both[0] else 'layers'}` is here"),)
            collector.error("A206", f"a spec has `layers` or `{given[0]}`, not both", at, help, related)
        return nodes(layers, collector)
    strange = [key for key in _strange(tree) if _may_be(key, tree.entries[key], ("layers", *SECTIONS), nodes=True)]
    if not given and not strange:
        message = "the file has no network: no `stem`, `stages`, `head` or `layers`"
        collector.error("A202", message, tree.span.part(0, 1), "add one of them")
    if not given:
        return None
    items: list[NodeSpec] = []
    # nodes may stand under a key that no file has
    broken = sum(isinstance(tree.entries[key], Sequence) for key in strange)
    for key in given:
        section = tree.entries[key]
        found = _stages(section, collector) if key == "stages" else nodes(section, collector)
        items += found.items
        broken += found.broken
    return Nodes(tuple(items), tree.span, broken)


def _stages(tree: Tree, collector: Collector) -> Nodes:
    if not isinstance(tree, Sequence):
        help = "write `- {block: …, depth: …}` lines; a mapping is allowed only with `extends`"
        collector.error("A203", "`stages` must be a list of stages", tree.span, help)
        return Nodes((), tree.span, 1)
    found: list[NodeSpec] = []
    for item in tree.items:
        if not isinstance(item, Mapping):
            collector.error(
                "A203", "a stage must be a mapping", item.span, "`- {block: basic, depth: 2, channels: 64}`"
            )
            continue
        found.append(NodeSpec("stage", item.span, item.span, arguments_in(item, collector)))
    return Nodes(tuple(found), tree.span, len(tree.items) - len(found))
