"""What a file is that holds no weights, or not as weights are stored: people take these for them."""

from __future__ import annotations

from typing import BinaryIO

_HEAD = 4096
"""Bytes by which a file is told."""

_BEGINNINGS = {
    b"<": "it is a web page: download the file itself",
    b"{": "it is JSON",
    b"\x89HDF": "it is an HDF5 file, as Keras writes: save the weights with torch or safetensors",
    b"GGUF": "it is a GGUF file: save the weights with torch or safetensors",
    b"\x93NUMPY": "it is an array of NumPy: save a mapping from keys to tensors with `torch.save`",
    b"archspec:": "it is a spec: the spec stands first, then the file of weights",
}
_EXPORTED = (b"/data/weights/", b"/archive_format", b"/models/model.json")
"""Entries of the archive that `torch.export.save` writes."""


def mistaken(file: BinaryIO, path: str) -> str:
    """What a file is, with the way to its weights, where that can be told; otherwise nothing."""
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0, 2)
    file.seek(max(file.tell() - _HEAD, 0))
    if head.startswith(b"PK") and any(name in part for name in _EXPORTED for part in (head, file.read())):
        return "it is a program of `torch.export`: save its `state_dict` with `torch.save` or safetensors"
    if path.endswith(".onnx"):
        return "it is an ONNX file: save the weights with torch or safetensors"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return next((words for start, words in _BEGINNINGS.items() if text.startswith(start)), "")
