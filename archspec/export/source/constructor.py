"""The body of a constructor: each child in the order of the keys, runs of equal ones as a comprehension."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from math import prod

from archspec.export.source.classes import Definition
from archspec.export.source.code import Code, Group, breakable, call, flat, keyword, lay_out, literal
from archspec.export.source.items import Path
from archspec.export.source.make import BUFFER, CONTAINER, FIXED, PARAMETER, REARRANGE, SEQUENTIAL, Make
from archspec.export.source.names import is_attribute
from archspec.export.source.parameters import MISSING
from archspec.export.source.repeats import compressed, named
from archspec.torch_backend.build import imported

_BY_KEYWORD = ("kernel_size", "batch_first")


@dataclass(slots=True)
class Writer:
    """Writes constructions.

    `definitions` are the classes of the file, `names` and `rearrangement` say what it calls other ones, `taken` are all
    names that it imports or defines, `totals` are numbers that a ramp may rise to.
    """

    definitions: dict[str, Definition]
    names: Callable[[str], str]
    rearrangement: Callable[[Make], str]
    taken: Set[str]
    totals: tuple[float, ...] = ()

    def construct(self, made: Make, texts: Iterator[str]) -> Code:
        """The code of a construction, whose constants are the next ones of `texts`."""
        if made.target == SEQUENTIAL:
            return self.sequential("nn.Sequential", made, texts)
        if made.target == PARAMETER:
            return call("nn.Parameter", [self._values(made, texts)])
        if made.target == BUFFER:
            return self._buffer(made, texts)
        if made.target == REARRANGE:
            return call(self.rearrangement(made), [])
        if made.target in self.definitions:
            return self._own(self.definitions[made.target], texts)
        signature = inspect.signature(imported(made.target)).parameters
        given = [(name, literal(value) if name in FIXED else next(texts)) for name, value in made.arguments]
        shown = [
            (name, text)
            for name, text in given
            if len(given) == 1 or name not in signature or text != literal(signature[name].default)
        ]
        arguments: list[Code] = []
        positional = True
        for (name, text), expected in zip(shown, [*signature, *[""] * len(shown)], strict=False):
            required = name in signature and signature[name].default is inspect.Parameter.empty
            named = name in _BY_KEYWORD or text in ("True", "False", "None")
            positional = positional and name == expected and required and not named
            code = breakable(text)
            arguments.append(code if positional else keyword(name, code))
        return call(self.names(made.target), arguments)

    def sequential(self, function: str, made: Make, texts: Iterator[str]) -> Code:
        """A chain of modules, numbered or by name."""
        items = [(name, self.construct(part, texts)) for name, part in made.arguments]
        if [name for name, _ in items] == [str(number) for number in range(len(items))]:
            return call(function, compressed([code for _, code in items], self.totals))
        return call(function, [named(items, self.totals)])

    def _own(self, definition: Definition, texts: Iterator[str]) -> Code:
        arguments: list[Code] = []
        for parameter in definition.parameters:
            text = next(texts)
            if parameter.default is MISSING:
                arguments.append(text)
            elif text != literal(parameter.default):
                arguments.append(keyword(parameter.name, text))
        return call(definition.name, arguments)

    def _buffer(self, made: Make, texts: Iterator[str]) -> Code:
        """The values of a buffer."""
        given = dict(made.arguments)
        if "values" not in given:
            return self._values(made, texts)
        values, shape = given["values"], [next(texts) for _ in given["shape"]]
        numbers = values.flat if given["ids"] else tuple(map(float, values.flat))
        if not values.shape:
            dtype = [keyword("dtype", "torch.int64")] if given["ids"] else []
            return call("torch.full", [f"({', '.join(shape)}{',' * (len(shape) == 1)})", literal(numbers[0]), *dtype])
        # axes of one position in front make no other numbers
        repeats = len(numbers) != prod(given["shape"])
        code: Code = call("torch.tensor", [_nested(numbers, values.shape if repeats else given["shape"])])
        if repeats:
            code = call(f"{flat(code)}.expand", shape)
            code = f"{flat(code)}.clone()"
        return code

    def _values(self, made: Make, texts: Iterator[str]) -> Code:
        """The values that a parameter starts with."""
        init, shape, *rule = (value for _, value in made.arguments)
        sizes = ", ".join(next(texts) for _ in shape)
        whole = sizes or "()"
        given = {name: next(texts) for (name, _), _ in zip(made.arguments[2:], rule, strict=True)}
        values: Code
        if init in ("zeros", "ones"):
            values = f"torch.{init}({whole})"
        elif init == "constant":
            one = given["val"] in ("1", "1.0")
            values = (
                f"torch.ones({whole})" if one else f"torch.full(({sizes}{',' * (len(shape) == 1)}), {given['val']})"
            )
        else:
            values = call(f"nn.init.{init}_", [f"torch.empty({whole})", *(keyword(n, t) for n, t in given.items())])
        return values


def _nested(numbers: tuple[float, ...], shape: tuple[int, ...]) -> Code:
    """Numbers as nested lists."""
    if len(shape) == 1:
        return Group("[", tuple(map(literal, numbers)), "]", "list")
    step = len(numbers) // shape[0]
    parts = (numbers[at : at + step] for at in range(0, len(numbers), step))
    return Group("[", tuple(_nested(part, shape[1:]) for part in parts), "]", "list")


class Constructor:
    """Writes the constructor of one class, and knows how its children are reached."""

    def __init__(self, definition: Definition, writer: Writer) -> None:
        self.definition, self.writer = definition, writer
        children = definition.skeleton.children
        self.order = [path for path, _ in children]
        self.children = {path: made for path, made in children if made.target != CONTAINER}
        self.lists = {path for path, made in children if made.target == CONTAINER and self._is_list(path)}
        if self.children and self._is_list(()):
            self.lists.add(())
        self.texts = iter(definition.texts)

    def _inside(self, path: Path) -> list[str]:
        return list(dict.fromkeys(child[len(path)] for child in self.children if child[: len(path)] == path))

    def _is_list(self, path: Path) -> bool:
        """Whether a container's children are numbered in order, and none is a parameter."""
        names = self._inside(path)
        parameters = any(self.children.get((*path, name), Make("")).target in (PARAMETER, BUFFER) for name in names)
        return names == [str(number) for number in range(len(names))] and not parameters

    @property
    def base(self) -> str:
        """What the class derives from: a list where its children are numbers."""
        return "nn.ModuleList" if () in self.lists else "nn.Module"

    def reach(self, path: Path) -> str:
        """The expression of a child."""
        text = "self"
        for at, name in enumerate(path):
            if path[:at] in self.lists:
                text += f"[{name}]"
            elif is_attribute(name):
                text += f".{name}"
            else:
                text = f"getattr({text}, {literal(name)})"
        return text

    def lines(self) -> list[str]:
        """The statements that register children."""
        codes = {path: self.writer.construct(made, self.texts) for path, made in self.children.items()}
        found: list[str] = []
        for path in self.order:
            if path not in codes:
                found += self._container(path, codes)
            elif not (path[:-1] and self._whole(path[:-1])):
                found += self._register(path, codes[path])
        return found

    def _container(self, path: Path, codes: Mapping[Path, Code]) -> list[str]:
        """The statement that makes a container, with all that is in it if that can be written at once."""
        if self._whole(path):
            inside = [code for child, code in codes.items() if child[:-1] == path]
            return self._register(path, call("nn.ModuleList", [_list(compressed(inside, self.writer.totals))]))
        return self._register(path, "nn.ModuleList()" if path in self.lists else "nn.Module()")

    def _whole(self, container: Path) -> bool:
        """Whether a list can be written at once: it holds no containers."""
        return container in self.lists and all((*container, name) in self.children for name in self._inside(container))

    def _register(self, path: Path, code: Code) -> list[str]:
        *home, name = path
        parent = self.reach(tuple(home))
        if tuple(home) in self.lists:
            return lay_out(call(f"{parent}.append", [code]), 8)
        made = self.children.get(path, Make(""))
        if made.target == BUFFER:
            hidden = [] if dict(made.arguments).get("persistent", True) else [keyword("persistent", "False")]
            return lay_out(call(f"{parent}.register_buffer", [literal(name), code, *hidden]), 8)
        if is_attribute(name):
            return lay_out(code, 8, f"{parent}.{name} = ")
        is_parameter = self.children.get(path, Make("")).target == PARAMETER
        method = "register_parameter" if is_parameter else "add_module"
        return lay_out(call(f"{parent}.{method}", [literal(name), code]), 8)


def _list(items: list[Code]) -> Code:
    """A list; one that is a comprehension alone is that comprehension."""
    if len(items) == 1 and isinstance(items[0], Group) and items[0].open == "*[":
        return replace(items[0], open="[")
    return Group("[", tuple(items), "]")


def signature(definition: Definition) -> list[str]:
    """The first line of a constructor."""
    arguments: list[Code] = ["self"]
    for parameter in definition.parameters:
        default = "" if parameter.default is MISSING else f" = {literal(parameter.default)}"
        arguments.append(f"{parameter.name}: {parameter.annotation}{default}")
    return lay_out(Group("def __init__(", tuple(arguments), ")"), 4, suffix=" -> None:")
