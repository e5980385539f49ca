"""Do the files that torchvision and timm write load, and is what they load the same network?

    python benchmarks/checkpoints.py [NAME …] [--seed N]

Makes small published networks of many families with random weights, saves their state dicts with `torch.save` and as
safetensors, asks `archspec.check_weights` of each file whether it fits, loads it strictly into the module of the spec,
and compares the outputs bit for bit. Needs torchvision and timm. The exit code is 1 if a file does not fit or outputs
differ by more than rounding does.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from _originals import LIBRARIES, Maker, libraries
from parity import ROUNDING, difference, disturb, inputs
from safetensors.torch import save_file
from torch import Tensor

import archspec

_SMALL = {
    "torchvision": """
        alexnet convnext_tiny densenet121 efficientnet_b0 googlenet mnasnet0_5 mobilenet_v2 mobilenet_v3_small
        regnet_y_400mf resnet18 resnext50_32x4d shufflenet_v2_x0_5 squeezenet1_1 vgg11_bn vit_b_16
    """,
    "timm": """
        convmixer_768_32 darknet53 deit_tiny_patch16_224 ghostnet_050 gmlp_ti16_224 mixer_s32_224 mobileone_s0
        poolformer_s12 pvt_v2_b0 repvgg_a0 resmlp_12_224 resnetv2_50 seresnet50 xception41
    """,
}

FAMILIES = [name for names in _SMALL.values() for name in names.split()]
"""Small networks of as many families."""

LINE = "{:<24}{:<13}{:>8}{:>10}  {:<13}{:<13}{}"


def main() -> int:
    options = _options()
    warnings.simplefilter("ignore")  # what other libraries say as they are imported is not about the comparison
    makers, missing = libraries()
    print(LINE.format("network", "original", "tensors", "size", ".pth", ".safetensors", "outputs"))
    found = []
    for name in options.names or FAMILIES:
        library = next(library for library, names in LIBRARIES.items() if name in names)
        if library in makers:
            found.append(_compare(name, library, makers[library], options.seed))
        else:
            print(f"{name} left out: {missing[library]}")
    loaded = [largest for largest in found if largest is not None]
    equal = f"{loaded.count(0.0)} of them bit for bit equal"
    print(f"{len(found)} networks: {len(loaded)} load strictly from both kinds of file, {equal}")
    return 0 if loaded and len(loaded) == len(found) and max(loaded) <= ROUNDING else 1


def _options() -> argparse.Namespace:
    known = [name for names in LIBRARIES.values() for name in names]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="networks; by default small ones of many families")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"no original is known of {', '.join(unknown)}")
    return options


def _compare(name: str, library: str, make: Maker, seed: int) -> float | None:
    """Save the original's weights, load them, and say what came of it: the largest difference, where both load."""
    torch.manual_seed(seed)
    original = disturb(make(name)).eval()
    graph = archspec.compile(name)
    samples = inputs(graph)
    loads, outputs, size = [], [], 0
    with TemporaryDirectory() as folder, torch.no_grad():
        for path in _saved(original.state_dict(), Path(folder, name)):
            size = path.stat().st_size
            try:
                model = archspec.build(graph, weights=path, seed=seed + 1).eval()
                loads.append("strictly" if archspec.check_weights(graph, path).fits else "not reported")
                outputs.append(difference(original, model, samples))
            except archspec.WeightsError as error:
                loads.append("no")
                print(error)
    found = max(outputs) if loads == ["strictly"] * 2 else None
    shown = "bit-equal" if found == 0 else "-" if found is None else f"{found:.1e}"
    print(LINE.format(name, library, len(original.state_dict()), f"{size / 1e6:.1f} MB", *loads, shown), flush=True)
    return found


def _saved(state: dict[str, Tensor], stem: Path) -> Iterator[Path]:
    """A file of each kind, gone when the next one is asked for."""
    path = stem.with_suffix(".pth")
    torch.save(state, path)
    yield path
    path.unlink()
    path = stem.with_suffix(".safetensors")
    save_file({key: tensor.contiguous() for key, tensor in state.items()}, path)
    yield path


if __name__ == "__main__":
    raise SystemExit(main())
