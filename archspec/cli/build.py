"""`archspec build`: a spec becomes a module, and an artifact."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from archspec.cli import options, terminal, weight_options
from archspec.errors import RunError, UsageError, needing
from archspec.escape import line
from archspec.types.figures import file_size

if TYPE_CHECKING:
    from torch import nn

    from archspec.cli.targets import Target
    from archspec.compiler.features import Features
    from archspec.compiler.inputs import InChannels, InputSize
    from archspec.export import Format, Manifest
    from archspec.graph import Graph
    from archspec.weights.report import WeightsReport

Step: TypeAlias = Callable[[str], None]


class _Build(weight_options.WithWeights):
    """A command that knows what `--export SPEC` and `--features SPEC` were meant to be."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.MissingParameter:
            taken = next((option for option in ("--export", "--features") if option in given[:-1]), None)
            if taken is None:
                raise
            help = f"`{taken}` used the spec as its value; put the spec before `{taken}`"
            raise click.UsageError(help, ctx) from None


@click.command("build", cls=_Build)
@options.spec
@options.params
@options.input_size
@options.in_channels
@options.features
@click.option(
    "--weights",
    type=weight_options.Weights(),
    metavar="FILE",
    help="Load weights: a safetensors file, a torch.save file with only tensors, an index of several, or "
    "hf://OWNER/NAME.",
)
@weight_options.weights
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Seed for the random weights.")
@click.option(
    "--export",
    "formats",
    is_flag=False,
    flag_value=options.EVERY,
    metavar="[FORMAT,...]",
    shell_complete=options.complete("exports"),
    help="Write artifacts and verify them against the module. Default formats: pt2,safetensors.",
)
@click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Output folder. Default: build/NAME.",
)  # fmt: skip
@click.option("--opset", type=int, metavar="N", help="ONNX opset, 18 or later. Default: 20.")
@click.option("--optimize", is_flag=True, help="Fold batch normalizations into the preceding layers before exporting.")
@click.option(
    "--verify/--no-verify", default=True, help="Reload each artifact and compare it with the module. On by default."
)
@click.option(
    "--device",
    metavar="DEVICE",
    shell_complete=options.complete("devices"),
    help="Device: cpu, cuda, ... Default: meta, which needs no memory, or cpu if weights are needed.",
)
@options.plugins
def command(
    spec: Target,
    params: dict[str, object],
    input_size: InputSize,
    in_channels: InChannels,
    features: Features,
    weights: Path | str | None,
    seed: int | None,
    formats: str | None,
    output: Path | None,
    opset: int | None,
    optimize: bool,
    verify: bool,
    device: str | None,
    **foreign: Any,
) -> None:
    """Compile SPEC, build its module and run one forward pass.

    \b
      archspec build resnet50
      archspec build my.yaml -p classes=10 --weights my.safetensors
      archspec build my.yaml -p classes=10 --weights published.pth --partial
      archspec build my.yaml --seed 0 --export
      archspec build my.yaml --seed 0 --export pt2,onnx -o artifacts --optimize
      archspec build resnet50 --features layer2,layer3,layer4
    """
    exported = {"-o": output, "--opset": opset, "--optimize": optimize, "--no-verify": not verify}
    _needs(formats, "`--export`", exported)
    how = {f"--{name.replace('_', '-')}": value for name, value in foreign.items()}
    _needs(weights, "`--weights FILE`", {**how, "--foreign": foreign["own"] is False})
    on = _device(device, {"--weights": weights, "--seed": seed, "--export": formats})
    from archspec.modules import compile_within_budget

    with terminal.progress() as step, _memory():
        step("compiling")
        graph = compile_within_budget(spec, params, input_size, features, in_channels)
        step("loading torch")  # which takes longer than most of what is timed
        with needing("torch", "`archspec build`"):
            import archspec.torch_backend  # noqa: F401
        chosen = _formats(formats, _usual_formats(spec, formats), opset) if formats is not None else ()
        step("constructing")
        model, loaded, built = _construct(graph, on, seed, weights, foreign, step)
        step("running")
        ran = _forward(graph, model, on)
    _tell(graph, on, built, ran)
    if loaded is not None:
        click.echo(f"{line(str(weights))}: {loaded}")
    if chosen:
        _write(graph, model, output or Path("build", graph.name), chosen, seed, optimize, verify)


def _used_options(options: dict[str, Any]) -> list[str]:
    """The options that were given: whose values are not None, false, or no values at all; 0 is one."""
    return [name for name, value in options.items() if value is not None and value is not False and value != ()]


def _needs(basis: Any, what: str, options: dict[str, Any]) -> None:
    """Refuse options that make no sense without another one, their basis."""
    for name in _used_options(options) if basis is None else ():
        raise UsageError(f"`{name}` needs {what}")


