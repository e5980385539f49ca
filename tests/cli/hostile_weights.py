"""Files of weights that were made to hang a reader, to fill its memory, or to mislead it; each is a few kilobytes here,
whatever it would become."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable, Iterable
from io import BytesIO

Attack = bytes

MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}."
ORDERED = b"ccollections\nOrderedDict\n"
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"


def text(words: str) -> bytes:
    data = words.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value: int) -> bytes:
    data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def numbers(values: Iterable[int]) -> bytes:
    return b"(" + b"".join(map(number, values)) + b"t"


def storage(key: str = "0", count: int = 3, kind: str = "ctorch\nFloatStorage\n") -> bytes:
    return b"(" + text("storage") + kind.encode() + text(key) + text("cpu") + number(count) + b"tQ"


def tensor(
    place: bytes | None = None, offset: int = 0, shape: Iterable[int] = (3,), strides: Iterable[int] = (1,)
) -> bytes:
    where = storage() if place is None else place
    return REBUILD + b"(" + where + number(offset) + numbers(shape) + numbers(strides) + b"\x89" + ORDERED + b")RtR"


def mapping(**values: bytes) -> bytes:
    """What a file holds; the network wants `scale.weight` of 3 numbers."""
    return b"}(" + b"".join(text(key.replace("__", ".")) + value for key, value in values.items()) + b"u"


GOOD = mapping(scale__weight=tensor())
DOUBLED = b"(K\x01t" + b"q\x00h\x00\x86" * 60
"""A tuple of two equal tuples of two equal tuples of …"""


def archive(content: bytes, values: bytes = bytes(12), method: int = zipfile.ZIP_STORED, **more: bytes) -> Attack:
    """A file as torch writes it."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        file.writestr("x/data.pkl", b"\x80\x02" + content + b".")
        file.writestr("x/data/0", values)
        for name, data in more.items():
            file.writestr(f"x/{name}", data)
    return buffer.getvalue()


def legacy(
    content: bytes, keys: bytes = b"](" + text("0") + b"e", values: bytes = struct.pack("<Q", 3) + bytes(12)
) -> Attack:
    """A file as torch wrote it before version 1.6."""
    return MAGIC + b"\x80\x02" + content + b".\x80\x02" + keys + b"." + values


def patched(data: Attack, mark: bytes, at: int, new: bytes) -> Attack:
    """The file with other bytes in each of its records of a kind."""
    parts = data.split(mark)
    return mark.join([parts[0], *(part[: at - 4] + new + part[at - 4 + len(new) :] for part in parts[1:])])


CENTRAL, END = b"PK\x01\x02", b"PK\x05\x06"


def entries(count: int) -> Attack:
    """A list of entries that all are one."""
    whole = archive(GOOD)
    start, end = whole.index(CENTRAL), whole.index(END)
    listed = b"".join(
        CENTRAL + bytes(24) + struct.pack("<H", 8) + bytes(16) + b"%08d" % index for index in range(count)
    )
    finish = b"PK\x06\x06" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, count, count, len(listed), start)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, start + len(listed), 1)
    return whole[:start] + listed + finish + locator + whole[end : end + 8] + b"\xff" * 12 + bytes(2)


