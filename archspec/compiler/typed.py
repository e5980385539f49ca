"""How values from outside were given: messages call them as they were typed."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType

TYPED: ContextVar[Mapping[str, str]] = ContextVar("TYPED", default=MappingProxyType({}))
"""The values of parameters, `input_size` and `in_channels`, as the command line has them: `-p classes=ten`,
`--input-size 250`."""


def parameter(name: str, value: object) -> str:
    """A parameter of a spec."""
    return TYPED.get().get(name) or f"params={{{name!r}: {value!r}}}"


def channels(in_channels: object) -> str:
    """Channels of inputs; no parameter has that name."""
    return TYPED.get().get("in_channels") or f"in_channels={in_channels!r:.80}"


def sizes(input_size: object) -> str:
    """Sizes of inputs; no parameter has that name."""
    return TYPED.get().get("input_size") or f"input_size={input_size!r}"
