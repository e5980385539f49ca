"""Where the files lie that ship with archspec beside its code: the bundled specs and the JSON Schema.

A wheel carries them inside the package; a checkout, and so an editable install, has them in its top-level folders.
"""

from __future__ import annotations

from pathlib import Path

from archspec.errors import ArchspecError

_PACKAGE = Path(__file__).resolve().parent


def specs_folder() -> Path:
    """The folder of the bundled specs, `FAMILY/NAME.yaml`. Raises `ArchspecError` where it is missing."""
    return _data_folder("specs")


def schema_file() -> Path:
    """The JSON Schema of a spec. Raises `ArchspecError` where it is missing."""
    file = _data_folder("schemas") / "archspec.schema.json"
    if not file.is_file():
        raise ArchspecError(f"the JSON Schema is missing: there is no {file}")
    return file


def _data_folder(name: str) -> Path:
    installed, checkout = _PACKAGE / "_data" / name, _PACKAGE.parent
    if installed.is_dir():
        return installed
    # Beside an installed package lies site-packages, where a folder of this name would be somebody else's.
    if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
        return checkout / name
    raise ArchspecError(f"this installation of archspec-nn is incomplete: there is no {installed}; install it again")
