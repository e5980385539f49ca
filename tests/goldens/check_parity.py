"""Compare any nn.Module with a golden, a file of keys, shapes, counts and outputs of a published network.

    from check_parity import check
    report = check(module, json.load(open("golden.json")), rename=None)

Every state_dict entry is filled from its golden key, its shape and the golden's `gain`, by an integer
hash (no RNG, no libm), so the values are bit-identical on every machine and for every implementation.
"""

import math
import re
import zlib

import numpy as np
import torch

# names of per-channel multipliers that are neither `weight` nor 1-D (layer scale, affine, scaled-std gain)
SCALE = re.compile(r"(^|\.)(gamma(_\d+)?|layer_scale\w*|ls\d|scale|alpha|gain|skipinit_gain|gammas\.\d+)$")
SQRT3 = math.sqrt(3.0)


def noise(key, n):
    """n float64 values in [-1, 1), a function of (key, index) only."""
    h = np.arange(n, dtype=np.uint32)
    h *= np.uint32(0x9E3779B1)
    h ^= np.uint32(zlib.crc32(key.encode()))
    for shift, mult in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        h ^= h >> np.uint32(shift)
        h *= np.uint32(mult)
    return h / 2.0**31 - 1.0


def kind(key, shape):
    """What an entry is, by its name and shape alone."""
    last = key.rsplit(".", 1)[-1]
    if last == "num_batches_tracked":
        return "zero"
    if last in ("running_mean", "running_var"):
        return last
    if last.endswith("weight") and len(shape) >= 2:
        return "weight"
    if last.endswith("weight") or SCALE.search(key):
        return "scale"
    if last.endswith("bias"):
        return "bias"
    return "other"


def values(key, shape, gain=2.0):
    """The float64 array for one entry."""
    v, k = noise(key, math.prod(shape)), kind(key, shape)
    if k == "zero":
        v = v * 0
    elif k == "running_mean":
        v = 0.1 * v
    elif k == "running_var":
        v = 1 + 0.5 * np.abs(v)
    elif k == "weight":  # unit-variance noise times sqrt(gain / fan_in)
        v = v * (SQRT3 * math.sqrt(gain / math.prod(shape[1:])))
    elif k == "scale":
        v = 1 + 0.1 * v
    elif k == "bias":
        v = 0.01 * v
    else:
        v = 0.02 * v
    return v.reshape(shape)


@torch.no_grad()
def fill(module, gain=2.0, golden_key=lambda k: k):
    """Fill in place. Integer and bool buffers other than num_batches_tracked (index tables) keep what the
    module computed; tied entries are written once, under the first of their keys."""
    seen = set()
    for key, t in module.state_dict().items():
        if not t.is_floating_point() and not key.endswith("num_batches_tracked"):
            continue
        if t.numel() and t.data_ptr() in seen:
            continue
        seen.add(t.data_ptr())
        t.copy_(torch.from_numpy(values(golden_key(key), tuple(t.shape), gain)))
    return module


def make_input(size, batch=2):
    """(batch, *size) float32: per sample and channel a wave of its own frequency and direction, an offset
    and some noise, so that the samples stay apart after global pooling."""
    c, h, w = size
    b, ch, i, j = np.ogrid[:batch, :c, :h, :w]
    wave = np.sin(0.03 * (1 + 15 * b) * (i + 2 * j - 3 * b * j) + ch * (1 + b))
    offset = (1 - 2 * b) * np.cos(2.0 * ch)
    n = noise("input", batch * c * h * w).reshape(batch, c, h, w)
    x = np.round(256 * (wave + offset + 0.25 * n)) / 256  # so that the last bits of a libm's sin do not matter
    return torch.from_numpy(x.astype(np.float32))


def tensor_out(y):
    while not torch.is_tensor(y):
        y = y[0] if isinstance(y, (tuple, list)) else next(iter(y.values()))
    return y


def stats(y):
    """What a golden stores of an output: 8 logits per sample, and whole-output moments in float64."""
    y = y.detach().double().reshape(y.shape[0], -1)
    return {
        "output_sample": y[:, :8].tolist(),
        "output_mean": y.mean().item(),
        "output_std": y.std().item(),
        "output_norm": y.norm().item(),
    }


def by_order(module, golden):
    """A rename map for a module whose entries have the golden's shapes in the golden's order."""
    mine = [(k, list(t.shape)) for k, t in module.state_dict().items()]
    if [s for _, s in mine] != [s for _, s in golden["keys"]]:
        raise ValueError("shapes in order differ")
    return {k: g for (k, _), (g, _) in zip(mine, golden["keys"], strict=True)}


