"""Are the bundled specs the networks that they are named after?

    python benchmarks/parity.py [NAME …] [--library LIBRARY] [--seed N] [--write]

Builds each published original with random weights, loads them strictly into archspec's module and back again, and
compares the outputs of both bit for bit. Where a spec has rules for published weights, the original's are loaded by
them, and not back. Needs torchvision, timm, transformers, diffusers or rtdl_revisiting_models, and says which is
missing. With `--write`, `specs/parity.json` gets what was found, and `archspec list` and the README say it.
The exit code is 1 if keys or shapes differ anywhere, or outputs by more than rounding does or than that file says.
"""

from __future__ import annotations

import argparse
import json
import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from itertools import accumulate
from typing import Any

import torch
from _detection import SMALL
from _originals import ADULT, LIBRARIES, Maker, libraries
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

import archspec
from archspec.resources import specs_folder
from archspec.types.sizes import Size, evaluate, symbols

ROUNDING = 1e-4
"""The largest difference, relative to the spread of the outputs, that another order of additions explains."""
DOUBLE = 1e-10
"""The same in float64."""
PARITY = specs_folder() / "parity.json"
"""What is known of each network, which `archspec list` and the README take from there."""


@dataclass
class Row:
    """What was found out about one network."""

    name: str
    library: str
    keys: bool = False
    order: bool = False
    loads: bool = False
    difference: float = float("nan")
    double: float = float("nan")
    params: int = 0
    seconds: float = 0.0
    problem: str = ""

    @property
    def good(self) -> bool:
        """Whether the two are the same network."""
        return self.keys and self.loads and self.equal and not self.problem

    @property
    def equal(self) -> bool:
        """Whether outputs are the same but for rounding."""
        return self.difference == 0 or (self.difference <= ROUNDING and self.double <= DOUBLE)

    @property
    def exact(self) -> float:
        """The difference in float64; 0 where all bits agree in float32."""
        return 0 if self.difference == 0 else max(self.double, 1e-16)

    @property
    def bound(self) -> float:
        """The power of ten that this does not exceed; 0 where all bits agree."""
        return float(f"1e{math.ceil(math.log10(self.exact))}") if self.exact else 0

    def __str__(self) -> str:
        outputs = ("bit-equal", "") if self.difference == 0 else (f"{self.difference:.1e}", f"{self.double:.1e}")
        cells = ("equal" if self.keys else "differ", "equal" if self.order else "differ")
        cells += ("both ways" if self.loads else "no", *outputs, f"{self.params:,}")
        return LINE.format(self.name, self.library, *cells, f"{self.seconds:.1f} s") + self.problem


LINE = "{:<31}{:<29}{:<8}{:<8}{:<11}{:<11}{:<10}{:>14}{:>8}  "
HEADER = LINE.format("network", "original", "keys", "order", "loads", "float32", "float64", "parameters", "time")


def main() -> int:
    options = _options()
    warnings.simplefilter("ignore")  # what other libraries say as they are imported is not about the comparison
    makers, missing = libraries()
    chosen = [(name, library) for library, names in LIBRARIES.items() for name in names if _asked(name, options.names)]
    rows = []
    print(HEADER)
    for name, library in chosen:
        if library in makers and options.library in (None, library):
            rows.append(compare(name, library, makers[library], options.seed))
            print(rows[-1], flush=True)
    for library, reason in missing.items():
        left_out = sum(of == library for _, of in chosen)
        if left_out and options.library in (None, library):
            print(f"{left_out} of {library} left out: {reason}")
    if options.write:
        _write(rows)
    return _conclude(rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="networks, such as resnet18 or 'vgg*'; by default all")
    parser.add_argument("--library", choices=LIBRARIES, help="only the originals of one library")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="store how equal the outputs are")
    return parser.parse_args()


def _write(rows: list[Row]) -> None:
    """Store how equal those are that are; what others were found to be stays, unless they are no longer compared."""
    names = {name for names in LIBRARIES.values() for name in names}
    known = _recorded() | {row.name: row.bound for row in rows if row.good}
    kept = {name: known[name] for name in sorted(names & known.keys())}
    PARITY.write_text(json.dumps(kept, indent=0) + "\n", encoding="utf-8")


