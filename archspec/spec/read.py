"""A tree becomes a `Spec`: every section read, everything wrong reported at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from keyword import iskeyword
from pathlib import Path
from typing import Any

from archspec.diagnostics import Collector, Related, Source, Span
from archspec.graph import MOST_INPUTS
from archspec.ops import OPS
from archspec.source import Mapping, Scalar, Sequence, Tree, plain
from archspec.spec.expressions import TAKEN
from archspec.spec.models import (
    COMBINATORS,
    IDENTIFIER,
    OF_BLOCKS,
    PARAMETER,
    SECTIONS,
    TYPES,
    Block,
    File,
    Lint,
    Parameter,
    Stage,
)
from archspec.spec.nodes import COMMON, Argument, Nodes, NodeSpec, arguments_in, nodes
from archspec.spec.reading import check_plain, section
from archspec.spec.renames import read_renames
from archspec.spec.spec import BlockSpec, ParameterSpec, Spec
from archspec.spec.templates import Template, template
from archspec.spec.words import keys

RESERVED = {*COMMON, *keys(Stage)} - {"stride"}
"""The keys of nodes and stages, which no parameter of a block may bear; a stage passes its `stride` on."""
_NO_INPUT = ("self", "input")
_MOST_PARAMETERS = 5000
"""Parameters of a spec or a block: what each expression sees is put together anew."""


def read_spec(tree: Tree | None, source: Source, collector: Collector, blocks: dict[str, BlockSpec]) -> Spec:
    """Read a whole spec; `blocks` are those that it includes."""
    if not isinstance(tree, Mapping):
        if tree is not None:
            collector.error("A203", "a spec is a mapping", tree.span, "start with `archspec: 1`")
        return Spec(_stem(source), tree or Scalar(None, source.start), source, collector)
    header = check_header(tree, collector)
    own = dict(_blocks(tree.get("blocks"), collector))
    return Spec(
        name=header.get("name") or _stem(source),
        tree=tree,
        source=source,
        collector=collector,
        params=_parameters(tree.get("params"), collector, inside_block=False),
        inputs=_inputs(tree, collector),
        norm=_argument(tree, "norm", collector),
        act=_argument(tree, "act", collector),
        defaults=_defaults(tree.get("defaults"), collector),
        init=_arguments(tree.get("init"), "`init`", collector),
        blocks={**blocks, **own},
        layers=_network(tree, collector),
        outputs=_arguments(tree.get("outputs"), "`outputs`", collector),
        budget=_arguments(tree.get("budget"), "`budget`", collector),
        lint=section(Lint, tree, "lint", collector),
        renames=read_renames(tree, collector),
        description=header.get("description") or "",
        reference=header.get("reference") or "",
        spans=tree.keys,
    )


def read_blocks(
    tree: Tree | None, collector: Collector, bundled: bool = False, around: dict[str, BlockSpec] | None = None
) -> dict[str, BlockSpec]:
    """Read a file that holds only `archspec` and `blocks`; `around` are those that it includes."""
    if not isinstance(tree, Mapping):
        if tree is not None:
            collector.error("A203", "a file of blocks is a mapping", tree.span, "start with `archspec: 1`")
        return {}
    check_header(tree, collector)
    for key in tree.entries:
        if key not in OF_BLOCKS:
            help = "an included file holds only `archspec` and `blocks`"
            collector.error("A201", f"an included file cannot have `{key}`", tree.keys[key], help)
    siblings = dict(around or {})
    siblings.update(_blocks(tree.get("blocks"), collector, own=False, bundled=bundled, siblings=siblings))
    return siblings


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
    return is_unread or any(map(_is_too_long, params))


def _is_too_long(params: Tree | None) -> bool:
    return isinstance(params, Mapping) and len(params.entries) > _MOST_PARAMETERS


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


def _arguments(tree: Tree | None, what: str, collector: Collector) -> dict[str, Argument]:
    if tree is None or (isinstance(tree, Scalar) and tree.value is None):
        return {}
    if not isinstance(tree, Mapping):
        collector.error("A203", f"{what} must be a mapping", tree.span, "write `key: value` lines below it")
    return arguments_in(tree, collector)


def _defaults(tree: Tree | None, collector: Collector) -> dict[str, dict[str, Argument]]:
    found = {
        op: _arguments(argument.tree, f"`defaults` of `{op}`", collector)
        for op, argument in _arguments(tree, "`defaults`", collector).items()
    }
    for op, arguments in found.items():
        for key in [key for key in COMMON if key in arguments]:
            message, help = f"`defaults` of `{op}` cannot have `{key}`", "each node says it for itself"
            collector.error("A201", message, arguments.pop(key).key, help)
    return found


def _inputs(tree: Mapping, collector: Collector) -> dict[str, Argument]:
    one, several = tree.get("input"), tree.get("inputs")
    if one is not None and several is not None:
        collector.error(
            "A206",
            "a spec has `input` or `inputs`, not both",
            tree.keys["inputs"],
            "move `input` among the `inputs`, with a name of its own",
            (Related(tree.keys["input"], "`input` is here"),),
        )
    if several is not None:
        found = _arguments(several, "`inputs`", collector)
        for name, argument in found.items():
            if not re.fullmatch(PARAMETER, name) or name in _NO_INPUT or iskeyword(name):
                collector.error(
                    "A207", f"`{name}` is not a name for an input", argument.key, "use letters, digits and _"
                )
        if len(found) > MOST_INPUTS:
            message = f"a network has up to {MOST_INPUTS} inputs, got {len(found)}"
            collector.error("A206", message, tree.keys["inputs"], "join some of them into one")
        if not plain(several):
            collector.error("A202", "`inputs` names no input", tree.keys["inputs"], "`inputs: {image: [3, 224, 224]}`")
        return found
    if one is None:
        message = "the file needs `input`, the shape of what the network receives"
        collector.error("A202", message, tree.span.part(0, 1), "`input: [3, 224, 224]`")
        return {}
    return {"input": Argument(tree.keys["input"], one, collector)}


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
            related = (Related(other, f"`{given[0] if at == both[0] else 'layers'}` is here"),)
            collector.error("A206", f"a spec has `layers` or `{given[0]}`, not both", at, help, related)
        return nodes(layers, collector)
    if not given:
        message = "the file has no network: no `stem`, `stages`, `head` or `layers`"
        collector.error("A202", message, tree.span.part(0, 1), "give one of them")
        return None
    items: list[NodeSpec] = []
    broken = 0
    for key in given:
        section = tree.entries[key]
        found = _stages(section, collector) if key == "stages" else nodes(section, collector)
        items += found.items
        broken += found.broken
    return Nodes(tuple(items), tree.span, broken)


def _stages(tree: Tree, collector: Collector) -> Nodes:
    if not isinstance(tree, Sequence):
        help = "write `- {block: …, depth: …}` lines; only over a base may it be a mapping"
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


def _blocks(
    tree: Tree | None,
    collector: Collector,
    own: bool = True,
    bundled: bool = False,
    siblings: dict[str, BlockSpec] | None = None,
) -> Iterator[tuple[str, BlockSpec]]:
    for name, argument in _arguments(tree, "`blocks`", collector).items():
        if not re.fullmatch(PARAMETER, name):
            usual = re.sub(r"\W", "_", name)
            help = f"use letters, digits and _, as in `{usual}`"
            collector.error("A207", f"`{name}` is not a name for a block", argument.key, help)
            if re.fullmatch(PARAMETER, usual):
                # calls of the block as it should be called are no further mistakes
                yield usual, _block(usual, argument, collector, own, bundled, {} if siblings is None else siblings)
        elif name in COMBINATORS or name in OPS:
            kind = "a combinator" if name in COMBINATORS else "an op"
            help = "choose another name: what it means must be plain wherever it stands"
            collector.error(
                "A208", f"a block cannot be called `{name}`, which is the name of {kind}", argument.key, help
            )
            continue
        yield name, _block(name, argument, collector, own, bundled, {} if siblings is None else siblings)


def _block(
    name: str, argument: Argument, collector: Collector, own: bool, bundled: bool, siblings: dict[str, BlockSpec]
) -> BlockSpec:
    body = argument.tree
    if not isinstance(body, Mapping):
        help = f"`{name}: {{params: {{…}}, layers: […]}}`"
        collector.error("A203", f"the block `{name}` must be a mapping", body.span, help)
        return BlockSpec(name, argument.key, {}, Nodes((), body.span, 1), broken=True)
    model = check_plain(Block, body, argument.key, f"the block `{name}`", collector)
    layers = body.get("layers")
    return BlockSpec(
        name,
        argument.key,
        _parameters(body.get("params"), collector, inside_block=True),
        nodes(layers, collector) if layers is not None else Nodes((), body.span, 1),
        bool(model and model.numbered),
        (model and model.description) or "",
        own,
        bundled,
        siblings,
        broken=model is None or _is_too_long(body.get("params")),
    )


def _parameters(tree: Tree | None, collector: Collector, inside_block: bool) -> dict[str, ParameterSpec]:
    found: dict[str, ParameterSpec] = {}
    if isinstance(tree, Mapping) and _is_too_long(tree):
        message = f"there are {len(tree.entries):,} parameters; at most {_MOST_PARAMETERS:,} are allowed"
        collector.error("A108", message, tree.keys[next(iter(tree.entries))], "a parameter may be a list of values")
        return found
    for name, argument in _arguments(tree, "`params`", collector).items():
        if not re.fullmatch(PARAMETER, name):
            collector.error(
                "A207", f"`{name}` is not a name for a parameter", argument.key, "use letters, digits and _"
            )
        if name in TAKEN or (inside_block and name in RESERVED):
            help = "choose another name: expressions, nodes and stages use this one"
            collector.error("A208", f"a parameter cannot be called `{name}`", argument.key, help)
            continue
        found[name] = _parameter(name, argument, collector, inside_block)
    return found


def _parameter(name: str, argument: Argument, collector: Collector, inside_block: bool) -> ParameterSpec:
    tree = argument.tree
    if isinstance(tree, Scalar) and tree.value in TYPES:
        _typed(str(tree.value), tree.span, collector, inside_block)
        return ParameterSpec(name, argument.key, tree.value)  # type: ignore[arg-type]
    if not isinstance(tree, Mapping):
        return ParameterSpec(name, argument.key, None, argument.template)
    model = check_plain(Parameter, tree, argument.key, f"the parameter `{name}`", collector)
    if model is None:
        # its value is unknown wherever it is used
        return ParameterSpec(name, argument.key, None, Template(tree, lambda _: None, broken=True))
    if model.type:
        _typed(model.type, tree.entries["type"].span, collector, inside_block)
    default = tree.get("default")
    is_nodes = model.type == "layers" and default is not None
    return ParameterSpec(
        name,
        argument.key,
        model.type,
        template(default, collector) if default is not None and not is_nodes else None,
        model.min,
        model.max,
        model.choices,
        model.description or "",
        nodes(default, collector) if is_nodes else None,
    )


def _typed(kind: str, span: Span, collector: Collector, inside_block: bool) -> None:
    if kind in ("layers", "ref") and not inside_block:
        help = "only a block has parameters of this type"
        collector.error("A203", f"a parameter of a spec cannot have the type `{kind}`", span, help)
