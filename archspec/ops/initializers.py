"""The initializers of `torch.nn.init`, as data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple, TypeAlias

from pydantic import PlainValidator, WithJsonSchema

from archspec.limits import ARGUMENT
from archspec.records import record
from archspec.types.sizes import Size

_FAN = {"mode": ("fan_in", "fan_out")}
_GAINS = (
    "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid",
    "tanh", "relu", "leaky_relu", "selu",
)  # fmt: skip
_KAIMING: dict[str, Any] = {"a": float, **_FAN, "nonlinearity": _GAINS}

_USUAL: dict[str, Any] = {"a": 0.0, "mode": "fan_in", "nonlinearity": "leaky_relu"}
_NORMAL: dict[str, Any] = {"mean": 0.0, "std": 1.0}

_RANGES: dict[str, tuple[float, float]] = {"std": (0, ARGUMENT), "sparsity": (0, 1), "groups": (1, 2**31)}
_NARROWER: dict[tuple[str, str], tuple[float, float]] = {
    ("trunc_normal", "std"): (1 / ARGUMENT, ARGUMENT),
    ("xavier_uniform", "gain"): (0, ARGUMENT),
    ("xavier_normal", "gain"): (0, ARGUMENT),
}
_BOUNDED = ("uniform", "trunc_normal")


class Unknown(ValueError):
    """A word that is none of those `among` which it must be; `path` are the keys that lead to it, itself the last."""

    def __init__(self, message: str, path: tuple[str, ...], among: Iterable[str]) -> None:
        super().__init__(message)
        self.path = path
        self.among = tuple(among)


class Rule(NamedTuple):
    """The arguments of an initializer with what they take, their defaults, and the dimensions that a tensor needs."""

    arguments: dict[str, Any]
    defaults: dict[str, Any]
    least: int = 0
    most: int = 99

    @property
    def required(self) -> list[str]:
        """The arguments that must be given."""
        return [name for name in self.arguments if name not in self.defaults]


INITIALIZERS: dict[str, Rule] = {
    "zeros": Rule({}, {}),
    "ones": Rule({}, {}),
    "constant": Rule({"val": float}, {}),
    "uniform": Rule({"a": float, "b": float}, {"a": 0.0, "b": 1.0}),
    "normal": Rule({"mean": float, "std": float}, _NORMAL),
    "trunc_normal": Rule({"mean": float, "std": float, "a": float, "b": float}, {**_NORMAL, "a": -2.0, "b": 2.0}),
    "xavier_uniform": Rule({"gain": float}, {"gain": 1.0}, 2),
    "xavier_normal": Rule({"gain": float}, {"gain": 1.0}, 2),
    "kaiming_uniform": Rule(_KAIMING, _USUAL, 2),
    "kaiming_normal": Rule(_KAIMING, _USUAL, 2),
    "orthogonal": Rule({"gain": float}, {"gain": 1.0}, 2),
    "eye": Rule({}, {}, 2, 2),
    "dirac": Rule({"groups": int}, {"groups": 1}, 3, 5),
    "sparse": Rule({"sparsity": float, "std": float}, {"std": 0.01}, 2, 2),
}


@record
class Init:
    """An initializer by name, with its arguments."""

    name: str
    arguments: tuple[tuple[str, Any], ...] = ()

    @staticmethod
    def parse(value: object) -> Init:
        """From `zeros`, or `{trunc_normal: {std: 0.02}}`. Raises `ValueError`, which says what is wrong."""
        if isinstance(value, Init):
            return value
        name, arguments = _split(value)
        if name not in INITIALIZERS:
            message = f"unknown initializer `{name}`; the initializers are {', '.join(INITIALIZERS)}"
            raise Unknown(message, (name,), INITIALIZERS)
        known = INITIALIZERS[name].arguments
        for argument, given in arguments.items():
            if argument not in known:
                takes = ", ".join(f"`{key}`" for key in known) or "no arguments"
                raise Unknown(f"`{name}` has no argument `{argument}`; it takes {takes}", (name, argument), known)
            _check(name, argument, known[argument], given)
        if missing := [key for key in INITIALIZERS[name].required if key not in arguments]:
            raise ValueError(f"`{name}` needs `{missing[0]}`")
        found = Init(name, tuple(sorted(arguments.items())))
        bounds = dict(found.full.arguments)
        if name in _BOUNDED and bounds["a"] > bounds["b"]:
            raise ValueError(f"`a` of `{name}` is greater than `b`")
        if name == "trunc_normal" and not bounds["a"] <= bounds["mean"] <= bounds["b"]:
            # torch draws again until a value lies between them, which may take for ever
            raise ValueError(f"`mean` of `trunc_normal` is not between `a` and `b`, {bounds['a']} and {bounds['b']}")
        return found

    @property
    def full(self) -> Init:
        """The same initializer with its defaults written out."""
        return Init(self.name, tuple(sorted({**INITIALIZERS[self.name].defaults, **dict(self.arguments)}.items())))

    def misfit(self, shape: tuple[Size, ...]) -> str:
        """Why it cannot fill a tensor of this shape; empty where it can."""
        rule = INITIALIZERS[self.name]
        if rule.least <= len(shape) <= rule.most:
            groups = dict(self.arguments).get("groups", 1)
            return f"{groups} groups do not divide {shape[0]} channels" if groups > 1 and shape[0] % groups else ""
        wanted = f"{rule.least}" if rule.least == rule.most else f"at least {rule.least}"
        return f"`{self.name}` needs {wanted} dimensions, but the tensor has the shape {list(shape)}"


def _check(name: str, argument: str, allowed: Any, given: Any) -> None:
    if isinstance(allowed, tuple):
        if given not in allowed:
            raise ValueError(f"`{argument}` of `{name}` must be one of {', '.join(allowed)}")
        return
    if isinstance(given, bool) or not isinstance(given, int if allowed is int else (int, float)):
        raise ValueError(f"`{argument}` of `{name}` must be a number, found {given!r}")
    usual = _RANGES.get(argument, (-ARGUMENT, ARGUMENT))
    least, most = _NARROWER.get((name, argument), usual)
    if not least <= given <= most:
        raise ValueError(f"`{argument}` of `{name}` is out of range: {given}")


def _split(value: object) -> tuple[str, dict[str, Any]]:
    if isinstance(value, str):
        return value, {}
    if isinstance(value, dict) and len(value) == 1:
        ((name, arguments),) = value.items()
        if arguments is None or isinstance(arguments, dict):
            return str(name), arguments or {}
        if name == "constant":
            return str(name), {"val": arguments}
    raise ValueError("an initializer is a name, or a name with arguments, as in `{trunc_normal: {std: 0.02}}`")


def _argument_schema(allowed: Any) -> dict[str, Any]:
    if isinstance(allowed, tuple):
        return {"enum": list(allowed)}
    return {"type": "integer" if allowed is int else "number"}


def _schema() -> dict[str, Any]:
    bare: list[str] = [name for name, rule in INITIALIZERS.items() if not rule.required]
    full: dict[str, Any] = {
        name: {
            "type": ["object", "null"] if not rule.required else "object",
            "properties": {key: _argument_schema(allowed) for key, allowed in rule.arguments.items()},
            "additionalProperties": False,
            "required": rule.required,
        }
        for name, rule in INITIALIZERS.items()
    }
    full["constant"] = {"anyOf": [full["constant"], {"type": "number"}]}
    shape: dict[str, Any] = {
        "type": "object",
        "properties": full,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    choices: list[dict[str, Any]] = [{"enum": bare}, shape]
    return {"anyOf": choices}


Initializer: TypeAlias = Annotated[Init, PlainValidator(Init.parse), WithJsonSchema(_schema())]
