"""The budgets, measured: what archspec costs beside check-jsonschema, torchvision and timm, as ratios of one run.

    python benchmarks/speed.py [GROUP …] [--quick]

Groups are process, compile, gallery, depth, memory, construct, forward, train and meta; by default all. Numbers are
medians of CPU times on one thread; in brackets the interval that holds the true ratio 19 times in 20. What an
environment lacks is left out with a note. The exit code is 1 if a budget is exceeded.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from _measure import (
    ROOT,
    Ratio,
    Row,
    Skip,
    keep_memory,
    median,
    print_table,
    python,
    ratio,
    seconds,
    timed,
    timed_process,
)

import archspec
from archspec import resources
from archspec.errors import ArchspecError

SPECS = ROOT / "specs"
RESNET50 = SPECS / "resnet" / "resnet50.yaml"


def main() -> int:
    options = _options()
    warnings.simplefilter("ignore")  # what other libraries say as they are imported
    rows: list[Row] = []
    notes: list[str] = []
    for name in options.groups or GROUPS:
        try:
            for row in GROUPS[name](options.quick):
                rows.append(row)
                print(f"  {name}: {row.what}: {row.measured}", file=sys.stderr, flush=True)
        except Skip as reason:
            notes.append(f"left out of `{name}`: {reason}")
    print_table(rows)
    print(*notes, sep="\n")
    return 1 if any(row.ok is False for row in rows) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}; by default all")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, and fewer networks")
    options = parser.parse_args()
    if unknown := [name for name in options.groups if name not in GROUPS]:
        parser.error(f"there is no group {unknown[0]}; there are {', '.join(GROUPS)}")
    return options


def process(quick: bool) -> Iterator[Row]:
    """`archspec` beside `check-jsonschema`, whole processes: one spec, a hundred, all that are bundled, the help."""
    if find_spec("check_jsonschema") is None:
        raise Skip("check-jsonschema is not installed")
    try:
        schema = resources.schema_file()
    except ArchspecError as error:
        raise Skip(str(error)) from None
    check = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schema)]
    program = [sys.executable, "-m", "archspec"]

    def compare(what: str, ours: list[str], theirs: list[str], limit: float, pairs: int) -> Row:
        found = ratio(timed_process([*program, *ours]), timed_process([*check, *theirs]), 3 if quick else pairs)
        return Row(f"{what} / check-jsonschema", str(found), f"{limit:.2f}", found.median <= limit)

    one = [str(RESNET50)]
    for option in ("--help", "--version"):
        yield compare(option, [option], one, 0.25, 15)
    yield compare("validate one spec", ["validate", *one], one, 0.45, 15)
    with tempfile.TemporaryDirectory() as folder:
        copies = [str(path) for path in copy_specs(Path(folder), 100)]
        yield compare("validate 100 specs", ["validate", folder], copies, 0.4, 5)
    files = sorted(map(str, SPECS.rglob("*.yaml")))
    yield compare(f"validate specs/ ({len(files)} files)", ["validate", str(SPECS)], files, 1, 5)


def copy_specs(folder: Path, count: int) -> list[Path]:
    """Copies of ResNet-50, no two alike: each has a name and a number of classes of its own."""
    text = RESNET50.read_text(encoding="utf-8")
    paths = [folder / f"resnet50_{number}.yaml" for number in range(count)]
    for number, path in enumerate(paths):
        own = text.replace("name: resnet50", f"name: {path.stem}").replace("classes: 1000", f"classes: {1000 + number}")
        path.write_text(own, encoding="utf-8")
    return paths


def compile(quick: bool) -> Iterator[Row]:
    """ResNet-50 to a graph, in process."""
    times = 10 if quick else 50
    spec = archspec.load(RESNET50)
    spent = median(timed(lambda: archspec.compile(spec)), times)
    yield Row("compile ResNet-50 to a graph", seconds(spent), "10 ms", spent <= 0.010)
    spent = median(timed(lambda: archspec.compile(RESNET50)), times)
    yield Row("the same, the reading of the file included", seconds(spent))


def gallery(quick: bool) -> Iterator[Row]:
    """All bundled specs, read and compiled in a fresh process without torch."""
    code = """