def compare(got, want):
    """Differences as a share of the golden's output_std (norm: of its norm)."""
    d = np.abs(np.array(got["output_sample"]) - np.array(want["output_sample"]))
    std = want["output_std"]
    r = {
        "max_abs": float(d.max()),
        "max_rel": float(d.max() / std),
        "mean_rel": abs(got["output_mean"] - want["output_mean"]) / std,
        "std_rel": abs(got["output_std"] - std) / std,
        "norm_rel": abs(got["output_norm"] / want["output_norm"] - 1),
    }
    r["worst_rel"] = max(v if v == v else math.inf for k, v in r.items() if k != "max_abs")
    return r


@torch.no_grad()
def run(module, x, visit=None):
    """The module's output tensor; visit(name, child, output) is called for each top-level child once."""
    hooks, seen = [], set()
    for name, child in module.named_children() if visit else ():

        def hook(m, i, o, name=name):
            if torch.is_tensor(o) and name not in seen:
                seen.add(name)
                visit(name, m, o)

        hooks.append(child.register_forward_hook(hook))
    try:
        return tensor_out(module(x))
    finally:
        for h in hooks:
            h.remove()


def check(module, golden, rename=None, tol=None, double=True, tol64=1e-8, ignore=()):
    """Fill the module as the golden was filled, run it, and compare keys, shapes and outputs.

    rename: dict or callable, module key -> golden key. ignore: regexes of golden keys left out on both sides.
    tol: relative to output_std; by default 1e-5, or ten times the golden's float32 rounding where that is more.
    double: also run in float64 and compare to tol64 where the golden has float64 numbers (it sees what float32
    rounding hides, such as a LayerNorm eps of 1e-5 for 1e-6).

    Returns {ok, reason, missing, unexpected, shape_mismatch, same_order} and, once the keys agree, {max_abs,
    max_rel, mean_rel, std_rel, norm_rel, worst_rel}, "float64": the same, and first_bad_child where a top-level
    child of the same name has another output. The module is overwritten, and left float32 in eval mode.
    """
    tol = tol or max(1e-5, 10 * (golden.get("float32_error") or 0))
    back = rename if callable(rename) else (rename or {}).get
    new = lambda k: back(k) or k  # noqa: E731
    skip = lambda k: any(re.search(p, k) for p in ignore)  # noqa: E731
    mine = [(new(k), list(t.shape)) for k, t in module.state_dict().items() if not skip(new(k))]
    want = [(k, s) for k, s in golden["keys"] if not skip(k)]
    a, b = dict(mine), dict(want)
    r = {
        "ok": False,
        "reason": "",
        "model": golden["model"],
        "missing": [k for k in b if k not in a],
        "unexpected": [k for k in a if k not in b],
        "shape_mismatch": [[k, a[k], b[k]] for k in b if k in a and a[k] != b[k]],
        "same_order": [k for k, _ in mine] == [k for k, _ in want],
    }
    if len(a) != len(mine):
        r["reason"] = "rename maps two keys to one"
    elif r["missing"] or r["unexpected"] or r["shape_mismatch"]:
        r["reason"] = "state_dict differs"
    if r["reason"]:
        return r
    fill(module.float(), golden["gain"], new).eval()
    children, y64 = {n: c for n, *c in golden["children"]}, None

    def visit(name, m, o):
        if name in children and "first_bad_child" not in r:
            _, shape, mean, std = children[name]
            o = o.double()
            off = max(abs(o.mean().item() - mean), abs(o.std().item() - std)) / (std + 1e-12)
            if list(o.shape) != shape or not off < tol:
                r["first_bad_child"] = [name, list(o.shape), shape, off]

    try:
        x = make_input(golden["input_size"])
        y = run(module, x, visit)
        if double and golden.get("float64"):
            y64 = run(module.double(), x.double())
    except Exception as e:
        r["reason"] = f"forward failed: {type(e).__name__}: {e}"
        return r
    finally:
        module.float()
    if list(y.shape) != golden["output_shape"]:
        r["reason"] = f"output shape {list(y.shape)} is not {golden['output_shape']}"
        return r
    r.update(compare(stats(y), golden))
    if not r["worst_rel"] < tol:
        r["reason"] = f"float32 outputs differ: {r['worst_rel']:.3g} of output_std, tolerance {tol:g}"
    if y64 is not None:
        r["float64"] = compare(stats(y64), golden["float64"])
        if not r["reason"] and not r["float64"]["worst_rel"] < tol64:
            r["reason"] = f"float64 outputs differ: {r['float64']['worst_rel']:.3g} of output_std, tolerance {tol64:g}"
    r["ok"] = not r["reason"]
    return r
