"""Which keys belong together: all that there can be are tried."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import pytest
from pydantic import ValidationError

from archspec.language.models import Input

PARTS: dict[str, list[Any]] = {
    "channels": [8], "size": [[4, 4], "L", []], "layout": ["channels_first"], "dtype": ["int64", "float16"],
    "vocab": [100], "length": [16, "L"],
}  # fmt: skip
INPUTS = [
    dict(zip(keys, values, strict=True))
    for count in range(len(PARTS) + 1)
    for keys in combinations(PARTS, count)
    for values in product(*(PARTS[key] for key in keys))
]


@pytest.mark.parametrize("keys", [keys for count in range(7) for keys in combinations(PARTS, count)], ids=" ".join)
def test_an_input_has_channels_or_token_ids(keys: tuple[str, ...]) -> None:
    for given in (given for given in INPUTS if tuple(given) == keys):
        tokens = "vocab" in given or "length" in given
        other = "channels" in given or given.get("size", []) != []
        if tokens:
            is_kind = "vocab" in given and "length" in given and not other
            fits = is_kind and "layout" not in given and given.get("dtype") in (None, "int64")
        else:
            fits = "channels" in given and given.get("dtype") != "int64"
        try:
            Input.model_validate({key: tuple(x) if isinstance(x, list) else x for key, x in given.items()})
        except ValidationError:
            assert not fits, given
        else:
            assert fits, given
