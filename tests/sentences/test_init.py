"""docs/language.md, section 10: initialization."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

import archspec
from tests.sentences.case import Case, cases, full, module_of

CASES = cases(
    """
    # `init: {conv: {weight: {kaiming_normal: {mode: fan_out}}}, linear: {weight: {trunc_normal: {std: 0.02}}, bias:
    # zeros}}`
    init:
      {conv: {weight: {kaiming_normal: {mode: fan_out}}}, linear: {weight: {trunc_normal: {std: 0.02}}, bias: zeros}}
    layers: [conv: 8, flatten, linear: 3]
    #~ conv: conv(channels=8) → 8 × 8 × 8 weight~kaiming_normal(mode: fan_out)
    #~ linear: linear(features=3) → 3 weight~trunc_normal(std: 0.02) bias~zeros

    # on a node `init: {weight: zeros}`
    - norm: {init: {weight: zeros}}  #~ norm: norm(type=batch) → 4 × 8 × 8 weight~zeros

    # on a node: over that of the op, weight by weight
    init: {conv: {weight: ones, bias: zeros}}
    - conv: {channels: 8, init: {weight: zeros}}  #~ conv: conv(channels=8) → 8 × 8 × 8 weight~zeros bias~zeros

    # an op without bias
    init: {conv: {bias: zeros}}
    - conv: {bias: false}  #~ conv: conv(bias=false) → 4 × 8 × 8

    # inserted projections take it too
    init: {conv: {weight: {kaiming_normal: {mode: fan_out}}}}
    - residual: [conv: 8]  #~ 0: conv(channels=8, bias=false) → 8 × 8 × 8 weight~kaiming_normal(mode: fan_out)

    # bundled blocks take it too
    init: {conv: {weight: zeros}}
    - conv_norm_act: 8  #~ 0: conv(channels=8, bias=false) → 8 × 8 × 8 weight~zeros

    # `init` in `defaults`
    defaults: {conv: {init: {weight: zeros}}}
    - conv: 8  #~ conv: conv(channels=8) → 8 × 8 × 8 weight~zeros

    # `init` computes
    params: {s: 0.5}
    init: {conv: {weight: {normal: {std: $s}}}}
    - conv: 8  #~ conv: conv(channels=8) → 8 × 8 × 8 weight~normal(std: 0.5)

    # op → initializer: of an op whose one parameter bears the node's own name
    init: {position: {normal: {std: 0.02}}, class_token: ones, scale: {constant: 0.5}}
    input: {channels: 6, size: [5], layout: channels_last}
    layers: [class_token, class_token: zeros, position, position: {init: zeros}, scale, scale: 1]
    #~ class_token: class_token → 6 × 6 channels last ~ones
    #~ class_token_2: class_token → 7 × 6 channels last
    #~ position: position → 7 × 6 channels last ~normal(std: 0.02)
    #~ position_2: position → 7 × 6 channels last
    #~ scale: scale → 7 × 6 channels last ~constant(val: 0.5)
    #~ scale_2: scale → 7 × 6 channels last

    # every initializer that is wrong, at its own place
    init:
      conv:
        weight: zeros
        bias: kaiming                    #! A204: kaiming
        wight: ones                      #! A204: wight
      position: {normal: {sdt: 3}}       #! A204: sdt
    layers:
    - conv:
        init:
          weight: {normal: {std: -1}}    #! A204: std
          bias: {constant: x}            #! A204: val

    # Names are those of `torch.nn.init`
    init:
      conv: {weight: kaiming}  #! A204: kaiming
    layers: [conv: 8]

    - conv: {channels: 8, init: {weight: {normal: {sdt: 3}}}}             #! A204: sdt
    - conv: {channels: 8, init: {weight: {normal: {std: wide}}}}          #! A204: std
    - conv: {channels: 8, init: {weight: {kaiming_normal: {mode: fan}}}}  #! A204: mode
    - conv: {channels: 8, init: {weight: constant}}                       #! A204: val
    - conv: {channels: 8, init: {weight: {ones: {}, zeros: {}}}}          #! A204

    # op → initializer
    init:
      covn: {weight: zeros}  #! A301: covn
    layers: [conv: 8]

    init:
      act: {weight: zeros}  #! A301: act
    layers: [conv: 8]

    init:
      conv: {weights: zeros}  #! A204: weights
    layers: [conv: 8]

    init:
      conv: zeros  #! A204
    layers: [conv: 8]

    init: zeros  #! A203: init
    layers: [conv: 8]

    # a node without that weight
    - conv: {channels: 8, bias: false, init: {bias: zeros}}  #! A204: bias

    # a node without any weight
    - act: {type: relu, init: {weight: zeros}}  #! A203
    - flatten: {init: {weight: zeros}}          #! A201: init

    # a weight with too few dimensions
    - norm: {init: {weight: xavier_normal}}  #! A204: xavier_normal

    # where the spec says it, once, for all the nodes that it does not fit
    init: {norm: {weight: orthogonal}}  #! A204: orthogonal
    layers: [norm, conv, norm]

    # torch would draw for ever
    - conv: {init: {weight: {trunc_normal: {mean: 3}}}}  #! A204: `mean`
    - conv: {init: {weight: {trunc_normal: {mean: 1, std: 1e-9, b: 0}}}}  #! A204: `mean`
    - conv: {init: {weight: {trunc_normal: {mean: 3, std: 1e-9, b: 3}}}}  #w conv.weight 4 4 1 1, conv.bias 4

    # that of an inserted norm, too
    init: {norm: {weight: orthogonal}}  #! A204: orthogonal
    layers: [residual: [conv: 8]]

    # one with too many, which bears the node's own name
    input: {channels: 6, size: [5], layout: channels_last}
    layers:
    - class_token: eye       #! A204: `class_token`: `eye` needs 2 dimensions
    - position: {init: eye}  #! A204: `position`: `eye` needs 2 dimensions
    """,
)


@CASES
def test_init(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def weights(nodes: str, init: str) -> torch.Tensor:
    module = module_of(f"input: [16, 8, 8]\ninit: {{conv: {{weight: {init}}}}}\nlayers: [{nodes}]")
    return module.get_parameter("conv.weight").detach()


@pytest.mark.parametrize(
    ("init", "mean", "std"),
    [
        ("zeros", 0, 0),
        ("ones", 1, 0),
        ("{constant: 3}", 3, 0),
        ("{constant: {val: 3}}", 3, 0),
        ("{normal: {mean: 2, std: 0.5}}", 2, 0.5),
        ("{trunc_normal: {std: 0.02}}", 0, 0.02),
        ("{uniform: {a: -3, b: 3}}", 0, 3**0.5),
        ("{kaiming_normal: {mode: fan_out, nonlinearity: relu}}", 0, (2 / (64 * 9)) ** 0.5),
        ("{kaiming_normal: {mode: fan_in, nonlinearity: linear}}", 0, (1 / (16 * 9)) ** 0.5),
        ("{xavier_uniform: {gain: 2}}", 0, 2 * (2 / (80 * 9)) ** 0.5),
        ("{xavier_normal: null}", 0, (2 / (80 * 9)) ** 0.5),
    ],
)
def test_initializers_are_those_of_torch(init: str, mean: float, std: float) -> None:
    """Names are those of `torch.nn.init`."""
    found = weights("conv: {channels: 64, kernel: 3}", init)
    assert found.mean().item() == pytest.approx(mean, abs=0.1 * std + 1e-9)
    assert found.std().item() == pytest.approx(std, rel=0.1, abs=1e-9)


def test_without_init_torch_s_defaults() -> None:
    """Without `init`, torch's own defaults."""
    module = module_of("input: [64, 8, 8]\nlayers: [conv: {channels: 64, kernel: 3}, norm, flatten, linear: 64]")
    conv = module.get_parameter("conv.weight").detach()
    bound = (1 / (64 * 9)) ** 0.5
    assert conv.abs().max().item() <= bound
    assert conv.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)
    bias = module.get_parameter("conv.bias").detach()
    assert 0 < bias.abs().max().item() <= bound
    assert (module.get_parameter("norm.weight") == 1).all()
    assert (module.get_parameter("norm.bias") == 0).all()
    assert (module.get_buffer("norm.running_var") == 1).all()