import sys, time, archspec
from archspec.language import bundled_specs
start = time.process_time()
names = [archspec.compile(name).name for name in bundled_specs()]
print(time.process_time() - start, time.process_time(), len(names))
assert "torch" not in sys.modules
"""
    found = [list(map(float, python(code).split())) for _ in range(2 if quick else 5)]
    spent, whole = (statistics.median(values) for values in (*zip(*found, strict=True),)[:2])
    measured = f"{seconds(spent)}; with the start of Python {seconds(whole)}"
    yield Row(f"compile all {found[0][2]:.0f} bundled specs in one process", measured, "1.5 s", spent <= 1.5)


DEEP = """\
archspec: 1
name: deep
input: [8]
norm: layer
act: relu
stages:
  - {{block: mlp_residual, depth: {depth}, hidden_channels: 8}}
"""


def depth(quick: bool) -> Iterator[Row]:
    """Time per block as a network becomes deeper, from 10 blocks to 10,000."""
    depths = [10, 100, 1000] if quick else [10, 100, 1000, 10_000]
    found: dict[str, list[float]] = {}
    for count in depths:
        for what, call in deep_calls(DEEP.format(depth=count)).items():
            found.setdefault(what, []).append(median(timed(call), 3 if count > 100 else 9) / count)
    for what, per_block in found.items():
        growth = per_block[-1] / per_block[-2]
        numbers = ", ".join(f"{value * 1e6:.0f}" for value in per_block)
        header = f"{what}: µs per block, at {depths[0]} to {depths[-1]:,} blocks"
        yield Row(header, f"{numbers}; × {growth:.2f} in the last step", "× 1.25", growth <= 1.25)


def deep_calls(text: str) -> dict[str, Callable[[], object]]:
    """What a user does with a network, from its text to its output."""
    calls: dict[str, Callable[[], object]] = {
        "validate": lambda: archspec.validate(text),
        "compile": lambda: archspec.compile(text),
    }
    if find_spec("torch"):
        import torch

        torch.set_num_threads(1)
        graph = archspec.compile(text)
        model, x = archspec.build(graph).eval(), torch.randn(1, 8)
        calls["build"] = lambda: archspec.build(graph)
        calls["forward"] = torch.no_grad()(lambda: model(x))
    return calls


def memory(quick: bool) -> Iterator[Row]:
    """The peak of a process that builds a network, over that of one with torch loaded."""
    if find_spec("torch") is None:
        raise Skip("torch is not installed")
    code = """
import resource, sys, torch, archspec
from pathlib import Path
import archspec.torch_backend

def peak():  # in bytes; where there is no /proc, what getrusage says, which counts a parent process too
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

torch.nn.Linear(2, 2)(torch.ones(1, 2))
before = peak()
model = archspec.build({name!r})
weights = sum(value.numel() * value.element_size() for value in model.state_dict().values())
print(peak() - before, weights)
"""
    for name in ["resnet50"] if quick else ["resnet50", "vit_b_16", "vgg16"]:
        runs = [tuple(map(int, python(code.replace("{name!r}", repr(name))).split())) for _ in range(3)]
        more, weights = sorted(runs)[1]
        share = more / weights
        measured = f"{share:.3f}; {more / 2**20:.0f} MiB for {weights / 2**20:.0f} MiB"
        yield Row(f"peak memory of building {name} / its weights", measured, "1.10", share <= 1.1)


def construct(quick: bool) -> Iterator[Row]:
    """ResNet-50 with weights, from its file, beside torchvision's."""
    torchvision = _torchvision()
    theirs = timed(torchvision.models.resnet50)
    found = ratio(timed(lambda: archspec.build("resnet50")), theirs, 5 if quick else 15)
    yield Row("construct ResNet-50 with weights / torchvision", str(found), "0.60", found.median <= 0.6)


