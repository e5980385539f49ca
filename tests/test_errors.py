from __future__ import annotations

import pytest

from archspec.errors import MissingExtra, needing


def test_what_an_extra_brings_is_asked_for_by_its_name() -> None:
    text = r"walking needs the extra `legs`: pip install \"archspec-nn\[legs\]\""
    with pytest.raises(MissingExtra, match=text), needing("legs", "walking"):
        import legs  # noqa: F401
    with pytest.raises(MissingExtra, match="the extra `legs`"), needing("legs", "walking", "feet"):
        import feet  # noqa: F401


def test_what_else_is_missing_is_no_matter_of_extras() -> None:
    with pytest.raises(ModuleNotFoundError, match="wings"), needing("legs", "walking"):
        import wings  # noqa: F401
