"""The exception tree. Everything archspec raises on purpose is an `ArchspecError`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from archspec.escape import line

if TYPE_CHECKING:
    from archspec.diagnostics import Diagnostic


class ArchspecError(Exception):
    """The base of all errors. `diagnostics` holds every finding that led to it, in the order of the file.

    The message is one line, whatever names are in it; a `report`, whose text has lines of its own, follows.
    """

    def __init__(self, message: str, diagnostics: Iterable[Diagnostic] = (), report: object = None) -> None:
        super().__init__(line(message) if report is None else f"{line(message)}\n{report}")
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.diagnostics)) or str(self.args[0])


class SpecError(ArchspecError):
    """A spec that cannot be read, is not valid, or does not describe a network."""


class WeightsError(ArchspecError):
    """Weights that cannot be read or do not fit the network."""


class ExportError(ArchspecError):
    """An artifact that cannot be written, or that does not compute what the network computes."""


class CannotImport(ArchspecError):
    """A module that no spec says, or that cannot be traced; `refusals` are all reasons."""

    refusals: tuple[Any, ...] = ()


class MissingExtra(ArchspecError):
    """An optional dependency is not installed; the message says which extra brings it."""

    def __init__(self, extra: str, purpose: str) -> None:
        super().__init__(f'{purpose} needs the extra `{extra}`: pip install "archspec-nn[{extra}]"')
        self.extra = extra


@contextmanager
def needing(extra: str, purpose: str, library: str = "") -> Iterator[None]:
    """Import what an extra brings: a library of its name, or this one. Raises `MissingExtra` where it is not there."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != (library or extra):
            raise
        raise MissingExtra(extra, purpose) from None


class UsageError(ArchspecError):
    """A call that makes no sense: a path that does not exist, an option out of range."""


class RunError(ArchspecError):
    """A node that fails while a network runs. The message names it with its line; `__cause__` is what was raised there,
    and it is an error of that type, too."""


class InputError(RunError, RuntimeError, ValueError, TypeError):
    """A network that is called with what it does not take. Torch and Python raise one of these types for it."""


REPORT = "this is a bug in archspec, not in your spec: please report it, with the spec if possible"


class InternalError(ArchspecError):
    """A fault of archspec itself, which its message asks to report."""