def forward(quick: bool) -> Iterator[Row]:
    """Inference on one image, beside torchvision with the same weights."""
    import torch

    x = torch.randn(1, 3, 224, 224)
    for name in ("resnet18", "resnet50"):
        ours, theirs = twins(name)
        with torch.no_grad():
            equal = torch.equal(ours.eval()(x), theirs.eval()(x))
            found = ratio(timed(partial(ours, x)), timed(partial(theirs, x)), 10 if quick else 60)
        yield Row(f"forward of {name} / torchvision", _bits(found, equal), "1.00", found.within_noise(1) and equal)
    small = archspec.build("resnet18", seed=0).eval()
    x = x[..., :64, :64]
    with torch.no_grad():
        checked = ratio(timed(partial(small, x)), timed(partial(small._named, x)), 10 if quick else 60)
    what = "forward of resnet18 at 64 × 64, its input checked / unchecked"
    yield Row(what, str(checked), "1.00", checked.within_noise(1))


def train(quick: bool) -> Iterator[Row]:
    """A whole training step, beside torchvision with the same weights."""
    import torch
    from torch import nn

    x, y = torch.randn(2, 3, 224, 224), torch.tensor([1, 2])

    def step(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    for name in ("resnet18", "resnet50"):
        pair = [(model, torch.optim.SGD(model.parameters(), lr=1e-3)) for model in twins(name)]
        ours, theirs = (timed(partial(step, *each)) for each in pair)
        found = ratio(ours, theirs, 6 if quick else 20)
        states = [model.state_dict() for model, _ in pair]
        equal = all(torch.equal(value, states[1][key]) for key, value in states[0].items())
        yield Row(
            f"training step of {name} / torchvision", _bits(found, equal), "1.00", found.within_noise(1) and equal
        )


def twins(name: str):
    """archspec's network and torchvision's, with the same weights, in training mode."""
    theirs = _torchvision().models.get_model(name, weights=None)
    ours = archspec.build(name)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours, theirs


def _bits(found: object, equal: bool) -> str:
    return f"{found}; {'bit-equal' if equal else 'NOT BIT-EQUAL'}"


def meta(quick: bool) -> Iterator[Row]:
    """Every network that has an original, its graph built on the meta device, beside the original there."""
    if find_spec("torch") is None:
        raise Skip("torch is not installed")
    import torch
    from _originals import LIBRARIES, libraries

    def on_meta(make: Callable[[str], object], name: str) -> object:
        with torch.device("meta"):
            return make(name)

    makers, missing = libraries()
    for library, make in makers.items():
        found: dict[str, Ratio] = {}
        whole: dict[str, Ratio] = {}
        refused = []
        for name in LIBRARIES[library][:: 5 if quick else 1]:
            theirs = timed(partial(on_meta, make, name))
            graph = archspec.compile(name)
            try:
                found[name] = ratio(timed(partial(archspec.build, graph, device="meta")), theirs, 5)
                whole[name] = ratio(timed(partial(archspec.build, name, device="meta")), theirs, 5)
            except NotImplementedError:  # it computes its sizes with tensors
                refused.append(name)
        yield _meta_row(f"build {len(found)} networks on meta / {library}", found, refused)
        yield replace(
            _meta_row("the same, the reading and compiling of the file included", whole, []), limit="", ok=None
        )
    if missing:
        raise Skip("; ".join(f"{library}: {reason}" for library, reason in missing.items()))


def _meta_row(what: str, found: dict[str, Ratio], refused: list[str]) -> Row:
    names = sorted(found, key=lambda name: -found[name].median)
    over = [name for name in names if not found[name].within_noise(1)]
    middle = statistics.median(ratio.median for ratio in found.values())
    measured = f"median {middle:.2f}; most {names[0]} {found[names[0]]}"
    if over:
        measured += f"; over: {', '.join(f'{name} {found[name].median:.2f}' for name in over)}"
    if refused:
        measured += f"; not on meta there: {', '.join(refused)}"
    return Row(what, measured, "1.00", not over)


def _torchvision():
    if find_spec("torch") is None or find_spec("torchvision") is None:
        raise Skip("torch and torchvision are not both installed")
    import torch
    from _torchvision import torchvision

    torch.set_num_threads(1)
    keep_memory()
    return torchvision


GROUPS: dict[str, Callable[[bool], Iterator[Row]]] = {
    group.__name__: group
    for group in (process, compile, gallery, depth, memory, construct, forward, train, meta)
}  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
