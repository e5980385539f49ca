"""Broken specs without end: `python benchmarks/fuzz.py --seconds 300 [--seed N | --guided]`.

Bundled specs are changed, in their bytes or in their trees, and read. What is wrong must be a finding; what is valid
must be built on the meta device, and one forward pass must give the shapes that were inferred. A spec that fails, or
takes more than ten seconds, is printed with the seed that leads to it. With `--guided`, which needs atheris, bytes are
changed with an eye to what code they reach.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from random import Random
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).parents[1]))

GUIDED = "--guided"


def instrumented() -> AbstractContextManager[object]:
    """While it lasts, imports of archspec are prepared to tell what code is reached, if that is asked for."""
    return import_module("atheris").instrument_imports(include=["archspec"]) if GUIDED in sys.argv else nullcontext()


with instrumented():
    import archspec.api  # noqa: F401
    from archspec.language import bundled_specs
    from tests.fuzz.survival import Texts, survives


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--most", type=int, default=10, help="End after so many failures.")
    parser.add_argument(GUIDED, action="store_true", help="Let atheris choose the bytes.")
    arguments = parser.parse_args()
    if arguments.guided:
        guided(arguments.seconds)
    texts = Texts()
    end = time.monotonic() + arguments.seconds
    seed, outcomes, failures = arguments.seed, Counter[str](), 0
    while time.monotonic() < end and failures < arguments.most:
        text, folder = texts.changed(Random(seed))
        start = time.process_time()
        try:
            outcomes[survives(text, folder)] += 1
        except Exception:
            failures += 1
            print(f"--- seed {seed}\n{text!r}\n{traceback.format_exc()}", flush=True)
        if time.process_time() - start > 10:
            failures += 1
            print(f"--- seed {seed} took {time.process_time() - start:.1f} s\n{text!r}", flush=True)
        seed += 1
    print(f"{sum(outcomes.values())} specs: {dict(outcomes)}, {failures} failures")
    return bool(failures)


def guided(seconds: float) -> NoReturn:
    """Change bytes so that they reach more code; a failure ends it, with the bytes that lead to it."""
    import atheris

    def one(data: bytes) -> None:
        survives(data)

    with tempfile.TemporaryDirectory() as corpus:
        for path in bundled_specs().values():
            shutil.copy(path, corpus)
        atheris.Setup([sys.argv[0], f"-max_total_time={seconds:.0f}", "-max_len=4096", "-timeout=30", corpus], one)
        atheris.Fuzz()
    raise SystemExit


if __name__ == "__main__":
    sys.exit(main())