def _recorded() -> dict[str, float]:
    return json.loads(PARITY.read_text(encoding="utf-8")) if PARITY.is_file() else {}


def _asked(name: str, patterns: list[str]) -> bool:
    return not patterns or any(fnmatch(name, pattern) for pattern in patterns)


def _conclude(rows: list[Row]) -> int:
    good = [row for row in rows if row.good]
    equal = [row for row in good if row.difference == 0]
    print(f"{len(rows)} networks: {len(good)} equal, {len(equal)} of them bit for bit; {len(rows) - len(good)} differ")
    recorded = _recorded()
    worse = [row for row in good if row.exact > recorded.get(row.name, math.inf)]
    for row in worse:
        print(f"{row.name} is equal up to {row.exact:.1e}; {PARITY.name} says {recorded[row.name]:g}")
    return 1 if len(good) < len(rows) or worse or not rows else 0


def compare(name: str, library: str, make: Maker, seed: int) -> Row:
    """Build both, load the weights of each into the other, and compare keys and outputs."""
    row = Row(name, library)
    start = time.perf_counter()
    torch.manual_seed(seed)
    try:
        original = disturb(make(name)).eval()
        whole = archspec.compile(name)
        graph = archspec.compile(name, getattr(make, "params", SMALL).get(name))
        ours = archspec.build(graph, seed=seed).eval()
        row.params = whole.parameter_count
        _compare_keys(row, original, ours, graph)
        if graph is not whole and hasattr(make, "whole"):
            _compare_whole(row, make.whole(name), whole)
        if row.loads:
            with torch.no_grad():
                given = inputs(graph, seed)
                row.difference = difference(original, ours, given)
                if row.difference:
                    row.double = _in_float64(original, lambda: make(name), ours, given)
    except Exception as error:  # one network that fails must not hide the others
        row.problem = f"{type(error).__name__}: {' '.join(str(error).split())[:100]}"
    row.seconds = time.perf_counter() - start
    return row


def _compare_keys(row: Row, original: nn.Module, ours: nn.Module, graph: archspec.Graph) -> None:
    weights = {key: value.clone() for key, value in original.state_dict().items()}
    theirs, mine = _shapes(original), _shapes(ours)
    row.keys, row.order = theirs == mine, list(theirs) == list(mine)
    if not row.keys and graph.rules.written():
        row.loads = row.keys = archspec.load_weights(ours, weights, own=False).complete
        return
    if not row.keys:
        odd = {*theirs.items()} ^ {*mine.items()}
        row.problem = f"{len(odd)} entries differ, such as {min(odd, key=lambda entry: entry[0])}"
        return
    ours.load_state_dict(weights, strict=True)
    disturb(original)  # so that loading back is what gives it these weights again
    back = ours.state_dict()
    if original._version != nn.Module._version:  # MNASNet takes weights without its own version for an older network's
        back._metadata[""]["version"] = original._version
    original.load_state_dict(back, strict=True)
    row.loads = all(torch.equal(value, weights[key]) for key, value in original.state_dict().items())


def _compare_whole(row: Row, original: nn.Module, graph: archspec.Graph) -> None:
    """Compare the weights of a network that is too large to be made: `original` is on the meta device."""
    state = {
        key: torch.zeros((), dtype=value.dtype).expand(value.shape) for key, value in original.state_dict().items()
    }
    report = archspec.check_weights(graph, state, own=False)
    count = sum(p.numel() for p in original.parameters())
    row.keys = row.keys and report.complete and count == graph.parameter_count
    if not row.keys:
        row.problem = f"in full, the original has {count:,} parameters; {' '.join(str(report).split())[:100]}"


