"""Build the page that needs no installation: a folder of static files, complete, that any host can serve.

    python playground/build.py FOLDER

The JavaScript is what `npm ci` installed beside this file; the Python packages are the versions in constraints.txt, and
come as wheels. Everything is compiled to bytecode by the interpreter that ships with the page, so that it starts fast.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MODULES = HERE / "node_modules"
PYODIDE = MODULES / "pyodide"

PACKAGES = (
    *("annotated-types", "einops", "pydantic", "pydantic_core", "PyYAML"),
    *("typing_extensions", "typing-inspection"),
)
# PyYAML has no wheel of Python alone: of the one for Linux, the part that is Python is taken.
PLATFORMS = ("pyemscripten_2026_0_wasm32", "manylinux2014_x86_64", "manylinux_2_17_x86_64")
TAGS = ("--python-version", "3.14", "--implementation", "cp", "--abi", "cp314")

NOT_IN_A_BROWSER = "cli distributed export importer server torch_backend hub.py __main__.py"
"""What of archspec needs torch, threads, processes or a terminal."""
NOT_OF_THE_LIBRARY = """
    _pydatetime.py _pyio.py _pyrepl argparse.py bdb.py
    cProfile.py cmd.py configparser.py curses dbm doctest.py ensurepip filecmp.py fileinput.py
    ftplib.py http/cookiejar.py http/server.py idlelib imaplib.py mailbox.py multiprocessing netrc.py nntplib.py
    optparse.py pdb.py pickletools.py plistlib.py poplib.py profile.py pstats.py pydoc.py pydoc_data smtplib.py sqlite3
    statistics.py timeit.py tkinter trace.py turtle.py unittest venv wave.py webbrowser.py wsgiref xml xmlrpc zipapp.py
    encodings/big5*.py encodings/cp[012356789]*.py encodings/euc*.py encodings/gb*.py encodings/iso*.py
    encodings/koi*.py encodings/mac*.py encodings/shift*.py
"""
"""What of the standard library nothing here imports; zip files need code page 437."""
NOT_OF_THE_PACKAGES = """
    einops/experimental einops/layers einops/tests pydantic/experimental pydantic/mypy.py pydantic/v1
    *.dist-info/RECORD *.dist-info/sboms
"""
"""What of the packages nothing here imports."""
TIME = (2026, 1, 1, 0, 0, 0)
"""Of all files in archives: the same input makes the same bytes."""


def main() -> None:
    (folder,) = map(Path, sys.argv[1:])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        python_into(folder, Path(scratch))
    licences_into(folder / "licences", page_into(folder))
    files = [file for file in folder.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files)
    packed = sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)
    print(f"{folder}: {size / 1e6:.1f} MB on disk, {packed / 1e6:.1f} MB compressed")


def python_into(folder: Path, scratch: Path) -> None:
    """The interpreter; its library, the packages and archspec, each an archive of bytecode."""
    library, packages, archspec = (scratch / name for name in ("python_stdlib", "packages", "archspec"))
    with zipfile.ZipFile(PYODIDE / "python_stdlib.zip") as archive:
        archive.extractall(library)
    remove(library, NOT_OF_THE_LIBRARY)
    unpack_wheels(packages, scratch / "wheels")
    remove(packages, NOT_OF_THE_PACKAGES)
    copy_archspec(archspec / "archspec")
    subprocess.run(["node", "compile.mjs", scratch], cwd=HERE, check=True)
    for part in (library, packages, archspec):
        pack(part, folder / f"{part.name}.zip")
    shutil.copyfile(PYODIDE / "pyodide.asm.wasm", folder / "pyodide.asm.wasm")


def unpack_wheels(site: Path, wheels: Path) -> None:
    """The packages, without what was compiled for another system."""
    platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
    command = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", *TAGS, *platforms, "--constraint", str(ROOT / "constraints.txt")]
    subprocess.run([*command, "--dest", str(wheels), *PACKAGES], check=True)
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    for file in [*site.rglob("*.so"), *site.rglob("*.pyi")]:
        if "wasm32" not in file.name:
            file.unlink()


def copy_archspec(package: Path) -> None:
    """archspec as a wheel has it: with its specs and its schema inside."""
    ignored = shutil.ignore_patterns("__pycache__", "py.typed")
    shutil.copytree(ROOT / "archspec", package, ignore=ignored)
    remove(package, NOT_IN_A_BROWSER)
    for data in ("schemas", "specs"):
        shutil.copytree(ROOT / data, package / "_data" / data)


def page_into(folder: Path) -> set[Path]:
    """The page, its script and that of the worker, each in one file. The folders of the packages that are in these."""
    bundle = [MODULES / ".bin" / "esbuild", "src/page.js", "src/worker.js", "--bundle", "--minify", "--format=esm"]
    bundle += ["--target=es2022", "--external:node:*", "--external:ws", "--legal-comments=none", "--log-level=warning"]
    with tempfile.TemporaryDirectory() as scratch:
        told = Path(scratch, "bundle.json")
        subprocess.run([*bundle, f"--outdir={folder.resolve()}", f"--metafile={told}"], cwd=HERE, check=True)
        inputs = [HERE / name for name in json.loads(told.read_text(encoding="utf-8"))["inputs"]]
    for file in (HERE / "static").iterdir():
        shutil.copyfile(file, folder / file.name)
    packages = (parent for file in inputs for parent in file.parents if (parent / "package.json").is_file())
    return {package for package in packages if MODULES in package.parents}


def licences_into(folder: Path, packages: Iterable[Path]) -> None:
    """The licences of all that is in the folder, a file for each part, and a list of them."""
    folder.mkdir()
    shutil.copyfile(ROOT / "LICENSE", folder / "archspec.txt")
    for file in (HERE / "licences").iterdir():
        shutil.copyfile(file, folder / file.name)
    for package in packages:
        name = package.relative_to(MODULES).as_posix().removeprefix("@").replace("/", "-")
        for licence in package.glob("[Ll][Ii][Cc][Ee][Nn][Ss][Ee]*"):
            shutil.copyfile(licence, folder / f"{name}.txt")
        if not (folder / f"{name}.txt").exists():
            raise SystemExit(f"{package} has no licence; put its text into {HERE / 'licences'}")
    with zipfile.ZipFile(folder.parent / "packages.zip") as archive:
        for entry in archive.namelist():
            name, _, rest = entry.partition(".dist-info/licenses/")
            if rest:
                (folder / f"{name}.txt").write_bytes(archive.read(entry))
    names = sorted(file.name for file in folder.iterdir())
    text = "This page consists of these parts; the licence of each lies beside this file.\n\n"
    (folder / "index.txt").write_text(text + "".join(f"{name}\n" for name in names), encoding="utf-8")


def remove(folder: Path, patterns: str) -> None:
    """Files and folders below a folder, of which some need not be there."""
    for path in [path for pattern in patterns.split() for path in folder.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def pack(folder: Path, target: Path) -> None:
    """All files of a folder as one archive, the same for the same files."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix != ".py"):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())


if __name__ == "__main__":
    main()
