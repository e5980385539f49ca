"""What there is to tell of two networks, in whatever form."""

from __future__ import annotations

from archspec.records import record
from archspec.reports.diff.keys import Keys
from archspec.reports.diff.records import Change
from archspec.reports.summary.rows import Row
from archspec.reports.summary.summary import Summary


@record
class Part:
    """A stage, block or node of the network itself whose numbers differ; None where it is not there.

    Neighbours that differ in the same way are one part, as in a summary: `times` is how many, the paths say which.
    """

    before: Row | None
    after: Row | None


@record
class Difference:
    """What differs between two networks.

    `before` and `after` are the totals of each, `fingerprints` their hashes, which are equal where the architectures
    are. `parts` are the stages, blocks and nodes of the network itself whose shapes or costs differ; `changes` what was
    added, removed, changed, renamed or moved; `reshaped` the number of nodes that have other shapes only because of
    that; and `keys` what becomes of a checkpoint.
    """

    before: Summary
    after: Summary
    fingerprints: tuple[str, str]
    parts: tuple[Part, ...]
    changes: tuple[Change, ...]
    reshaped: int
    keys: Keys

    @property
    def same(self) -> bool:
        """Whether both are the same architecture, however their specs are written."""
        return self.fingerprints[0] == self.fingerprints[1]

    @property
    def renamed(self) -> bool:
        """Whether they differ in nothing but the names of stages, blocks and nodes."""
        return not self.same and all(change.kind == "renamed" for change in self.changes)
