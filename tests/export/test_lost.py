"""Nothing in a folder is lost or told wrongly, whatever is exported into it, in whatever order."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from itertools import permutations
from pathlib import Path
from time import process_time
from typing import Any

import pytest

import archspec
from archspec.errors import ArchspecError, ExportError
from archspec.export import export

FORMATS = ("safetensors", "python", "resolved")
SUFFIXES = {"safetensors": "n.safetensors", "python": "n.py", "resolved": "n.resolved.yaml"}


def graph(features: int = 2, name: str = "n") -> archspec.Graph:
    spec = {"archspec": 1, "name": name, "input": [3], "layers": [{"linear": features}]}
    return archspec.compile(spec)


def run(folder: Path, formats: Any, features: int = 2, seed: int = 0, name: str = "n", **options: Any) -> Any:
    found = graph(features, name)
    return export(found, archspec.build(found, seed=seed), folder, formats, **options)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def check(folder: Path, wanted: set[str]) -> None:
    """Just these artifacts stand there, each as its record says."""
    found = contents(folder)
    records = json.loads(found.pop("manifest.json"))["files"]
    assert set(found) >= wanted
    assert {record["name"] for record in records} == wanted
    for record in records:
        content = found[record["name"]]
        assert (record["size"], record["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("verify", [True, False], ids=["verified", "not verified"])
@pytest.mark.parametrize("order", [*permutations(FORMATS)], ids=" ".join)
def test_formats_in_any_order_stand_beside_each_other(order: tuple[str, ...], verify: bool, folder: Path) -> None:
    for number, format in enumerate(order, 1):
        manifest = run(folder, [format], verify=verify)
        assert not manifest.warnings
        check(folder, {SUFFIXES[name] for name in order[:number]})
        assert [file.max_difference is not None for file in manifest.files] == [verify] * number
    before = contents(folder)
    for format in order:
        run(folder, [format], verify=verify)
    after = contents(folder)
    del before["manifest.json"], after["manifest.json"]
    assert before == after


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seed": 1}, {"n.safetensors": "has other weights"}),
        ({"features": 5}, dict.fromkeys(SUFFIXES.values(), "has another architecture")),
    ],
)
@pytest.mark.parametrize("last", FORMATS)
def test_what_stays_of_another_network_is_told(
    change: dict[str, int], told: dict[str, str], last: str, folder: Path
) -> None:
    run(folder, FORMATS)
    before = contents(folder)
    manifest = run(folder, [last], **change)
    wanted = {
        f"`{name}` is left from an earlier export and {why}" for name, why in told.items() if name != SUFFIXES[last]
    }
    assert set(manifest.warnings) == wanted
    check(folder, set(SUFFIXES.values()))
    for name in {*SUFFIXES.values()} - {SUFFIXES[last]}:
        assert (folder / name).read_bytes() == before[name]


def test_another_name_is_refused_whatever_the_formats(folder: Path) -> None:
    run(folder, FORMATS)
    before = contents(folder)
    for format in FORMATS:
        with pytest.raises(ExportError, match="holds the export of `n`; choose another folder for `m`"):
            run(folder, [format], name="m")
    assert contents(folder) == before


HOSTILE: dict[str, Any] = {
    "absolute": {"name": "/etc/hostname"},
    "above": {"name": "../victim"},
    "control": {"name": "\x1b[2J\n::error::"},
    "zero": {"name": "a\0b"},
    "long": {"name": "x" * 5000},
    "surrogate": {"name": "\ud800"},
    "number": 7,
    "list": [{"name": "victim"}],
    "types": {"name": "n.safetensors", "format": [], "size": "1", "sha256": 3, "weights": 4, "refused": "x"},
}


@pytest.mark.parametrize("entry", HOSTILE.values(), ids=HOSTILE)
def test_an_edited_manifest_leads_nowhere(entry: Any, folder: Path) -> None:
    run(folder, ["python", "resolved"])
    victim = folder.parent / "victim"
    victim.write_text("mine")
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"files": [entry, *manifest["files"]]}))
    found = run(folder, ["safetensors"])
    assert all(text.isprintable() for text in found.warnings)
    check(folder, set(SUFFIXES.values()))
    assert victim.read_text() == "mine"


TYPES = [None, 7, "x", [], {}, True, 1e999, "\x1b[2J"]
KEYS = ("size", "format", "weights", "checked", "refused", "conditions", "versions", "fingerprint", "max_difference")


@pytest.mark.parametrize("key", KEYS)
def test_values_of_any_type_in_a_record_are_no_traceback(key: str, folder: Path) -> None:
    run(folder, ["python", "safetensors"])
    path = folder / "manifest.json"
    original = path.read_text()
    for value in TYPES:
        manifest = json.loads(original)
        for record in manifest["files"]:
            record[key] = value
        path.write_text(json.dumps(manifest))
        try:
            found = run(folder, ["resolved"])
        except ArchspecError:
            raise AssertionError((key, value)) from None
        assert all(text.isprintable() for text in found.warnings)
        (folder / SUFFIXES["resolved"]).unlink()


@pytest.mark.parametrize("text", ["", "[]", "null", '{"files": []}', "{" * 100_000, "\xff", '{"archspec_manifest": 2}'])
def test_what_is_no_manifest_is_not_overwritten(text: str, folder: Path) -> None:
    run(folder, ["python"])
    (folder / "manifest.json").write_text(text, encoding="latin-1")
    before = contents(folder)
    with pytest.raises(ExportError, match=r"has a `manifest\.json` that archspec did not write"):
        run(folder, ["safetensors"])
    assert contents(folder) == before


def test_ten_thousand_records_take_no_longer_than_they_are_read(folder: Path) -> None:
    run(folder, ["python"])
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"] += [{"name": f"{number}.py", "size": 1, "sha256": ""} for number in range(10_000)]
    path.write_text(json.dumps(manifest))
    run(folder, ["safetensors"])
    check(folder, {"n.py", "n.safetensors"})


def test_pretrained_networks_and_exports_do_not_take_each_others_place(tmp_path: Path) -> None:
    found = graph()
    model = archspec.build(found, seed=0)
    run(tmp_path / "export", ["safetensors", "resolved"])
    before = contents(tmp_path / "export")
    try:
        archspec.save_pretrained(model, tmp_path / "export", found)
    except ArchspecError:
        assert contents(tmp_path / "export") == before
    archspec.from_pretrained(tmp_path / "export")
    archspec.save_pretrained(model, tmp_path / "saved", found)
    before = contents(tmp_path / "saved")
    try:
        run(tmp_path / "saved", ["safetensors", "python"])
    except ExportError:
        assert contents(tmp_path / "saved") == before
    else:
        del before["manifest.json"]  # which lists the new artifacts, too
        assert before.items() <= contents(tmp_path / "saved").items()
    archspec.from_pretrained(tmp_path / "saved")


@pytest.mark.parametrize("loss", ["changed", "without a manifest", "foreign"])
def test_what_the_manifest_cannot_tell_of_is_named(loss: str, folder: Path) -> None:
    run(folder, ["safetensors"])
    stray = folder / "n.safetensors"
    if loss == "changed":
        stray.write_bytes(stray.read_bytes() + b" ")
    elif loss == "without a manifest":
        (folder / "manifest.json").unlink()
    else:
        stray = folder / "n.pt2"
        stray.write_bytes(b"somebody's")
    before = stray.read_bytes()
    manifest = run(folder, ["python"])
    assert [warning for warning in manifest.warnings if f"`{stray.name}` is not in the manifest" in warning]
    assert stray.read_bytes() == before


@pytest.mark.skipif(sys.platform != "linux", reason="it has pipes and endless devices")
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_manifest_without_end_is_refused(kind: str, folder: Path) -> None:
    run(folder, ["python"])
    path = folder / "manifest.json"
    path.unlink()
    os.mkfifo(path) if kind == "pipe" else path.symlink_to("/dev/zero")
    started = process_time()
    with pytest.raises(ExportError, match="that archspec did not write"):
        run(folder, ["python"])
    assert process_time() - started < 2
