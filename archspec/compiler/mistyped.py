"""Names of parameters that are not there: one mistyped where it is declared, and one of the spec inside a block."""

from __future__ import annotations

from collections import Counter

from archspec.compiler.context import Context
from archspec.diagnostics import did_you_mean, listed, replacement
from archspec.diagnostics.fix import nearest
from archspec.language import BlockSpec
from archspec.language.mentions import keys_in, uses_in

_USES = 2
"""How often a name is written that is meant, by expressions and calls: of a name written once, it may be mistyped."""


def is_declared_so(name: str, block: BlockSpec | None, context: Context) -> bool:
    """Whether a name that is not there is that of a mistyped parameter, of a block or of the spec, after a report: the
    name is used again and again, and the parameter's own nowhere."""
    parameters = context.spec.params if block is None else block.parameters
    uses, keys = _uses(block, context)
    if not uses[name] or uses[name] + (keys[name] if block is not None else 0) < _USES:
        return False
    for parameter in parameters.values():
        if not uses[parameter.name] and keys[parameter.name] < _USES and nearest(parameter.name, (name,)):
            what = "the file" if block is None else f"the block `{block.name}`"
            message = f"unknown name `{name}`: {what} declares `{parameter.name}`, which nothing uses"
            fix = replacement(parameter.span, parameter.name, name)
            context.collector.error("A252", message, parameter.span, f"did you mean `{name}`?", fix=fix)
            return True
    return False


def asks_for(name: str, block: BlockSpec, context: Context) -> bool:
    """Whether expressions of a block ask for a name: if it is no parameter, the block tells that it is missing."""
    return _uses(block, context)[0][name] > 0


def name_help(name: str, known: list[str], block: BlockSpec | None, context: Context) -> str:
    """What to write for a name that is not there: how a block gets a value of the spec, the name that was meant, or the
    `known` ones."""
    if block is None or name not in context.spec.params:
        return did_you_mean(name, known) or f"names in scope: {listed(known)}"
    how = f"declare `{name}` in `params` of `{block.name}`, and pass it: `{block.name}: {{…, {name}: ${name}}}`"
    return f"a block sees its own parameters alone: {how}"


def _uses(block: BlockSpec | None, context: Context) -> tuple[Counter[str], Counter[str]]:
    """The names that a block, or the spec, asks for, and the keys of the file."""
    if block not in context.uses:
        uses = uses_in(context.spec if block is None else block)
        context.uses[block] = uses, keys_in(context.spec)
    return context.uses[block]
