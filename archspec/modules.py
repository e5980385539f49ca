"""The public functions around modules: building them, and their weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from archspec.api import SpecLike, compile
from archspec.compiler import enforce_budget
from archspec.compiler.features import Features
from archspec.compiler.inputs import InChannels, InputSize
from archspec.errors import UsageError, needing
from archspec.graph import Graph, network_in
from archspec.language import Spec, read

if TYPE_CHECKING:
    from torch import device as Device
    from torch import nn

    from archspec.weights.report import WeightsReport

Renames: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""Regular expressions with what replaces their matches, in order."""
Weights: TypeAlias = str | PathLike[str] | Mapping[str, Any]
"""A file, an index of shards, `hf://owner/name`, or a state dict."""
AdaptChannels: TypeAlias = bool | Literal["mean", "keep"]


def build(
    spec: SpecLike | Graph | nn.Module,
    params: Mapping[str, object] | None = None,
    device: str | Device = "cpu",
    seed: int | None = None,
    input_size: InputSize = None,
    weights: Weights | None = None,
    features: Features = False,
    key: str | None = None,
    *,
    in_channels: InChannels = None,
    rename: Renames = (),
    partial: bool = False,
    adapt_in_channels: AdaptChannels = False,
    adapt_positions: bool = False,
    own: bool | None = None,
    plugin: str | Iterable[str] = (),
) -> nn.Module:
    """The `nn.Module` of a spec, in training mode.

    Its forward takes a tensor (N, C, H, W) for `input: [C, H, W]`, (N, C) for a vector, (N, L) for token ids; several
    inputs in the order of the spec, or by name. It returns a tensor, or a dict by the names of `outputs` or stages. The
    module knows its `graph`, and in `feature_info` the `name`, `channels` and `stride` of each stage's output.

    Arguments:
        spec, params, input_size, features, in_channels: As for `compile`; `features` take the whole network's weights.
        device: Where the weights are; on `meta` there are none, and the module takes no memory.
        seed: The seed of the weights, which are the same on every device; by default, torch's generator draws it.
        weights, key, rename, partial, adapt_in_channels, adapt_positions, own: What to load: as for `load_weights`.
        plugin: Names of modules that register ops, imported first: as for `load_plugin`.

    Raises what `compile` and `load_weights` raise, `UsageError` for a device that cannot be used, and `MissingExtra`
    where torch is not installed.

        >>> import archspec, torch
        >>> model = archspec.build("resnet18", params={"classes": 10}, seed=0)
        >>> tuple(model(torch.randn(2, 3, 64, 64)).shape)
        (2, 10)
    """
    how = {
        "key": key, "rename": rename, "partial": partial, "adapt_in_channels": adapt_in_channels,
        "adapt_positions": adapt_positions, "own": own,
    }  # fmt: skip
    if weights is None:
        _refuse_idle(how)
    _load_plugins(plugin)
    model = _module(compile_within_budget(spec, params, input_size, features, in_channels), device, seed)
    if weights is not None:
        load_weights(model, weights, **how)  # type: ignore[arg-type]
    return model


def compile_within_budget(
    spec: SpecLike | Graph | nn.Module,
    params: Mapping[str, object] | None,
    input_size: InputSize,
    features: Features,
    in_channels: InChannels,
) -> Graph:
    """What `compile` gives. Raises `SpecError` where the network exceeds the budget of its spec, too."""
    found = read(spec) if isinstance(spec, (str, PathLike, Mapping)) else spec
    graph = compile(found, params, input_size, features, in_channels)
    if isinstance(found, Spec):
        enforce_budget(found, graph)
    return graph


def _module(graph: Graph, device: str | Device, seed: int | None) -> nn.Module:
    with needing("torch", "building a module"):
        from archspec.torch_backend import build_module
    return build_module(graph, device, seed)


def _refuse_idle(how: Mapping[str, Any]) -> None:
    """Refuse arguments that say how weights are loaded, where there are none."""
    given = {**how, "own": how["own"] is not None}  # of which false says something, too
    for name in (name for name, value in given.items() if value not in (None, False, (), {})):
        raise UsageError(f"`{name}` needs `weights`")


def _load_plugins(plugin: object) -> None:
    if not isinstance(plugin, Iterable):
        raise UsageError(f"`plugin` must be the name of a module, or several, found {plugin!r:.80}")
    for module in (plugin,) if isinstance(plugin, str) else plugin:
        from archspec.ops import load_plugin

        load_plugin(module)


