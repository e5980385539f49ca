"""The modules of scopes: each runs its steps in order, and costs what the same code written by hand costs.

Annotations are objects here, not texts: torch.fx copies those of `forward`, and cannot pickle what it traced otherwise.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import lru_cache
from types import FunctionType
from typing import Any

from torch import Tensor, nn
from torch.compiler import is_compiling
from torch.jit import is_tracing  # type: ignore[attr-defined]

from archspec.graph.graph import Feature, Graph
from archspec.identifiers import class_name
from archspec.records import record
from archspec.shown import graph_html
from archspec.torch_backend.contract import Contract
from archspec.torch_backend.failures import explained
from archspec.torch_backend.materialize import lasting


@record
class Step:
    """One step of a scope: a child by its path, or a function with parameters of the scope; `name` is what the scope
    calls it.

    `inputs` and `outputs` are numbers of the places that values are kept in; `free` are those no longer needed. What is
    another module's stands in the `home` of that: a run of it has no child of its own.
    """

    path: tuple[str, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    function: Callable[..., Tensor] | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    free: tuple[int, ...] = ()
    home: nn.Module | None = None
    name: str = ""


class Indexed(nn.Module):
    """A module whose children are reached by integer as well as by name, as in `nn.Sequential`."""

    def __len__(self) -> int:
        return len(self._modules)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[nn.Module]:
        return iter(self.children())

    def __getitem__(self, index: int) -> nn.Module:
        """The child of that number; where children bear names, the child at that position."""
        found = self._modules.get(str(index))
        if found is None and index >= 0 and any(name.isdecimal() for name in self._modules):
            # numbers are those of the nodes in the file: one that is no module leaves a gap
            raise IndexError(f"there is no module {index}")
        return list(self.children())[index] if found is None else found


class Container(Indexed):
    """A module that a dotted name makes: it holds children and has no forward of its own."""


class Chain(nn.Sequential):
    """A scope whose children run one after the other."""


class Composite(Indexed):
    """A scope with joins, references or parameters of its own."""

    _steps: tuple[Step, ...]
    _results: tuple[int, ...]
    _places: int

    def forward(self, x: Tensor) -> Any:
        """Run the steps on the one input."""
        return self._run(x)

    def _run(self, *inputs: Tensor) -> Any:
        values: list[Any] = [*inputs, *[None] * (self._places - len(inputs))]
        for step in self._steps:
            given = [values[place] for place in step.inputs]
            if step.function is None:
                module: nn.Module = self if step.home is None else step.home
                for part in step.path:
                    module = module._modules[part]  # type: ignore[assignment]
                result = module(*given)
            else:
                result = step.function(*given, *_own(step.home or self, step.path), **step.arguments)
            if len(step.outputs) == 1:
                values[step.outputs[0]] = result
            else:
                for number, place in enumerate(step.outputs):
                    values[place] = result[number]
            del result  # which would keep what is freed alive
            for place in step.free:
                values[place] = None
        if len(self._results) == 1:
            return values[self._results[0]]
        return tuple([values[place] for place in self._results])


def _own(home: nn.Module, path: tuple[str, ...]) -> list[Tensor]:
    """The parameter of a step, where it has one."""
    if not path:
        return []
    for part in path[:-1]:
        home = home._modules[part]  # type: ignore[assignment]
    return [getattr(home, path[-1])]


class Joined(Composite):
    """A scope that receives values besides its input."""

    def __init__(self, others: int) -> None:
        super().__init__()
        self._others = others

    def forward(self, x: Tensor, *others: Tensor) -> Any:
        """Run the steps on the input and the values passed along with it."""
        # by number, since torch.fx cannot unpack arguments that it traces
        return self._run(x, *[others[i] for i in range(self._others)])


class Closed(Composite):
    """A scope that needs no value from outside, not even its input."""

    def forward(self) -> Any:  # type: ignore[override]
        """Run the steps."""
        return self._run()


class Network(Composite):
    """A whole network with one output, or a mapping of several under `_names`; of those
    that have no batch, `_repeated` are the axes.

    `graph` is what it was built from, and `feature_info` are the outputs of its stages: of each the name, channels and
    stride.
    """

    graph: Graph
    feature_info: tuple[Feature, ...]
    _graph: Graph
    _names: tuple[str, ...]
    _repeated: tuple[int | None, ...]
    _contract: Contract

    def __getattr__(self, name: str) -> Any:
        # a node may have this name, too
        if name == "graph" and not any(name in own for own in (self._modules, self._parameters, self._buffers)):
            return self._graph
        return super().__getattr__(name)

    def _repr_html_(self) -> str:
        return graph_html(self._graph)

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        """The outputs. Raises `InputError` for inputs that it does not take, `RunError` where a node fails."""
        if is_compiling():
            return super().__call__(*inputs, **named)
        try:
            return super().__call__(*inputs, **named)
        except TypeError:
            if (wrong := self._contract.miscalled(inputs, named)) is None:
                raise
            raise wrong from None

    def _apply(self, *arguments: Any, **named: Any) -> Any:
        """What moves or converts a module, or gives it memory: ties and the values of buffers outlive it."""
        with lasting(self, self._graph):
            return super()._apply(*arguments, **named)  # type: ignore[no-untyped-call]

    def load_state_dict(self, *arguments: Any, **named: Any) -> Any:
        """As of every module; ties outlive it, and buffers without keys have their values, with `assign` too."""
        with lasting(self, self._graph):
            return super().load_state_dict(*arguments, **named)

    def forward(self, x: Tensor) -> Any:
        """(N, …) to the output, or to a mapping from names to outputs."""
        return self._finish(x)

    def _finish(self, *inputs: Tensor) -> Any:
        # a tracer sees the steps alone
        if is_compiling() or is_tracing():
            return self._named(*inputs)
        self._contract.check(inputs)
        try:
            return self._named(*inputs)
        except Exception as error:
            if (told := explained(self, self._contract, inputs, error)) is None:
                raise
            raise told from error

    def _named(self, *inputs: Tensor) -> Any:
        result = self._run(*inputs)
        values = result if len(self._results) > 1 else (result,)
        if any(axes is not None for axes in self._repeated):
            # what is the same for every sample is computed once
            pairs = zip(values, self._repeated, strict=True)
            batch = inputs[0].shape[0]
            values = tuple([x if axes is None else x.expand(batch, *(-1,) * axes) for x, axes in pairs])
        if not self._names:
            return values[0]
        return dict(zip(self._names, values, strict=True))


# tracers read the parameters of `forward` from its code, so each number of inputs has a forward of its own
_FORWARDS: dict[int, Callable[..., Any]] = {
    2: lambda self, a, b: self._finish(a, b),
    3: lambda self, a, b, c: self._finish(a, b, c),
    4: lambda self, a, b, c, d: self._finish(a, b, c, d),
    5: lambda self, a, b, c, d, e: self._finish(a, b, c, d, e),
    6: lambda self, a, b, c, d, e, f: self._finish(a, b, c, d, e, f),
}


@lru_cache(maxsize=4096)
def scope_class(base: Any, label: str, inputs: tuple[str, ...]) -> Any:
    """The class of scopes of a kind that bears the name of their block, or of what else they are: so profilers and
    printed modules call them. With several `inputs`, its forward takes them by these names, in this order."""
    # such a class is found again by what it was made of
    reduce = lambda self: (_restore, (base, label, inputs), self.__dict__)  # noqa: E731
    attributes = {"__reduce__": reduce, "__module__": __name__, "__doc__": base.__doc__}
    if len(inputs) > 1:
        attributes["forward"] = _forward(inputs)
    return type(class_name(label), (base,), attributes)


def _forward(inputs: tuple[str, ...]) -> FunctionType:
    forward = _FORWARDS[len(inputs)]
    code = forward.__code__.replace(co_varnames=("self", *inputs), co_name="forward")
    named = FunctionType(code, forward.__globals__, "forward")
    named.__doc__ = "The inputs, each (N, …), to the output, or to a mapping from names to outputs."
    return named


def _restore(base: Any, label: str, inputs: tuple[str, ...]) -> nn.Module:
    cls = scope_class(base, label, inputs)
    found: nn.Module = cls.__new__(cls)
    return found
