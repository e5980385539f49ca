"""The words of the language, explained: ops, combinators, blocks, keys, and what stands in their values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from archspec.diagnostics import Collector, guess, listed
from archspec.diagnostics.synonyms import WAYS
from archspec.language import combinators, models
from archspec.language.bundled_files import bundled_blocks
from archspec.language.expressions.expression import BLOCK_SCOPE, SCOPE
from archspec.language.expressions.functions import FUNCTIONS
from archspec.language.library import bundled_block
from archspec.language.phrases import choices, keys, property_of, words_of
from archspec.language.spec import BlockSpec, ParameterSpec
from archspec.ops import OPS, Op
from archspec.ops.base import Typed
from archspec.ops.written import literal
from archspec.records import record
from archspec.source import Mapping, Scalar, Tree, plain, read_file

EXAMPLES = Path(__file__).parent / "examples.yaml"

_SECTIONS: dict[str, type[BaseModel]] = {
    "params": models.Parameter,
    "input": models.Input,
    "budget": models.Budget,
    "lint": models.Lint,
    "weights": models.Weights,
    "blocks": models.Block,
    "stages": combinators.Stage,
    "shortcut": combinators.Shortcut,
}
"""The keys whose values are mappings of keys of their own."""
_COMMON = {
    "name": "Name of the network or of a node's module: part of the keys in `state_dict`.",
    "from": "Reference to the value that a node receives instead of the previous node's; `.` is the current value.",
    "when": "Condition for including the node: it is left out if the expression is false.",
}


@record
class Argument:
    """An argument of a node, or a key: what it `takes`, its `default` as a file would have it, and what it is for."""

    name: str
    takes: str
    default: str | None
    text: str
    required: bool = False

    def __str__(self) -> str:
        """`stride=1` for what has a default, `channels: int` for what has a type, or only its name."""
        if self.default is not None:
            return f"{self.name}={self.default}"
        return f"{self.name}: {self.takes}" if self.takes.isidentifier() else self.name


@record
class Word:
    """A word of the language: an `op`, a `combinator`, a `block`, a `key`, or a value of one of these. The principal
    argument stands first."""

    name: str
    kind: str
    text: str
    arguments: tuple[Argument, ...] = ()

    @property
    def example(self) -> str:
        """A spec that uses it; empty where there is none, as for the ops of plugins."""
        return _examples().get(self.name, "")

    @property
    def page(self) -> str:
        """All of it, as Markdown."""
        parts = [f"# {self.name}", f"{self.text}\n\nKind: {self.kind}."]
        if self.arguments:
            parts.append("## Arguments" if self.kind != "key" else "## Keys")
            parts.append("\n".join(map(_line, self.arguments)))
        if self.example:
            parts.append(f"## Example\n\n```yaml\n{self.example}```")
        return "\n\n".join(parts) + "\n"


def word(name: str) -> Word:
    """The explanation of a word. Raises `LookupError` where the language has no such word."""
    for kind in _KINDS.values():
        if name in kind.names():
            return kind.word(name)
    raise LookupError(f"there is no op, block, key or code `{name}`; {_hint(name)}")


def _hint(name: str) -> str:
    """What a word is that has no explanation of its own: an argument, or one from elsewhere, or a mistyped one."""
    owners = [op for op in OPS if name in OPS[op].model_fields]
    if owners:
        return f"it is an argument of {listed(owners)}: `archspec explain {owners[0]}`"
    guesses = [guess(name, names(), place) for place in WAYS]
    ways = (found.way for found in guesses if found.way)
    return next(ways, str(guesses[0])) or "`archspec list` shows ops and blocks"


def names() -> list[str]:
    """All words that there is something to tell about."""
    return list(dict.fromkeys(name for kind in _KINDS.values() for name in kind.names()))


def op_word(name: str) -> Word:
    """An op, bundled or of a plugin."""
    cls: type[Op] = OPS[name]
    fields = sorted(cls.model_fields, key=lambda key: key != cls.principal)
    more = (Argument("…", "an integer", None, "Sizes of axes by their names."),)
    arguments = tuple(_argument(cls, key) for key in fields)
    text = " ".join(cleandoc(cls.__doc__ or "").split())
    return Word(name, "op", text, arguments + (more if cls.model_config.get("extra") == "allow" else ()))


def block_word(block: BlockSpec) -> Word:
    """A block, bundled or one's own."""
    arguments = tuple(map(_parameter, block.parameters.values()))
    return Word(block.name, "block", block.description or f"The block `{block.name}`.", arguments)


def _combinator(name: str) -> Word:
    model = combinators.COMBINATORS[name]
    fields = sorted(model.model_fields.items(), key=lambda item: (item[1].alias or item[0]) != model.principal)
    arguments = tuple(_argument(model, field.alias or key) for key, field in fields)
    return Word(name, "combinator", cleandoc(model.__doc__ or ""), arguments)


