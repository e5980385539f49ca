"""What a text leads on to, which is read from the same revision."""

from __future__ import annotations

from itertools import product

import pytest

from archspec.language.revisions import mentioned

ITEMS = {"a.yaml": True, "./b/c.yaml": True, "5": False, "1.5": False, "true": False, "null": False, "[d]": False}
BASES = {**ITEMS, "resnet50": False, "./a": True, "../x/y.yml": True, "{a: b}": False}


@pytest.mark.parametrize("base", ["", *BASES])
def test_the_paths_that_are_written(base: str) -> None:
    bases = [base] * BASES.get(base, False)
    text = "archspec: 1\n" + f"extends: {base}\n" * bool(base)
    assert mentioned(text.encode()) == bases
    for items in product(ITEMS, repeat=2):
        included = [item for item in items if ITEMS[item]]
        assert mentioned(f"{text}include: [{', '.join(items)}]\n".encode()) == [*bases, *included]
