"""The maps of attention, queries × keys, and what torch keeps of them."""

from __future__ import annotations

from archspec.records import record
from archspec.types.kept import WIDE
from archspec.types.sizes import Size


@record
class Maps:
    """The maps of one sample: of how many heads, in all positions in front; and how many channels a key and a value of
    a head have, in numbers of `width` bytes."""

    heads: Size
    queries: Size
    keys: Size
    key: int
    value: int
    width: int
    dropout: bool

    @property
    def fused(self) -> Size:
        """What the fused attention keeps besides what it takes and gives: the logarithm of a sum for each query."""
        return self.heads * self.queries * max(self.width, WIDE)

    @property
    def plain(self) -> Size:
        """What torch keeps where it cannot fuse: it computes in float32 at least."""
        return self.formula(max(self.width, WIDE), 1)

    def formula(self, width: int, whole: int) -> Size:
        """What a product of matrices, `whole` maps, and another product keep: queries, keys, values and the maps; and
        of a dropout the mask and what it leaves."""
        maps = self.heads * self.queries * self.keys * (whole + 2 * self.dropout)
        return (maps + self.heads * (self.queries * self.key + self.keys * (self.key + self.value))) * width