def _device(device: str | None, options: dict[str, Any]) -> str:
    """Where to build: where it is asked for, otherwise on `meta` unless one of the options needs weights."""
    needing_weights = _used_options(options)
    if device == "meta" and needing_weights:
        raise UsageError(f"`{needing_weights[0]}` needs weights, but the device `meta` holds none; use `--device cpu`")
    return device or ("cpu" if needing_weights else "meta")


@contextmanager
def _memory() -> Iterator[None]:
    """A network that is too large for the machine is no fault of ours."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        reason = error.__cause__ if isinstance(error, RunError) else error  # which names no node
        if isinstance(error, RuntimeError) and "memory" not in str(reason):
            raise
        raise UsageError("not enough memory for this network; `--device meta` needs none") from None


def _construct(
    graph: Graph, device: str, seed: int | None, weights: Path | str | None, foreign: dict[str, Any], step: Step
) -> tuple[nn.Module, WeightsReport | None, float]:
    """The module, what of its weights fits if there are any, and the seconds it took."""
    import archspec

    started = perf_counter()
    model, loaded = archspec.build(graph, device=device, seed=seed), None
    if weights is not None:
        step("loading weights")
        loaded = archspec.load_weights(model, weights, **foreign)
    return model, loaded, perf_counter() - started


def _forward(graph: Graph, model: nn.Module, device: str) -> float:
    """Run two samples of random values, in eval mode; the seconds it took."""
    from archspec.export.samples import choose_sizes, random_inputs

    def attempt(sizes: dict[str, int]) -> None:
        model(*(value.to(device) for value in random_inputs(graph, 2, sizes)))

    model.eval()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    started = perf_counter()
    try:
        model.requires_grad_(False)  # what a backward pass would need is not kept
        choose_sizes(graph, attempt)
    finally:
        for parameter in trained:
            parameter.requires_grad_(True)
    return perf_counter() - started


def _tell(graph: Graph, device: str, built: float, ran: float) -> None:
    """What the network is, and the seconds that building and running it took."""
    from archspec.reports import summarize

    click.echo(line(f"{graph.name}: {summarize(graph, 0).totals}"))
    click.echo(line(f"built on {device} in {built:.2f} s, forward pass in {ran:.2f} s"))


def _formats(names: str, usual: tuple[str, ...] | None, opset: int | None) -> tuple[Format, ...]:
    """The formats, all of which can be written here; without names the usual ones of the project, if it has any."""
    from archspec.export import DEFAULT, select

    chosen = select([name.strip() for name in names.split(",") if name.strip()] or usual or DEFAULT, opset)
    for format in chosen:
        format.require()
    return chosen


def _usual_formats(spec: Target, names: str | None) -> tuple[str, ...] | None:
    """The formats that the project sets, where none are named. Raises `UsageError` for broken settings."""
    if names != options.EVERY:
        return None
    from archspec.settings import Projects

    projects = Projects({})
    usual: tuple[str, ...] | None = projects.of(spec)["export"]
    projects.require_sound()
    return usual


def _write(
    graph: Graph,
    model: nn.Module,
    folder: Path,
    formats: tuple[Format, ...],
    seed: int | None,
    optimize: bool,
    verify: bool,
) -> None:
    """Write the artifacts, optimized if asked for, and say what was written."""
    from archspec.export import export, fold_norms

    with terminal.progress() as step, _memory():
        gain = None
        if optimize:
            step("optimizing")
            gain = fold_norms(graph, model)
            graph, model = gain.graph, gain.model

        def progress(what: str, done: int, total: int) -> None:
            step(f"{what} ({done + 1} of {total})")

        manifest = export(graph, model, folder, formats, seed=seed, verify=verify, progress=progress)
    if gain is not None:
        click.echo(line(str(gain)))
    _report(manifest, folder, len(formats))


def _report(manifest: Manifest, folder: Path, written: int) -> None:
    """The files that were written with their sizes, how far each is from the module, and what is not to be confused."""
    from archspec.export.standing import MANIFEST
    from archspec.reports.table import Table, plain

    found = [(file.name, file.size, _difference(file.max_difference)) for file in manifest.files[:written]]
    found.append((MANIFEST, (folder / MANIFEST).stat().st_size, ""))
    rows = tuple((str(folder / name), file_size(size), note) for name, size, note in found)
    if any(file.weights for file in manifest.files[:written]):
        click.echo(line(f"weights: {manifest.weights}"))
    click.echo(plain(Table(("written", "size", ""), rows, frozenset({1}))))
    for warning in manifest.warnings:
        click.echo(line(f"warning: {warning}"), err=True)


def _difference(found: float | None) -> str:
    return "not verified" if found is None else f"largest difference {found:.2g}"