def state(text: str, seed: int | None = 0) -> dict[str, torch.Tensor]:
    return archspec.build(full(text), seed=seed).state_dict()


def test_a_seed_and_a_key_give_the_same_weights() -> None:
    """each tensor is drawn from a generator of its own, seeded by the seed and the tensor's key: the same weights in
    whatever order, … and whatever else in the network changes"""
    a = state("- conv: {name: x, channels: 8}\n- conv: {name: y, channels: 8}")
    b = state("- conv: {name: x, channels: 8}\n- norm\n- conv: {name: z, channels: 8}\n- conv: {name: y, channels: 8}")
    for key in a:
        torch.testing.assert_close(a[key], b[key], rtol=0, atol=0)
    assert not torch.equal(a["y.weight"], b["z.weight"])
    again = state("- conv: {name: x, channels: 8}\n- conv: {name: y, channels: 8}")
    assert all(torch.equal(a[key], again[key]) for key in a)
    other = state("- conv: {name: x, channels: 8}\n- conv: {name: y, channels: 8}", seed=1)
    assert not torch.equal(a["x.weight"], other["x.weight"])


def test_without_a_seed_it_is_drawn_from_torch_s_global_generator() -> None:
    """Without one, the seed itself is drawn from torch's global generator."""
    torch.manual_seed(3)
    a, b = state("- conv: 8", None), state("- conv: 8", None)
    torch.manual_seed(3)
    c = state("- conv: 8", None)
    assert torch.equal(a["conv.weight"], c["conv.weight"])
    assert not torch.equal(a["conv.weight"], b["conv.weight"])


def test_a_seed_leaves_the_global_generator_alone() -> None:
    """each tensor is drawn from a generator of its own"""
    torch.manual_seed(3)
    wanted = torch.rand(1)
    torch.manual_seed(3)
    state("- conv: 8\n- norm\n- flatten\n- linear: 3")
    assert torch.equal(torch.rand(1), wanted)


def test_zero_init_of_a_residual_s_last_norm_is_the_identity() -> None:
    """(zero-init of a residual's last norm)"""
    module = module_of("- residual: [conv: {kernel: 3}, norm: {init: {weight: zeros}}]").train()
    assert isinstance(module, nn.Module)
    x = torch.randn(3, 4, 8, 8)
    torch.testing.assert_close(module(x), x)


def test_tokens_positions_and_scales_start_as_they_say() -> None:
    """zeros unless `init`"""
    text = """
    - rearrange: n c h w -> n (h w) c
    - class_token: {name: a}
    - class_token: {name: b, init: {normal: {std: 0.5}}}
    - position: {name: c}
    - position: {name: d, init: ones}
    - scale: {name: e}
    - scale: {name: f, init: 1e-6}
    - position: {init: {trunc_normal: {std: 0.02}}}
    """
    found = state(text)
    assert (found["a"] == 0).all()
    assert found["b"].abs().min() > 0
    assert (found["c"] == 0).all()
    assert (found["d"] == 1).all()
    assert (found["e"] == 1).all()
    assert (found["f"] == 1e-6).all()
    assert found["position"].std().item() == pytest.approx(0.02, rel=0.2)