def load_weights(
    model: nn.Module,
    path: Weights,
    *,
    key: str | None = None,
    rename: Renames = (),
    partial: bool = False,
    adapt_in_channels: AdaptChannels = False,
    adapt_positions: bool = False,
    own: bool | None = None,
) -> WeightsReport:
    """Load weights into a module that `build` made, and report what was loaded.

    Arguments:
        model: The module, on any device but `meta`.
        path: A safetensors file, a file that `torch.save` wrote, an index of several (`*.index.json`),
            `hf://owner/name` for a repository of the Hugging Face Hub, or a state dict: a mapping from keys to tensors.
            Nothing in a file is executed.
        key: The entry of a checkpoint that holds more than weights, `a.b` one inside of another; without it they are
            found under the usual names, and the report says which was taken.
        rename: Patterns and replacements for the keys of the weights, each as for `re.sub`, in order, after those of
            the spec's `weights`.
        partial: Load what fits, and leave the network's initialization where nothing does; otherwise all must fit.
        adapt_in_channels: For a first convolution (C_out, C', …) take a weight (C_out, C, …) for another number of
            input channels. With `"mean"`, or true, each of the C' channels gets the mean over the C channels, times
            C / C'. With `"keep"`, the first C channels stay, and the others get the mean.
        adapt_positions: Interpolate position embeddings (1, L, C) for another size of the input: bicubic over one or
            two dimensions, as timm does; class tokens stay.
        own: Whether the weights were saved from this network, so that the rules of its spec are not applied. By
            default, they were if archspec wrote the file, or if all keys and shapes are the network's.

    Raises `WeightsError` where the weights cannot be read or do not fit, with a table of what is missing, unexpected or
    of another shape; the module is then as it was. Raises `UsageError` for arguments that make no sense, and
    `MissingExtra` where a repository needs `huggingface_hub`.

        >>> import archspec
        >>> source = archspec.build("resnet18", seed=0)
        >>> model = archspec.build("resnet18", params={"classes": 10}, seed=1)
        >>> report = archspec.load_weights(model, source.state_dict(), partial=True)
        >>> [mismatch.key for mismatch in report.mismatched]
        ['fc.weight', 'fc.bias']
    """
    with needing("torch", "loading weights"):
        from archspec.torch_backend.weights import load_weights
    from archspec.weights.adapt import choice
    from archspec.weights.rename import renames

    _check(key, partial, own)
    model, adapt = network_in(model), choice(adapt_in_channels, adapt_positions)
    return load_weights(model, path, key=key, renames=renames(rename), partial=partial, adapt=adapt, own=own)


def check_weights(
    spec: SpecLike | Graph | nn.Module,
    path: Weights,
    params: Mapping[str, object] | None = None,
    input_size: InputSize = None,
    *,
    in_channels: InChannels = None,
    key: str | None = None,
    rename: Renames = (),
    partial: bool = False,
    adapt_in_channels: AdaptChannels = False,
    adapt_positions: bool = False,
    own: bool | None = None,
) -> WeightsReport:
    """What of some weights fits a spec, without building its module.

    The values of a file's weights are not read, and torch is not needed.

    Arguments:
        spec, params, input_size, in_channels: As for `compile`.
        path, key, rename, partial, adapt_in_channels, adapt_positions, own: As for `load_weights`.

    Raises what `compile` raises, and `WeightsError` where the weights cannot be read; what does not fit is in the
    report, whose `fits` says whether loading would succeed.

        >>> import archspec
        >>> state = archspec.build("resnet18", device="meta").state_dict()
        >>> archspec.check_weights("resnet18", state).fits
        False
    """
    from archspec.weights.adapt import choice
    from archspec.weights.fit import fit, wanted
    from archspec.weights.foreign import foreign
    from archspec.weights.given import contents_of
    from archspec.weights.rename import renames

    _check(key, partial, own)
    graph = compile(spec, params, input_size, in_channels=in_channels)
    adapt, given = choice(adapt_in_channels, adapt_positions), renames(rename)
    if isinstance(path, Mapping):
        from archspec.torch_backend.weights import described

        contents = described(path, key)
    else:
        contents = contents_of(path, key)
    return fit(wanted(graph), contents, foreign(graph), given, partial, adapt, own)[0]


def _check(key: object, partial: object, own: object) -> None:
    if key is not None and not isinstance(key, str):
        raise UsageError(f"`key` must be the name of an entry, found {key!r:.80}")
    if not isinstance(partial, bool):
        raise UsageError(f"`partial` must be true or false, found {partial!r:.80}")
    if own is not None and not isinstance(own, bool):
        raise UsageError(f"`own` must be true, false or None, found {own!r:.80}")
