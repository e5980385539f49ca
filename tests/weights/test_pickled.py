"""What is wrong with a hostile file is told in the words of that, before anything large is read or built."""

from __future__ import annotations

import pickle
import pickletools
from collections.abc import Callable
from pathlib import Path

import pytest

from archspec.errors import WeightsError
from archspec.weights import contents, instructions
from archspec.weights.contents import read_contents
from archspec.weights.instructions import Pickles
from archspec.weights.messages import Unsound
from archspec.weights.substitute import KEY_LENGTH
from tests.cli.hostile_weights import FILES, ORDERED, PICKLES, archive, legacy, mapping, tensor, text

DAMAGED = "it is damaged, or not a file that `torch.save` wrote"
PARTS = "it is one part of a multi-part archive"
STORED = "its entries are compressed or encrypted, and those of torch.save are neither"

REASONS = {
    "a key of nested tuples": "contains more than tensors: `tuple` (Tensor)",
    "a key of nested tuples beside": "contains more than tensors: `tuple` (int)",
    "an ordered dict with a key of nested tuples": "contains more than tensors: `tuple` (int)",
    "nested tuples as a value": "contains more than tensors: `scale.weight` (tuple); save only the state dict",
    "nested tuples as a whole": "contains a tuple, not a mapping",
    "nested frozensets": "it contains `builtins.frozenset`",
    "a set of nested tuples": "contains a set, not a mapping",
    "nested dicts": "contains more than tensors: `a` (dict), `b` (dict); save only",
    "wide nested dicts": "`k9` (dict) and 290 more; save only",
    "a dict in itself": "contains more than tensors: `model` (dict); save only",
    "a long key": "has a key of 5,000,000 characters",
    "a function": "it contains `os.system`, and reading anything but tensors could execute code",
    "a long name": "it contains `torch.torch.",
    "a giant stride": "it contains a tensor of 3 values in a storage of 3: it is damaged",
    "a giant offset": "it contains a tensor of 3 values in a storage of 3: it is damaged",
    "100,000 dimensions": "it contains a tensor of 100,000 dimensions; torch computes with up to 64",
    "a storage of another": "its entry `x/data/1` is missing: it is damaged",
    "a storage in another folder": "its entry `x/data/../data.pkl` is missing",
    "a storage of 2^62": "its entry `x/data/0` has 12 bytes, expected 18,446,744,073,709,551,616",
    "a storage that is too short": "its entry `x/data/0` has 12 bytes, expected 16: it is damaged",
    "a storage of an unknown type": "it contains `torch.OddStorage`",
    "values that are too few": "its entry `x/data/0` has 8 bytes, expected 12",
    "no values": "its entry `x/data/0` has 0 bytes, expected 12",
    "a compressed bomb": STORED,
    "several disks": PARTS,
    "entries on another disk": PARTS,
    "encrypted entries": STORED,
    "entries of 4 GB": "its entry `x/data.pkl` goes on beyond its end",
    "entries that are 64 bits long": "its entry `x/data.pkl` goes on beyond its end",
    "entries beyond the end": "its entry `x/data.pkl` is not where it should be",
    "1,000,000 entries": "its list of entries has 54,000,000 bytes",
    "a program": "it is a program of TorchScript",
    "an older file that ends early": "it ends before all of its values: it is truncated",
}
"""Of those that `DAMAGED` does not say all of."""

LOADS = {"an attribute with a key of nested tuples", "a giant shape of one number", "two folders"}
DULL = {
    "calls inside of calls", "marks", "marks without end", "tuples in tuples", "dicts", "lists", "sets", "floats",
    "memories", "keys", "colliding numbers", "many names of one tensor", "a list again and again",
}  # fmt: skip
"""Large ones, which are refused, or load, like small ones."""

