"""What an export format is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from archspec.export.subject import Artifact, Subject


class Format(ABC):
    """A kind of file that a network is written to, and read back from.

    `tolerance` bounds the difference between the artifact's outputs and the module's, relative to the largest value of
    the module's. `libraries` are the distributions that the file depends on; their versions are recorded.
    `holds_weights` says whether the file has values, or the architecture alone.
    """

    name: ClassVar[str]
    suffix: ClassVar[str]
    tolerance: ClassVar[float]
    libraries: ClassVar[tuple[str, ...]] = ()
    holds_weights: ClassVar[bool] = True

    def require(self) -> None:  # noqa: B027 - most formats need nothing more than torch
        """Find out, before any work is done, whether this format can be written at all.

        Raises `MissingExtra` where a library is not installed, and `UsageError` for options that it does not support.
        """

    @abstractmethod
    def write(self, subject: Subject, path: Path) -> None:
        """Write the one file of this format. Whatever it raises is reported as an `ExportError`."""

    @abstractmethod
    def read(self, subject: Subject, path: Path) -> Artifact:
        """Load what `write` wrote from the file alone; the subject says no more than names and devices."""
