"""What could not be imported, and why."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.errors import CannotImport
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


def refused(name: str, refusals: Sequence[Refusal]) -> CannotImport:
    """The error for a module that no spec says, with all reasons at once."""
    count = f"{len(refusals):,} reason{'s' * (len(refusals) != 1)}"
    told = "\n".join(lines([text]) for one in refusals for text in str(one).split("\n"))
    error = CannotImport(f"`{name}` cannot be imported, for {count}:", report=told)
    error.refusals = tuple(refusals)
    return error