def key_word(name: str) -> Word:
    """A key of a file, of every node, or of a combinator."""
    inside = _SECTIONS.get(name)
    arguments = tuple(_argument(inside, key) for key in keys(inside)) if inside else ()
    return Word(name, "key", _keys()[name], arguments)


@cache
def _keys() -> dict[str, str]:
    """What is said of the keys of a file, of every node, and of the combinators that have most."""
    owners = (combinators.Parallel, combinators.Residual, models.File)
    found = {key: _field(model, key).description or "" for model in owners for key in keys(model)}
    return {**found, **_COMMON}


def choice_word(name: str) -> Word:
    """A type of `norm` or `act`."""
    kind = next(kind for kind in _TYPED if name in _types(kind))
    cls = OPS[kind]
    assert issubclass(cls, Typed)
    arguments = tuple(_argument(cls, key) for key in cls.takes(name))
    told = f", or `{kind}: {{type: {name}, …}}` with arguments" if arguments else ""
    return Word(name, f"type of `{kind}`", f"`{kind}: {name}`{told}.", arguments)


def function_word(name: str) -> Word:
    """A function of expressions."""
    _, least, most = FUNCTIONS[name]
    count = f"{least}" if least == most else f"{least} or more" if most > _MANY else f"{least} to {most}"
    values = "value" if count == "1" else "values"
    return Word(name, "function", f"A function of expressions, of {count} {values}: `$({name}(…))`.")


def variable_word(name: str) -> Word:
    """A name that expressions see everywhere, or inside of blocks."""
    where = "inside of blocks" if name in BLOCK_SCOPE else "everywhere"
    return Word(name, "variable", f"A name that expressions see {where}: `${name}`. {_VARIABLES[name]}")


_MANY = 9
_TYPED = ("norm", "act")
_VARIABLES = {
    "in_channels": "The channels of the value that the node receives.",
    "in_size": "The sizes of the value that the node receives.",
    "index": "The position of the block in its stage, or the turn of a `repeat`, from 0; otherwise 0.",
    "depth": "The number of blocks in the stage; otherwise 1.",
    "stage_index": "The position of the stage, from 0.",
    "block_index": "The position of the block among those of all stages, from 0.",
    "block_count": "The number of the blocks of all stages.",
    "input_channels": "The channels of the value that the block received.",
    "input_size": "The sizes of the value that the block received.",
}


def _types(kind: str) -> list[str]:
    return choices(property_of(OPS[kind], "type"))


@record
class _Kind:
    names: Callable[[], list[str]]
    word: Callable[[str], Word]


# what a word means first stands first
_KINDS = {
    "op": _Kind(lambda: list(OPS), op_word),
    "combinator": _Kind(lambda: list(combinators.COMBINATORS), _combinator),
    "block": _Kind(lambda: list(bundled_blocks()), lambda name: block_word(bundled_block(name))),
    "key": _Kind(lambda: list(_keys()), key_word),
    "choice": _Kind(lambda: [name for kind in _TYPED for name in _types(kind)], choice_word),
    "variable": _Kind(lambda: [*SCOPE, *BLOCK_SCOPE], variable_word),
    "function": _Kind(lambda: list(FUNCTIONS), function_word),
}


def _field(model: type[BaseModel], key: str) -> Any:
    return next(field for name, field in model.model_fields.items() if key in (name, field.alias))


def _argument(model: type[BaseModel], key: str) -> Argument:
    field = _field(model, key)
    default = None if field.is_required() or field.default is None else literal(field.default)
    is_nodes = issubclass(model, combinators.Combinator) and key in model.lists()
    takes = "a list of nodes" if is_nodes else words_of(property_of(model, key))
    return Argument(key, takes, default, field.description or "", field.is_required())


def _parameter(found: ParameterSpec) -> Argument:
    required = found.default is None and found.nodes is None and found.type != "layers"
    default = None if found.default is None else written(found.default.tree)
    return Argument(found.name, found.type or "", default, found.description, required)


def written(tree: Tree) -> str:
    """A value in one line, as a file would have it."""
    if isinstance(tree, Scalar):
        return json.dumps(tree.value) if tree.value is None or isinstance(tree.value, bool) else str(tree.value)
    if isinstance(tree, Mapping):
        return f"{{{', '.join(f'{key}: {written(item)}' for key, item in tree.entries.items())}}}"
    return f"[{', '.join(map(written, tree.items))}]"


def _line(argument: Argument) -> str:
    """An item of a list: name, what it takes, default, what it is for."""
    default = "required" if argument.required else "" if argument.default is None else f"default `{argument.default}`"
    told = ", ".join(filter(None, [argument.takes, default]))
    head = f"- `{argument.name}`" + (f" ({told})" if told else "")
    return f"{head}: {argument.text}" if argument.text else head


@cache
def _examples() -> dict[str, str]:
    _, tree = read_file(EXAMPLES, Collector())
    assert isinstance(tree, Mapping)
    return dict(_spread(plain(tree)))


def _spread(examples: dict[str, str]) -> Iterator[tuple[str, str]]:
    for words, text in examples.items():
        for name in words.split():
            yield name, text
