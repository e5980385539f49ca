"""The body of a forward: steps as statements, short ones inside each other, in variables with telling names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from archspec.export.source.classes import Definition
from archspec.export.source.code import WIDTH, Code, Group, flat, lay_out, literal
from archspec.export.source.constructor import Writer
from archspec.export.source.expressions import PRIMARY, Term, expression, repeats_operand
from archspec.export.source.items import Path
from archspec.export.source.make import SPLIT
from archspec.export.source.names import free, variable
from archspec.export.source.skeleton import Step
from archspec.records import record

INDENT = 8

_NESTED_CALLS = 3
"""Calls inside each other in one statement."""
_STATEMENT_LENGTH = 100
"""Characters of a statement that holds several calls."""


@record
class _Pending:
    """An expression that has not been assigned: how deep it is, and whether something may still be put around it."""

    term: Term
    depth: int
    light: bool
    reads: tuple[int, ...]
    step: Step


class Forward:
    """Writes the statements of one class.

    `child` is the text of a child or parameter by its path; `texts` are those of the steps' constants; `writer` says
    what the file calls a function.
    """

    def __init__(
        self,
        definition: Definition,
        inputs: list[str],
        child: Callable[[Path], str],
        texts: Iterable[str],
        writer: Writer,
    ) -> None:
        self.definition, self.child, self.texts = definition, child, iter(texts)
        self.writer = writer
        full = definition.skeleton
        self.variables = dict(enumerate(inputs)) | {number: child(path) for number, path in full.own}
        self.pending: dict[int, _Pending] = {}
        self.lines: list[str] = []
        self.uses = Counter(value for step in full.steps for value in step.inputs)
        self.uses.update(full.results)
        self.left = Counter(self.uses)
        self.kept = _kept(full.steps, full.results)

    def write(self, mapping: Mapping[str, int] | None = None, repeated: Mapping[int, str] | None = None) -> list[str]:
        """The lines of the body; with a `mapping` from names to values, that is returned. `repeated` is what is put
        after some of the results, and reads the first input, whose variable is therefore kept."""
        again = repeated or {}
        self.left[0] += bool(again)
        full = self.definition.skeleton
        for step in full.steps:
            self._step(step)
        for value, pending in list(self.pending.items()):
            if value not in full.results or list((mapping or {}).values()).count(value) > 1:
                self._assign((value,), pending)
        if mapping is not None:
            items = [f"{literal(name)}: {self._result(value, again)}" for name, value in mapping.items()]
            returned: Code = Group("{", tuple(items), "}")
        elif len(full.results) > 1:
            results = tuple(self._result(value, again) for value in full.results)
            returned = ", ".join(results)
            if len(f"{' ' * INDENT}return {returned}") > WIDTH:
                returned = Group("(", results, ")", "tuple")
        else:
            returned = self._operand(full.results[0]).code
            returned = self._result(full.results[0], again) if again else returned
        last = self.lines[-1] if self.lines else ""
        if isinstance(returned, str) and last.startswith(f"{' ' * INDENT}{returned} = ") and full.results:
            # the last statement is what is returned
            self.lines[-1] = f"{' ' * INDENT}return {last.split(' = ', 1)[1]}"
            return self.lines
        return [*self.lines, *lay_out(returned, INDENT, "return ")]

    def _result(self, value: int, repeated: Mapping[int, str]) -> str:
        found = self._operand(value)
        return found.within(PRIMARY) + repeated[value] if value in repeated else flat(found.code)

    def _step(self, step: Step) -> None:
        child = self.child(step.path) if step.path else ""
        arguments = step.written(self.texts)
        if step.overwrites is not None:
            self._add_in_place(step)
            return
        inlined = [value for value in step.inputs if value in self.pending and self._fits(step, value)]
        for value in [value for value in self.pending if value in step.inputs and value not in inlined]:
            self._assign((value,), self.pending[value])
        found = self._pending(step, child, arguments)
        if len(flat(found.term.code)) > _STATEMENT_LENGTH and any(value in self.pending for value in step.inputs):
            for value in [value for value in self.pending if value in step.inputs]:
                self._assign((value,), self.pending[value])
            found = self._pending(step, child, arguments)
        for value in step.inputs:
            self.pending.pop(value, None)
        (output, *more) = step.outputs
        if not more and self.uses[output] == 1 and found.depth <= _NESTED_CALLS:
            self.pending[output] = found
        else:
            self._assign(step.outputs, found)

    def _fits(self, step: Step, value: int) -> bool:
        """Whether the expression of a value may stand inside a step."""
        pending = self.pending[value]
        if repeats_operand(step.target, dict(step.arguments)):
            return False
        if step.joins:
            return True
        if pending.step.is_scope and step.target:
            return False
        return pending.depth < _NESTED_CALLS and (step.light or pending.light)

    def _pending(self, step: Step, child: str, arguments: Mapping[str, object]) -> _Pending:
        operands = [self._operand(value) for value in step.inputs]
        if step.again:
            first, *operands = operands
            child = flat(first.code)
        term = expression(step.target, operands, child, arguments, self.writer.names)
        reads = [v for value in step.inputs for v in (self.pending[value].reads if value in self.pending else (value,))]
        inner = [self.pending[value] for value in step.inputs if value in self.pending]
        depth = max((pending.depth for pending in inner), default=0) + 1
        light = step.light and all(pending.light for pending in inner)
        return _Pending(term, depth, light, tuple(reads), step)

    def _operand(self, value: int) -> Term:
        if value in self.pending:
            return self.pending[value].term
        return Term(self.variables[value], PRIMARY)

    def _add_in_place(self, step: Step) -> None:
        assert step.overwrites is not None
        target = step.inputs[step.overwrites]
        if target in self.pending:
            self._assign((target,), self.pending[target])
        others = [value for at, value in enumerate(step.inputs) if at != step.overwrites]
        name = self.variables[target]
        for value in others:
            pending = self.pending.pop(value, None)
            code = pending.term.code if pending else self.variables[value]
            self.lines += lay_out(code, INDENT, f"{name} += ")
            self.left.subtract(pending.reads if pending else (value,))
        self.left[target] -= 1
        self.variables[step.outputs[0]] = name

    def _assign(self, outputs: tuple[int, ...], pending: _Pending) -> None:
        # statements stay in the order of the steps
        waiting = list(self.pending)
        for value in waiting[: waiting.index(outputs[0])] if outputs[0] in waiting else waiting:
            if value in self.pending:
                self._assign((value,), self.pending[value])
        self.pending.pop(outputs[0], None)
        self.left.subtract(pending.reads)
        names: list[str] = []
        for output in outputs:
            if output in self.variables:
                names.append(self.variables[output])
                continue
            self.variables[output] = self._name(output, pending, len(outputs) > 1, names)
            names.append(self.variables[output])
        if not any(self.uses[output] for output in outputs):
            self.lines += lay_out(pending.term.code, INDENT)
            return
        code, targets = pending.term.code, f"{', '.join(names)} = "
        opening = code if isinstance(code, str) else code.open
        if len(names) > 1 and len(f"{' ' * INDENT}{targets}{opening}") > WIDTH:
            self.lines += [" " * INDENT + "(", *(f"{' ' * INDENT}    {name}," for name in names)]
            targets = ") = "
        self.lines += lay_out(code, INDENT, targets)

    def _name(self, value: int, pending: _Pending, several: bool, also: list[str]) -> str:
        step = pending.step
        # nobody reads the others again
        self.variables = {known: name for known, name in self.variables.items() if self.left[known] > 0}
        alive = {*self.variables.values(), *also, *self.writer.taken}
        if step.target == SPLIT:
            return free(f"x{len(also) + 1}", alive)
        if not self.left[value]:
            return "_" if several else free("x", alive)
        telling = _telling(step)
        for_later = self.kept[value] and (not step.light or (self.uses[value] > 1 and "x" in alive))
        if telling and for_later and not several:
            return free(variable(telling), alive)
        for name in ("x", "y"):
            if name not in alive:
                return name
        return free(variable(telling or (step.path[-1] if step.path else "z")), alive)


def _telling(step: Step) -> str:
    """What a variable may be called after: the name that the file gives, with that of its list for a number."""
    if step.path and step.path[-1].isdecimal():
        return f"{step.path[-2]}_{step.path[-1]}" if len(step.path) > 1 else ""
    return step.name


def _kept(steps: tuple[Step, ...], results: tuple[int, ...]) -> dict[int, bool]:
    """For each value whether it is for later: other steps come first, and then it is not just added to."""
    made = {output: index for index, step in enumerate(steps) for output in step.outputs}
    last: dict[int, int] = {}
    for index, step in enumerate(steps):
        last.update({value: index for at, value in enumerate(step.inputs) if at != step.overwrites})
    last.update(dict.fromkeys(results, len(steps)))
    return {value: last.get(value, 0) > index + 1 for value, index in made.items()}
