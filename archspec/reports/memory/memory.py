"""How much memory a network needs on one device, for training and inference."""

from __future__ import annotations

from math import prod
from typing import get_args

from archspec.errors import UsageError
from archspec.escape import line
from archspec.graph.graph import Graph
from archspec.records import record
from archspec.reports.memory.need import Need
from archspec.reports.memory.program import Checkpointing, Program
from archspec.reports.memory.sweep import inferred, trained
from archspec.reports.memory.text import table
from archspec.reports.table import plain
from archspec.types.kept import BYTES

DTYPES = {
    **{name: name for name in ("float32", "float64", "float16", "bfloat16")},
    "fp32": "float32",
    "fp64": "float64",
    "fp16": "float16",
    "bf16": "bfloat16",
}
"""The types of weights and values, by all that they are called."""
OPTIMIZERS = {"adamw": (2, 1), "adam": (2, 1), "momentum": (1, 0), "sgd": (0, 0)}
"""Of each optimizer, how many numbers it remembers for each weight, and how many it needs during its step."""
LARGEST_BATCH = 2**31 - 1
"""The most samples there may be."""


@record
class Memory:
    """The memory of a network on one device for a batch; `str()` is a plain table.

    `inference` is a forward pass without gradients, `training` a step with each way of checkpointing: `none`; of each
    of the `blocks`; and `full`, of stages as well, and of the blocks in them. The loss is a cross-entropy of each
    output.
    """

    name: str
    batch_size: int
    dtype: str
    optimizer: str
    inference: Need
    training: dict[Checkpointing, Need]

    @property
    def needs(self) -> dict[str, Need]:
        """Of each way to run it what it needs: `inference`, `none`, `blocks`, `full`."""
        return dict([("inference", self.inference), *self.training.items()])

    @property
    def asked(self) -> str:
        """One line: what was asked for."""
        return line(f"{self.name}: batch {self.batch_size:,}, {self.dtype}, {self.optimizer}, one device")

    def __str__(self) -> str:
        return "\n".join([plain(table(self.needs)), self.asked])


def memory(graph: Graph, batch_size: int = 1, dtype: str | None = None, optimizer: str = "adamw") -> Memory:
    """The memory of a graph on one device; weights, gradients and states have the dtype of the network.

    Raises `UsageError` for a size that is open, and for a dtype or optimizer that there is not.
    """
    if type(batch_size) is not int or not 1 <= batch_size <= LARGEST_BATCH:
        raise UsageError(f"`batch_size` must be an integer from 1 to {LARGEST_BATCH}, found {batch_size!r:.80}")
    wanted = graph.dtype if dtype is None else dtype
    known_dtype = DTYPES.get(wanted) if isinstance(wanted, str) else None
    if known_dtype is None:
        raise UsageError(f"`dtype` must be one of {', '.join(DTYPES)}, found {dtype!r:.80}")
    if not isinstance(optimizer, str) or optimizer not in OPTIMIZERS:
        raise UsageError(f"`optimizer` must be one of {', '.join(OPTIMIZERS)}, found {optimizer!r:.80}")
    ways: tuple[Checkpointing, ...] = get_args(Checkpointing)
    weights = _weights(graph, known_dtype)
    return Memory(
        graph.name,
        batch_size,
        known_dtype,
        optimizer,
        _inference(Program(graph, batch_size, known_dtype, training=False), *weights),
        {way: _training(Program(graph, batch_size, known_dtype, True, way), *weights, optimizer) for way in ways},
    )


def _weights(graph: Graph, dtype: str) -> tuple[int, int]:
    """The bytes of what is trained, and of what is not; what is tied counts once."""
    tied = graph.ties()
    found = [0, 0]
    for key, weight in graph.weights():
        if key not in tied:
            width = BYTES[weight.dtype] if weight.dtype == "int64" else BYTES[dtype]
            found[not weight.trainable] += prod(weight.shape) * width
    return found[0], found[1]


def _inference(program: Program, parameters: int, buffers: int) -> Need:
    values = sum(size for _, size in (*program.inputs, *program.outputs))
    peak = inferred(program)
    kept = min(values, peak)
    return Need(parameters, buffers, 0, 0, kept, peak - kept, {"forward": parameters + buffers + peak})


def _training(program: Program, parameters: int, buffers: int, optimizer: str) -> Need:
    found = trained(program)
    # what no gradient reaches has no state
    states, temporary = (count * found.gradients for count in OPTIMIZERS[optimizer])
    resident = parameters + buffers + states
    phases = {
        "forward": resident + found.forward,
        "backward": resident + found.backward,
        "optimizer step": resident + found.left + temporary,
    }
    fullest = max(phases, key=lambda name: phases[name])
    rest = phases[fullest] - resident - (found.gradients if fullest == "optimizer step" else found.kept)
    return Need(parameters, buffers, found.gradients, states, found.kept, rest, phases)