def _in_float64(original: nn.Module, make: Callable[[], nn.Module], ours: nn.Module, given: list[Tensor]) -> float:
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with Doubled():
            precise = make().eval()
            precise.load_state_dict(original.state_dict())
            given = [value.double() if value.is_floating_point() else value for value in given]
            return difference(precise, ours.double(), given)
    finally:
        torch.set_default_dtype(default)


class Doubled(TorchFunctionMode):
    """Originals compute norms and positions in float32, whatever their dtype; here they do so in float64."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        of = {name: self._double(value) for name, value in (kwargs or {}).items()}
        return (Tensor.double if func is Tensor.float else func)(*map(self._double, args), **of)

    def _double(self, value: Any) -> Any:
        return torch.float64 if value is torch.float32 else value


def _shapes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {key: tuple(value.shape) for key, value in module.state_dict().items()}


LENGTH = 22
"""Of axes that a spec leaves open."""
SIZES = {"S": 17, "samples": 2000, "H": 64, "W": 96}
"""Of those that must be others, by name."""
COLUMNS = {"x_cat": ADULT}
"""The categories of each column of ids, which are numbered on from one to the next."""
TIMES = {"t", "timestep"}
"""Inputs that are steps of a diffusion, of 1,000."""


def inputs(graph: archspec.Graph, seed: int) -> list[Tensor]:
    """Two random samples for each input; of ids named a mask, the second hides some at the end."""
    generator = torch.Generator().manual_seed(seed)
    found = []
    for name, value in graph.inputs.items():
        shape = [2, *[_sized(n) for n in value.type.shape]]
        if name.endswith("mask"):
            found.append((torch.arange(shape[1]) < torch.tensor([[shape[1]], [shape[1] * 2 // 3]])).long())
        elif name in COLUMNS:
            of_each = [torch.randint(count, (2,), generator=generator) for count in COLUMNS[name]]
            starts = accumulate(COLUMNS[name][:-1], initial=0)
            found.append(torch.stack([ids + start for ids, start in zip(of_each, starts, strict=True)], dim=1))
        elif value.type.vocab:
            vocab = value.type.vocab  # the first ids are often special
            found.append(torch.randint(3 if vocab > 3 else 0, vocab, shape, generator=generator))
        elif name in TIMES:
            found.append(torch.randint(1000, shape, generator=generator).float())
        else:
            found.append(torch.randn(shape, generator=generator))
    return found


def _sized(n: Size) -> int:
    return evaluate(n, {name: SIZES.get(name, LENGTH) for name in symbols(n)})


@torch.no_grad()
def disturb(module: nn.Module) -> nn.Module:
    """Weights that nothing survives by chance: none is zero or one, and every running statistic counts."""
    for key, value in module.state_dict().items():
        if key.endswith("running_var"):
            value.uniform_(0.5, 1.5)
        elif value.is_floating_point() and value.dim() < 2:
            value.add_(torch.empty_like(value).uniform_(-0.1, 0.1))
        elif value.is_floating_point() and not value.count_nonzero():  # a head that starts at zero, an embedding
            value.normal_(std=0.02)
    return module


def difference(original: nn.Module, ours: nn.Module, inputs: list[Tensor]) -> float:
    """The largest difference of an output, relative to its standard deviation; exactly 0 where all bits agree."""
    largest = 0.0
    pairs = list(zip(tensors(original(*inputs)), tensors(ours(*inputs)), strict=True))
    for theirs, mine in pairs:
        spread = theirs.double().std().item()
        if not 0 < spread < float("inf"):
            raise ValueError(f"the original's output says nothing: its standard deviation is {spread}")
        if theirs.shape != mine.shape:
            raise ValueError(f"the outputs are {tuple(theirs.shape)} and {tuple(mine.shape)}")
        if not torch.equal(theirs, mine):
            largest = max(largest, (theirs.double() - mine.double()).abs().max().item() / spread)
    return largest


def tensors(output: Any) -> Iterator[Tensor]:
    """The tensors of an output, which may be a tensor or a mapping."""
    if isinstance(output, Mapping):
        for value in output.values():
            yield from tensors(value)
    else:
        yield output


if __name__ == "__main__":
    raise SystemExit(main())
