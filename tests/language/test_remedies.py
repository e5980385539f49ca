from __future__ import annotations

import pytest

from archspec.language.bundled_files import bundled_blocks
from archspec.language.combinators import COMBINATORS
from archspec.language.remedies import takes
from archspec.ops import OPS

HOLDERS = {name: model for name, model in COMBINATORS.items() if model.lists()}


@pytest.mark.parametrize("name", HOLDERS)
def test_a_node_in_the_place_of_a_key_belongs_in_the_first_list_that_is_left(name: str) -> None:
    model = HOLDERS[name]
    lists = [*model.lists()]
    for key in (*OPS, *bundled_blocks(), "nonsense"):
        for number, first in enumerate([*lists, None]):
            found = takes(model, key, lists[:number])
            if key == "nonsense" or first is None:
                assert found.startswith(("it takes `", "write `")), (key, number)
            else:
                assert found.startswith(("write `", f"put nodes in a list, `{first}: [{key}: …]`")), (key, number)
