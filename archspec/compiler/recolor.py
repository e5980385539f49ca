"""Other channels for inputs than the spec declares, as `in_channels` gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archspec.compiler import typed
from archspec.compiler.inputs import InChannels
from archspec.compiler.resize import Kinds
from archspec.diagnostics import did_you_mean, listed
from archspec.errors import UsageError
from archspec.limits import AXIS
from archspec.types.tensor import TensorType


def recolored(kinds: Kinds, in_channels: InChannels) -> dict[str, TensorType]:
    """The types with the channels that were chosen. Raises `UsageError` for an input of token ids, which has none."""
    if in_channels is None:
        return dict(kinds)
    chosen = in_channels if isinstance(in_channels, Mapping) else dict.fromkeys(kinds, in_channels)
    for name in chosen:
        if kinds[name].vocab is not None:
            given = typed.channels(in_channels)
            raise UsageError(f"`{given}`: the input `{name}` is of token ids, which have no channels")
    return {name: kind.with_channels(chosen[name]) if name in chosen else kind for name, kind in kinds.items()}


def check_in_channels(inputs: Iterable[str], in_channels: InChannels) -> None:
    """Raises `UsageError` for what are no channels of these inputs."""
    names = list(inputs)
    given = in_channels if isinstance(in_channels, Mapping) else {"": in_channels}
    if any(type(channels) is not int or not 1 <= channels <= AXIS for channels in given.values()):
        raise UsageError(f"`{typed.channels(in_channels)}`: channels must be an integer of at least 1")
    if not isinstance(in_channels, Mapping) and len(names) > 1:
        raise UsageError(
            f"`{typed.channels(in_channels)}`: with several inputs, give channels by name: `{names[0]}={in_channels}`"
        )
    for name in in_channels if isinstance(in_channels, Mapping) else ():
        if name not in names:
            raise UsageError(
                f"`{typed.channels(in_channels)}`: there is no input `{name}`; "
                + (did_you_mean(str(name), names) or f"there is {listed(names)}")
            )