def header(content: object, values: bytes = b"", length: int | None = None) -> Attack:
    """A safetensors file."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return struct.pack("<Q", len(data) if length is None else length) + data + values


def entry(shape: object = (3,), start: object = 0, end: object = 12, dtype: object = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def sparse(shape: bytes, indices: bytes = tensor()) -> bytes:
    call = b"ctorch._utils\n_rebuild_sparse_tensor\n(ctorch.serialization\n_get_layout\n" + text("torch.sparse_coo")
    return call + b"\x85R(" + indices + tensor() + b"ctorch\nSize\n" + shape + b"\x85Rt\x86R"


def wrapped(levels: int) -> bytes:
    kind = b"ctorch._tensor\n_rebuild_from_type_v2\n"
    return (kind + b"(" + kind + b"N") * levels + b"N" + b"Nt" * levels + b"R"


# what the file is → its content
PICKLES: dict[str, Callable[[], bytes]] = {
    "a key of nested tuples": lambda: b"}" + DOUBLED + tensor() + b"s",
    "a key of nested tuples beside": lambda: GOOD[:-1] + DOUBLED + b"K\x01u",
    "an ordered dict with a key of nested tuples": lambda: ORDERED + b"](" + DOUBLED + b"K\x01\x86e\x85R",
    "an attribute with a key of nested tuples": lambda: ORDERED + b")R}" + DOUBLED + b"K\x01sb",
    "nested tuples as a value": lambda: mapping(scale__weight=DOUBLED),
    "nested tuples as a whole": lambda: DOUBLED,
    "nested tuples as a storage": lambda: DOUBLED + b"Q",
    "nested tuples as a shape": lambda: mapping(
        a=REBUILD + b"(" + storage() + b"K\x00" + DOUBLED + b"K\x01\x85\x89Nt" + b"R"
    ),
    "nested frozensets": lambda: b"c__builtin__\nfrozenset\n" + DOUBLED + b"\x85R",
    "a set of nested tuples": lambda: b"c__builtin__\nset\n](" + DOUBLED + b"e\x85R",
    "a set that is filled": lambda: b"\x8f(" + DOUBLED + b"\x90",
    "nested dicts": lambda: b"}q\x00" + (b"}(" + text("a") + b"h\x00" + text("b") + b"h\x00uq\x00") * 60,
    "wide nested dicts": lambda: (
        b"}q\x00" + (b"}(" + b"".join(text(f"k{i}") + b"h\x00" for i in range(300)) + b"uq\x00") * 6
    ),
    "a dict in itself": lambda: b"}q\x00" + text("model") + b"h\x00s",
    "a list again and again": lambda: b"](" + b"(K\x01K\x02t" * 5000 + b"eq\x00" + (ORDERED + b"h\x00\x85R") * 20_000,
    "calls inside of calls": lambda: mapping(a=wrapped(50_000)),
    "a call of itself again and again": lambda: mapping(a=wrapped(900)[:-1] + b"q\x00" + b"Rh\x00" * 50_000),
    "marks": lambda: b"(" * 900_000,
    "marks without end": lambda: b"(" * 3_000_000,
    "tuples in tuples": lambda: b")" + b"\x85" * 900_000,
    "dicts": lambda: b"}" * 900_000,
    "lists": lambda: b"]" * 900_000,
    "sets": lambda: b"\x8f" * 900_000,
    "floats": lambda: (b"G" + bytes(8)) * 900_000,
    "memories": lambda: b"}" + b"".join(b"r" + struct.pack("<I", index * 977) for index in range(900_000)),
    "keys": lambda: b"}(" + b"".join(text(str(index)) + b"N" for index in range(500_000)) + b"u",
    "colliding numbers": lambda: b"}(" + b"".join(number(i * (2**61 - 1)) + b"N" for i in range(60_000)) + b"u",
    "many names of one tensor": lambda: (
        tensor() + b"q\x00}(" + b"".join(text(str(index)) + b"h\x00" for index in range(300_000)) + b"u"
    ),
    "a long key": lambda: mapping(**{"k" * 5_000_000: tensor()}),
    "a long text": lambda: b"X\xff\xff\xff\xffabc",
    "a very long text": lambda: b"\x8d" + b"\xff" * 8,
    "very long bytes": lambda: b"\x8e" + b"\xff" * 8,
    "a long number": lambda: b"\x8b\xff\xff\xff\x7f" + b"9" * 100,
    "a number of many digits": lambda: b"I" + b"9" * 100_000 + b"\n",
    "a function": lambda: b"cos\nsystem\n" + text("true") + b"\x85R",
    "a function by another way": lambda: text("os") + text("system") + b"\x93" + text("true") + b"\x85R",
    "an instance": lambda: b"(" + text("true") + b"ios\nsystem\n",
    "a long name": lambda: b"c" + b"torch." * 200_000 + b"\nx\n",
    "a tensor that is built": lambda: mapping(scale__weight=tensor() + b"}b"),
    "a tensor that is set": lambda: mapping(scale__weight=tensor() + b"(" + storage() + numbers([2**62]) + b"tb"),
    "a dict that is called": lambda: b"})R",
    "an item of a tensor": lambda: mapping(scale__weight=tensor() + text("a") + b"Ns"),
    "a giant shape": lambda: mapping(scale__weight=tensor(shape=[2**62, 2], strides=[0, 0])),
    "a giant shape of one number": lambda: mapping(scale__weight=tensor(shape=[2**62], strides=[0])),
    "a shape that overflows": lambda: mapping(scale__weight=tensor(shape=[2**200])),
    "a giant stride": lambda: mapping(scale__weight=tensor(strides=[2**62])),
    "a giant offset": lambda: mapping(scale__weight=tensor(offset=2**62)),
    "a negative shape": lambda: mapping(scale__weight=tensor(shape=[-3])),
    "a negative stride": lambda: mapping(scale__weight=tensor(strides=[-1], offset=2)),
    "a negative offset": lambda: mapping(scale__weight=tensor(offset=-1)),
    "100,000 dimensions": lambda: mapping(scale__weight=tensor(shape=[1] * 100_000, strides=[1] * 100_000)),
    "a shape and no strides": lambda: mapping(scale__weight=tensor(strides=[])),
    "a storage of another": lambda: mapping(scale__weight=tensor(storage("1"))),
    "a storage in another folder": lambda: mapping(scale__weight=tensor(storage("../data.pkl"))),
    "a storage of 2^62": lambda: mapping(scale__weight=tensor(storage(count=2**62))),
    "a storage that is too short": lambda: mapping(scale__weight=tensor(storage(count=4), shape=[3])),
    "a storage of an unknown type": lambda: mapping(scale__weight=tensor(storage(kind="ctorch\nOddStorage\n"))),
    "a sparse tensor": lambda: mapping(scale__weight=sparse(numbers([3]))),
    "a giant sparse tensor": lambda: mapping(scale__weight=sparse(numbers([2**62] * 3))),
    "a sparse tensor without shape": lambda: mapping(scale__weight=sparse(b"N")),
}

FILES: dict[str, Callable[[], Attack]] = {
    "a file that ends early": lambda: archive(GOOD)[:-40],
    "values that are too few": lambda: archive(GOOD, bytes(8)),
    "no values": lambda: archive(GOOD, b""),
    "a compressed bomb": lambda: archive(GOOD + bytes(2**24), method=zipfile.ZIP_DEFLATED),
    "several disks": lambda: patched(archive(GOOD), END, 4, struct.pack("<HH", 3, 3)),
    "entries on another disk": lambda: patched(archive(GOOD), CENTRAL, 34, b"\x07\x00"),
    "encrypted entries": lambda: patched(archive(GOOD), CENTRAL, 8, b"\x01\x00"),
    "entries of 4 GB": lambda: patched(archive(GOOD), CENTRAL, 20, b"\xfe" * 8),
    "entries that are 64 bits long": lambda: patched(archive(GOOD), CENTRAL, 20, b"\xff" * 8),
    "entries beyond the end": lambda: patched(archive(GOOD), CENTRAL, 42, b"\xff\xff\xff\x7f"),
    "a list of entries that is not there": lambda: patched(archive(GOOD), END, 16, b"\xff\xff\xff\x7f"),
    "a list of entries of 4 GB": lambda: patched(archive(GOOD), END, 12, b"\xfe\xff\xff\xff"),
    "100,000 entries": lambda: entries(100_000),
    "1,000,000 entries": lambda: entries(1_000_000),
    "a program": lambda: archive(GOOD, **{"constants.pkl": b"."}),
    "two folders": lambda: archive(GOOD, **{"../data.pkl": b"."}),
    "an older file that ends early": lambda: legacy(GOOD)[:-4],
    "an older file that lies about its values": lambda: legacy(GOOD, values=struct.pack("<Q", 2**62) + bytes(12)),
    "an older file without places": lambda: legacy(GOOD, keys=b"]"),
    "an older file of other places": lambda: legacy(GOOD, keys=b"](" + DOUBLED + b"e"),
    "an older file of many places": lambda: legacy(GOOD, keys=text("0") + b"q\x00](" + b"h\x00" * 700_000 + b"e"),
    "a pickle alone": lambda: b"\x80\x02" + DOUBLED + b".",
    "a tensor of 100,000 dimensions": lambda: header({"scale.weight": entry([1] * 100_000, end=4)}, bytes(4)),
    "300,000 keys": lambda: header({f"{i:x}": entry([0], 0, 0, "U8") for i in range(300_000)}),
    "100,000 keys": lambda: header(
        b"{" + b",".join(b'"%x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}' % i for i in range(100_000)) + b"}"
    ),
    "sizes that overflow": lambda: header({"scale.weight": entry([2**62, 2**62, 4])}, bytes(12)),
    "values that overlap": lambda: header({"scale.weight": entry(), "b": entry()}, bytes(12)),
    "values outside of the file": lambda: header({"scale.weight": entry(start=2**40, end=2**40 + 12)}, bytes(12)),
    "a header of 2^63 bytes": lambda: header({}, length=2**63),
    "a header that is longer than the file": lambda: header({"scale.weight": entry()}, bytes(12), length=5000),
    "a header that is shorter than it is": lambda: header({"scale.weight": entry()}, bytes(12), length=20),
    "a key twice": lambda: header(b'{"scale.weight": {}, "scale.weight": {}}'),
    "a header of brackets": lambda: header(b'{"a":' + b"[" * 2_000_000),
    "a header of objects": lambda: header(b'{"a":' + b'{"a":' * 1_000_000),
    "a header of lists": lambda: header(b'{"a":[' + b"[]," * 2_700_000 + b"[]]}"),
    "a header of texts": lambda: header(b'{"a":[' + b'"ab",' * 1_600_000 + b'""]}'),
    "a header of spaces": lambda: header(b"{" + b" " * 30_000_000 + b"}"),
    "a header of digits": lambda: header(b'{"a":[' + (b"9" * 4_000 + b",") * 2_000 + b"1]}"),
    "an unknown type": lambda: header({"scale.weight": entry(dtype="F7")}, bytes(12)),
    "a type of lists": lambda: header({"scale.weight": entry(dtype=[[["F32"]]])}, bytes(12)),
    "offsets by the thousand": lambda: header({"scale.weight": {**entry(), "data_offsets": [0] * 1_000_000}}),
    "a key of a million letters": lambda: header({"k" * 1_000_000: entry()}, bytes(12)),
    "nothing": lambda: b"",
    "zeros": lambda: bytes(1000),
}

GOOD_FILES: dict[str, Callable[[], Attack]] = {
    "good.pth": lambda: archive(GOOD),
    "old.pth": lambda: legacy(GOOD),
    "good.safetensors": lambda: header({"scale.weight": entry()}, bytes(12)),
}
