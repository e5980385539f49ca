"""Broken specs without end: `python benchmarks/fuzz.py --seconds 300 [--seed N]`.

Bundled specs are changed, in their bytes or in their trees, and read. What is wrong must be a finding; what is valid
must be built on the meta device, and one forward pass must give the shapes that were inferred. A spec that fails, or
takes more than ten seconds, is printed with the seed that leads to it.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.fuzz.survival import Texts, survives


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--most", type=int, default=10, help="End after so many failures.")
    arguments = parser.parse_args()
    texts = Texts()
    end = time.monotonic() + arguments.seconds
    seed, outcomes, failures = arguments.seed, Counter[str](), 0
    while time.monotonic() < end and failures < arguments.most:
        text = texts.changed(Random(seed))
        start = time.process_time()
        try:
            outcomes[survives(text)] += 1
        except Exception:
            failures += 1
            print(f"--- seed {seed}\n{text!r}\n{traceback.format_exc()}", flush=True)
        if time.process_time() - start > 10:
            failures += 1
            print(f"--- seed {seed} took {time.process_time() - start:.1f} s\n{text!r}", flush=True)
        seed += 1
    print(f"{sum(outcomes.values())} specs: {dict(outcomes)}, {failures} failures")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
