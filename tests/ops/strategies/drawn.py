"""What the arguments and inputs of ops are drawn from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, integers, none, sampled_from

from archspec.ops import OPS, Op
from archspec.types import Stride, TensorType
from tests.tensors import image, sequence

Case = tuple[Op, tuple[TensorType, ...]]
SIZES = sampled_from([1, 1, 2, 3, 4, 5, 6, 7, 8, 9])
CHANNELS = sampled_from([1, 2, 3, 4, 6, 8, 12])
DIMS = sampled_from(["channels", 0, 1, 2])


@st.composite
def values(draw: DrawFn, least: int = 0, most: int = 3, layouts: str = "first last") -> TensorType:
    """A vector, an image or a sequence with up to three sizes."""
    size = tuple(draw(st.lists(SIZES, min_size=least, max_size=most)))
    last = draw(sampled_from(layouts.split())) == "last"
    return (sequence if last or not size else image)(draw(CHANNELS), *size)


def mostly(usual: SearchStrategy[Any], odd: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.one_of(usual, usual, usual, usual, odd)


def images() -> SearchStrategy[TensorType]:
    return mostly(values(1, 3, "first"), values())


def sequences() -> SearchStrategy[TensorType]:
    return mostly(values(1, 1, "last"), values())


def tokens() -> SearchStrategy[TensorType]:
    return st.builds(lambda n, v: TensorType(0, (n,), dtype="int64", stride=Stride((1,)), vocab=v), SIZES, SIZES)


@st.composite
def per_axis(draw: DrawFn, numbers: SearchStrategy[int], x: TensorType) -> Any:
    """A number, or one for each dimension."""
    n = len(x.size) or 1
    length = draw(mostly(st.just(n), integers(1, 3)))
    return draw(st.one_of(numbers, st.tuples(*[numbers] * length)))


def pairs_of(x: TensorType) -> SearchStrategy[Any]:
    """Uneven padding."""
    return st.tuples(*[st.tuples(integers(0, 2), integers(0, 2))] * max(1, len(x.size)))


def optional(numbers: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.one_of(none(), numbers)


def made(name: str, **arguments: Any) -> Op:
    return OPS[name].model_validate({key: value for key, value in arguments.items() if value is not None})


def plain(op: Callable[[Any], Op] | Op, inputs: SearchStrategy[TensorType], **arguments: Any) -> SearchStrategy[Case]:
    """An op with simple arguments and one input."""
    return st.builds(
        lambda x, given: (op(**given) if not isinstance(op, Op) else op, (x,)),
        inputs,
        st.fixed_dictionaries(arguments),
    )
