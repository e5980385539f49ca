"""Advice on a sound graph, one rule a file, each with its source."""

from __future__ import annotations

from collections.abc import Collection

from archspec.diagnostics import Collector
from archspec.lint.activations import last_activation, two_activations
from archspec.lint.bias_before_norm import bias_before_norm
from archspec.lint.channels_of_eight import channels_of_eight
from archspec.lint.dropout_before_norm import dropout_before_norm
from archspec.lint.flow import Flow, Rule
from archspec.lint.odd_size import odd_size
from archspec.lint.plain_depth import plain_depth
from archspec.lint.residuals import needless_projection, without_norm
from archspec.lint.single_value import single_value
from archspec.lint.small_batch import small_batch
from archspec.lint.unreachable import unreachable

RULES: tuple[Rule, ...] = (
    small_batch,
    plain_depth,
    bias_before_norm,
    two_activations,
    last_activation,
    single_value,
    dropout_before_norm,
    channels_of_eight,
    odd_size,
    without_norm,
    needless_projection,
    unreachable,
)


def lint(flow: Flow, collector: Collector, ignore: Collection[str] = ()) -> None:
    """Add the advice of every rule to the findings, but for the codes to ignore."""
    for rule in RULES:
        for diagnostic in rule(flow):
            if diagnostic.code not in ignore:
                collector.add(diagnostic)


__all__ = ["RULES", "Flow", "lint"]
