"""Pages for whoever points at a word: of the language, of blocks and parameters, in Markdown."""

from __future__ import annotations

from archspec.editor.markdown import code, items, paragraphs, prose, yaml
from archspec.language import BlockSpec, ParameterSpec
from archspec.language.words import Argument, Word, written
from archspec.ops.initializers import INITIALIZERS
from archspec.types.figures import bound

_LINES = 40
"""Lines of a definition that are shown."""


def page(word: Word, facts: str = "") -> str:
    """A word of the language, with its arguments; what is known of it where it stands comes before these."""
    arguments = items(map(line, word.arguments))
    head = "" if not arguments else "Keys:" if word.kind == "key" else "Arguments:"
    return paragraphs(f"**{code(word.name)}** ({word.kind})", word.text, facts, head, arguments)


def line(argument: Argument) -> str:
    """An argument: name, what it takes, default, what it is for."""
    default = "required" if argument.required else f"default {code(argument.default)}" if argument.default else ""
    told = ", ".join(filter(None, [argument.takes, default]))
    head = code(argument.name) + (f" ({told})" if told else "")
    return f"{head}: {argument.text}" if argument.text else head


def block_page(block: BlockSpec, facts: str = "") -> str:
    """A block: what it is for, what is known of it where it stands, its parameters, its definition."""
    text = block.description if block.bundled else prose(block.description)
    kind = "bundled block" if block.bundled else "block"
    parameters = items(_brief(one, block) for one in block.parameters.values())
    head = "Parameters:" if parameters else ""
    return paragraphs(f"**{code(block.name)}** ({kind})", text, facts, head, parameters, yaml(definition(block)))


def definition(block: BlockSpec) -> list[str]:
    """The lines of a block's definition, as they stand in its file."""
    span, lines = block.span, block.span.source.lines
    ends = [one.span for one in block.parameters.values()] + [block.layers.span]
    last = max([end.end_line for end in ends if end.source is span.source] + [span.end_line])
    margin = " " * (span.column - 1)
    found = [line.removeprefix(margin) for line in lines[span.line - 1 : last]]
    if found:
        found[0] = lines[span.line - 1][span.column - 1 :]
    while found and not found[-1].strip():
        found.pop()
    return found if len(found) <= _LINES else [*found[:_LINES], "…"]


def parameter_page(parameter: ParameterSpec, block: BlockSpec | None) -> str:
    """A parameter: what it takes, its default and its bounds, what it is for."""
    of = f"parameter of the block {code(block.name)}" if block is not None else "parameter of the spec"
    return paragraphs(f"**{code(parameter.name)}** ({of})", _description(parameter, block), items(_takes(parameter)))


def initializer_page(name: str) -> str:
    """An initializer of `torch.nn.init`, with its arguments."""
    rule = INITIALIZERS[name]
    arguments = (
        f"{code(key)}: {'one of ' + ', '.join(map(code, takes)) if isinstance(takes, tuple) else _NUMBERS[takes]}"
        + (f", default {code(rule.defaults[key])}" if key in rule.defaults else ", required")
        for key, takes in rule.arguments.items()
    )
    return paragraphs(
        f"**{code(name)}** (initializer)", f"Fills a tensor as `torch.nn.init.{name}_`.", items(arguments)
    )


_NUMBERS = {float: "a number", int: "an integer"}


def _takes(parameter: ParameterSpec) -> list[str]:
    default = parameter.default
    found = [
        f"Type: {code(parameter.type)}" if parameter.type else "",
        f"Default: {code(written(default.tree))}" if default is not None else "",
        f"At least {bound(parameter.least)}" if parameter.least is not None else "",
        f"At most {bound(parameter.most)}" if parameter.most is not None else "",
        f"One of {', '.join(map(code, parameter.choices[:_LINES]))}" if parameter.choices else "",
    ]
    if default is None and parameter.nodes is None and parameter.type != "layers":
        found.append("Required")
    return found


def _brief(parameter: ParameterSpec, block: BlockSpec) -> str:
    """A parameter in one line."""
    told = code(parameter.name)
    if parameter.type:
        told += f": {code(parameter.type)}"
    if parameter.default is not None:
        told += f" = {code(written(parameter.default.tree))}"
    description = _description(parameter, block)
    return f"{told} · {description}" if description else told


def _description(parameter: ParameterSpec, block: BlockSpec | None) -> str:
    is_bundled = block is not None and block.bundled
    return parameter.description if is_bundled else prose(parameter.description)
