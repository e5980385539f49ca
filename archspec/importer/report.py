"""What could not be imported, and why."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.errors import ArchspecError
from archspec.escape import lines
from archspec.records import record


@record
class Refusal:
    """One operation without a counterpart in the language: what it is, the module that runs it, its line in the source
    where torch knows it, and the reason."""

    what: str
    module: str
    line: str
    why: str

    def __str__(self) -> str:
        where = f"in `{self.module}`" if self.module else "in the module itself"
        return f"{self.what}, {where}: {self.why}" + (f"\n  {self.line}" if self.line else "")


class CannotImport(ArchspecError):
    """A module that no spec says; `refusals` are all reasons at once."""

    def __init__(self, name: str, refusals: Sequence[Refusal]) -> None:
        count = f"{len(refusals):,} reason{'s' * (len(refusals) != 1)}"
        told = "\n".join(lines([text]) for one in refusals for text in str(one).split("\n"))
        super().__init__(f"`{name}` cannot be imported, for {count}:", report=told)
        self.refusals = tuple(refusals)
