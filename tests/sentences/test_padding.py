"""docs/language.md, section 9: what windows see around a value."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from tests.sentences.case import Case, cases, module_of

SENTENCES = cases(
    """
    # the output is ⌈n / stride⌉
    input: [4, 7, 8]
    - conv: {kernel: 3, stride: 2, padding: same}  #= 4 × 4 × 4
    - conv: {kernel: 2, stride: 3, padding: same}  #= 4 × 3 × 3
    [max_pool: {kernel: 3, stride: 2, padding: same}, avg_pool: {kernel: 2, padding: same}]  #= 4 × 2 × 2

    # where torch's pools would not pad as much
    - max_pool: {kernel: 3, stride: 1, padding: same, dilation: 2}  #= 4 × 8 × 8

    # in three dimensions too
    input: [4, 1, 2, 2]
    - avg_pool: {kernel: 3, stride: 1, padding: same}  #= 4 × 1 × 2 × 2

    # an even kernel has a padding that keeps the size
    - conv: {kernel: 2, padding: same}  #= 4 × 8 × 8

    # pairs for uneven sides, the first dimension first
    - conv: {kernel: 3, padding: [[0, 1], [2, 0]]}                 #= 4 × 7 × 8
    - max_pool: {kernel: 2, stride: 1, padding: [[0, 1], [0, 0]]}  #= 4 × 8 × 7
    - conv: {kernel: 3, padding: [[0, 1]]}                         #! A405: 1 pair for 2 dimensions
    - conv: {kernel: 3, padding: [[0, 1], 1]}                      #! A203: padding
    - conv: {kernel: 3, padding: [[0, 1, 2], [0, 1, 2]]}           #! A203: padding
    - conv: {kernel: 3, padding: [[0, -1], [0, 1]]}                #! A203: padding
    - conv: {kernel: 3, padding: valid}                            #! A203: valid

    # a pair that is even is a number
    - conv: {kernel: 3, padding: [[1, 1], [1, 1]]}  #~ conv: conv(kernel=3, padding=[[1, 1], [1, 1]]) → 4 × 8 × 8

    # a window must see at least one value
    - max_pool: {kernel: 2, padding: [[0, 2], [0, 0]]}                     #! A406: padding
    - max_pool: {kernel: 2, padding: [[0, 1], [0, 0]], ceil_mode: true}    #! A406: ceil_mode

    # a window must see at least one value
    input: [4, 1]
    - max_pool: {kernel: 3, stride: 2, padding: same, dilation: 2}         #! A406: only padding

    # `padding_mode: zeros | reflect | replicate | circular`
    - conv: {kernel: 3, padding_mode: reflect}       #= 4 × 8 × 8
    - conv: {kernel: 3, padding_mode: mirror}        #! A203: mirror
    - max_pool: {kernel: 3, padding_mode: reflect}   #! A201: padding_mode
    - conv: {kernel: 17, padding_mode: reflect}      #! A406: 9 positions
    - conv: {kernel: 17, padding_mode: circular}     #= 4 × 8 × 8
    - conv: {kernel: 19, padding_mode: circular}     #! A406: 9 positions
    - conv: {kernel: 19, padding_mode: replicate}    #= 4 × 8 × 8
    """
)


@SENTENCES
def test_padding(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def tensorflow(x: Tensor, kernel: int, stride: int, dilation: int, value: float) -> Tensor:
    """Padded as TensorFlow does (`SAME`), axis by axis."""
    around: list[int] = []
    for n in x.shape[:1:-1]:
        total = max((-(-n // stride) - 1) * stride + (kernel - 1) * dilation + 1 - n, 0)
        around += [total // 2, total - total // 2]
    return F.pad(x, around, value=value)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("is_open", [False, True], ids=["fixed", "open"])
def test_same_is_that_of_tensorflow(dimensions: int, is_open: bool) -> None:
    conv = [F.conv1d, F.conv2d, F.conv3d][dimensions - 1]
    largest = [F.max_pool1d, F.max_pool2d, F.max_pool3d][dimensions - 1]
    mean = [F.avg_pool1d, F.avg_pool2d, F.avg_pool3d][dimensions - 1]
    for size, kernel, stride in product((5, 6, 7), (1, 2, 3, 4), (1, 2, 3)):
        sizes = ["A", "B", "C"][:dimensions] if is_open else [size] * dimensions
        given = f"kernel: {kernel}, stride: {stride}, padding: same"
        text = f"input: [2, {', '.join(map(str, sizes))}]\nlayers:\n"
        x = torch.randn(2, 2, *[size] * dimensions)

        def found(node: str, text: str = text, x: Tensor = x) -> tuple[Tensor, dict[str, Tensor]]:
            module = module_of(f"{text}- {node}").eval()
            return module(x), dict(module.state_dict())

        for dilation in (1, 2) if kernel < 4 else (1,):
            y, state = found(f"conv: {{{given}, dilation: {dilation}}}")
            around = tensorflow(x, kernel, stride, dilation, 0)
            wanted = conv(around, state["conv.weight"], state["conv.bias"], stride=stride, dilation=dilation)
            torch.testing.assert_close(y, wanted)
        y, _ = found(f"max_pool: {{{given}}}")
        torch.testing.assert_close(y, largest(tensorflow(x, kernel, stride, 1, float("-inf")), kernel, stride))
        y, _ = found(f"avg_pool: {{{given}}}")
        summed = mean(tensorflow(x, kernel, stride, 1, 0), kernel, stride)
        torch.testing.assert_close(y, summed)
        y, _ = found(f"avg_pool: {{{given}, count_include_pad: false}}")
        torch.testing.assert_close(
            y, summed / mean(tensorflow(torch.ones_like(x), kernel, stride, 1, 0), kernel, stride)
        )


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", [[[1, 2], [0, 3]], [[2, 2], [1, 1]], [3, 0]], ids=str)
def test_padding_modes_are_those_of_torch(mode: str, padding: list[list[int] | int]) -> None:
    x = torch.randn(2, 3, 6, 7)
    module = module_of(
        f"input: [3, 6, 7]\nlayers: [conv: {{channels: 2, kernel: 3, padding: {padding}, padding_mode: {mode}}}]"
    )
    pairs = [pair if isinstance(pair, list) else [pair, pair] for pair in padding]
    around = F.pad(x, [*pairs[1], *pairs[0]], mode="constant" if mode == "zeros" else mode)
    state = module.state_dict()
    torch.testing.assert_close(module(x), F.conv2d(around, state["conv.weight"], state["conv.bias"]))
