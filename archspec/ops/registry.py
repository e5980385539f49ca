"""The ops by name, one line each; a family is imported when one of its ops is asked for: a spec needs few of them."""

from __future__ import annotations

from archspec.ops.base import Op
from archspec.registry import Registry

_LATER = {
    "chunk": "join.Chunk",
    "drop_path": "join.DropPath",
    "parameter": "own.Parameter",
    "buffer": "own.Buffer",
    "rope": "rope.Rope",
    "experts": "experts.Experts",
    "sinusoidal": "positions.Sinusoidal",
    "position_bias": "positions.PositionBias",
    "coordinates": "positions.Coordinates",
    "relative_position": "positions.RelativePosition",
    "offset": "elementwise.Offset",
    "slice": "axes.Slice",
    "flip": "axes.Flip",
    "roll": "axes.Roll",
    "argmax": "axes.ArgMax",
    "reduce": "rearrange.Reduce",
    "unfold": "sample.Unfold",
    "fold": "sample.Fold",
    "grid_sample": "sample.GridSample",
    "lstm": "recurrent.Lstm",
    "gru": "recurrent.Gru",
    "lstm_cell": "recurrent.LstmCell",
    "gru_cell": "recurrent.GruCell",
}
LATER = frozenset([*_LATER, "sub", "div", "einsum", "reuse", "split", "within"])
"""Ops and combinators that joined the language when specs and plugins may have called something of their own so: that
hides them."""

OPS: Registry[type[Op]] = Registry(
    "archspec.ops",
    {
        "conv": "conv.Conv",
        "conv_transpose": "conv.ConvTranspose",
        "linear": "linear.Linear",
        "norm": "norm.Norm",
        "act": "act.Act",
        "max_pool": "pool.MaxPool",
        "avg_pool": "pool.AvgPool",
        "adaptive_pool": "pool.AdaptivePool",
        "global_pool": "pool.GlobalPool",
        "flatten": "shape.Flatten",
        "dropout": "elementwise.Dropout",
        "rearrange": "rearrange.Rearrange",
        "upsample": "shape.Upsample",
        "pixel_shuffle": "shape.PixelShuffle",
        "pad": "shape.Pad",
        "softmax": "shape.Softmax",
        "identity": "elementwise.Identity",
        "multiply": "elementwise.Multiply",
        "scale": "elementwise.Scale",
        "position": "elementwise.Position",
        "class_token": "elementwise.ClassToken",
        "select": "axes.Select",
        "embedding": "linear.Embedding",
        "attention": "attention.Attention",
        "sdpa": "sdpa.Sdpa",
        **_LATER,
    },
)
JOINS: Registry[type[Op]] = Registry(
    "archspec.ops",
    {
        "add": "join.Add",
        "mul": "join.Mul",
        "concat": "join.Concat",
        "sub": "join.Sub",
        "div": "join.Div",
        "einsum": "einsum.Einsum",
    },
)
"""The joins by name."""
_OWN: Registry[type[Op]] = Registry("archspec.ops", _LATER)


def later_op(name: str) -> type[Op] | None:
    """The language's own class of one of the `LATER` ops, whatever hides it; None for a combinator."""
    return _OWN.get(name)
