"""The bytes of one way to run a network."""

from __future__ import annotations

from dataclasses import field

from archspec.records import record


@record
class Need:
    """The bytes of one way to run a network, by part.

    `activations` are what is alive when the loss is there: inputs, what gradients need, outputs, and what the loss
    keeps. `temporaries` are what the fullest phase needs besides. `phases` are the most bytes of each phase.
    """

    parameters: int
    buffers: int
    gradients: int
    optimizer: int
    activations: int
    temporaries: int
    phases: dict[str, int] = field(default_factory=dict)

    @property
    def peak(self) -> int:
        """The bytes of the fullest phase."""
        return max(self.phases.values())
