"""What an op speaks of: sizes and their algebra, tensor types, lowered calls."""

from archspec.types.call import Call, Weight
from archspec.types.sizes import Dim, Size
from archspec.types.tensor import Stride, TensorType

__all__ = ["Call", "Dim", "Size", "Stride", "TensorType", "Weight"]