ATTACKS = {
    **{name: PICKLES[name] for name in PICKLES.keys() - DULL},
    **{name: make for name, make in FILES.items() if name in REASONS},
    **{name: FILES[name] for name in ("two folders", "a file that ends early", "a list of entries of 4 GB",
                                      "an older file that lies about its values", "an older file without places",
                                      "an older file of other places", "a pickle alone", "nothing", "zeros")},
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_a_hostile_file_is_refused_for_what_it_is(name: str, tmp_path: Path) -> None:
    data = ATTACKS[name]()
    (tmp_path / "w").write_bytes(archive(data) if name in PICKLES else data)
    if name in LOADS:
        assert {*read_contents(tmp_path / "w").tensors} <= {"scale.weight"}
        return
    with pytest.raises(WeightsError) as caught:
        read_contents(tmp_path / "w")
    assert REASONS.get(name, DAMAGED) in str(caught.value)


MANY = mapping(a=tensor(), b=tensor())


@pytest.mark.parametrize("make", [archive, legacy])
def test_a_file_that_is_cut_anywhere_is_damaged(make: Callable[[bytes], bytes], tmp_path: Path) -> None:
    whole = make(MANY)
    for length in range(len(whole)):
        (tmp_path / "w").write_bytes(whole[:length])
        with pytest.raises(WeightsError):
            read_contents(tmp_path / "w")
    (tmp_path / "w").write_bytes(whole)
    assert {*read_contents(tmp_path / "w").tensors} == {"a", "b"}


@pytest.mark.parametrize("make", [archive, legacy])
@pytest.mark.parametrize("more", [0, 1])
def test_up_to_so_many_tensors_with_keys_of_such_a_length(
    make: Callable[[bytes], bytes], more: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "w").write_bytes(make(mapping(**{"k" * KEY_LENGTH: tensor(), "k" * (KEY_LENGTH - 1 + more): tensor()})))
    monkeypatch.setattr(contents, "TENSORS", 2)
    if not more:
        assert len(read_contents(tmp_path / "w").tensors) == 2
    (tmp_path / "w").write_bytes(make(mapping(**{"k" * (KEY_LENGTH + more): tensor()})))
    if more:
        with pytest.raises(WeightsError, match=r"has a key of 2,001 characters; archspec reads up to 2,000"):
            read_contents(tmp_path / "w")
    (tmp_path / "w").write_bytes(make(mapping(**{f"k{i}": tensor() for i in range(2 + more)})))
    if more:
        with pytest.raises(WeightsError, match="contains 3 tensors; archspec reads up to 2"):
            read_contents(tmp_path / "w")
    else:
        assert len(read_contents(tmp_path / "w").tensors) == 2


@pytest.mark.parametrize("more", [0, -1])
def test_up_to_so_many_instructions_and_items_of_lists(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = b"](" + b"".join(text(name) + b"K\x01\x86" for name in "abc") + b"e"
    data = b"\x80\x02" + ORDERED + pairs + b"\x85Rq\x00."
    count = len([*pickletools.genops(data)]) - 1 + len("abc")  # the last one is no step
    monkeypatch.setattr(instructions, "PICKLE_INSTRUCTIONS", count + more)
    if more:
        with pytest.raises(Unsound, match=f"its pickle has more than {count - 1} instructions"):
            Pickles(data).load()
    else:
        assert Pickles(data).load() == {"a": 1, "b": 1, "c": 1}


@pytest.mark.parametrize("protocol", range(5))
def test_what_pickle_writes_is_read_as_it_is_where_torch_reads_it(protocol: int) -> None:
    """Of protocol 2, which torch.save takes; what others write besides is refused and never misread."""
    shared = ["a" * 300, 2.5]
    content = {
        "numbers": (0, 1, 255, 256, 65_535, 65_536, -1, 2**31, -(2**63), 2**200),
        "texts": ["", "ä", "\ud800"],
        "others": (None, True, False, (), [], {}, (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
        "again": [shared, shared, {"in": shared}],
        **{f"key {i}": i for i in range(300)},
    }
    data = pickle.dumps(content, protocol)
    if protocol == 2:
        pickles = Pickles(data + data)
        assert pickles.load() == content == pickles.load()
        assert pickles.position == 2 * len(data)
        return
    try:
        assert Pickles(data).load() == content
    except Unsound:
        assert protocol != 2
