"""Advice on a sound graph, one rule a file, each with its source."""

from __future__ import annotations

from collections.abc import Collection

from archspec.diagnostics import Collector, Span
from archspec.language import Spec
from archspec.lint.activations import last_activation, two_activations
from archspec.lint.bias_before_norm import bias_before_norm
from archspec.lint.channels_of_eight import channels_of_eight
from archspec.lint.copied import copied
from archspec.lint.dropout_before_norm import dropout_before_norm
from archspec.lint.flow import Flow, Rule
from archspec.lint.norm_again import norm_again
from archspec.lint.odd_size import odd_size
from archspec.lint.over import Over
from archspec.lint.plain_depth import plain_depth
from archspec.lint.residuals import needless_projection, without_norm
from archspec.lint.single_value import single_value
from archspec.lint.small_batch import small_batch
from archspec.lint.unreachable import idle, unreachable

RULES: tuple[Rule, ...] = (
    small_batch,
    plain_depth,
    bias_before_norm,
    two_activations,
    last_activation,
    single_value,
    norm_again,
    dropout_before_norm,
    channels_of_eight,
    odd_size,
    without_norm,
    needless_projection,
    unreachable,
    idle,
    copied,
)


STYLE = frozenset({"A702", "A703", "A704", "A705", "A707", "A708", "A710", "A711", "A718"})
"""The codes of advice on how to build a network, which does not apply to one that is somebody's."""


def lint(flow: Flow, collector: Collector, ignore: Collection[str] = (), spec: Spec | None = None) -> None:
    """Add the advice of every rule to the findings, but for the codes to ignore; of a `spec`, advice about style, and
    on weights that nothing takes, where the network is not somebody's, as its `reference` says."""
    over = Over(spec) if spec is not None else None
    for rule in RULES:
        for diagnostic in rule(flow):
            may_be = diagnostic.code in STYLE or rule is idle
            is_theirs = may_be and spec is not None and _is_theirs(spec, diagnostic.span)
            if diagnostic.code not in ignore and not is_theirs:
                collector.add(diagnostic if over is None else over(diagnostic), diagnostic.span)


def _is_theirs(spec: Spec, span: Span | None) -> bool:
    """Whether what stands at a place belongs to a network that a `reference` names: one of a base says nothing of what
    the file that extends it adds."""
    named = spec.spans.get("reference") if spec.reference else None
    if named is None:
        return False
    return named.source is spec.source or span is None or span.source is not spec.source


__all__ = ["RULES", "Flow", "lint"]
