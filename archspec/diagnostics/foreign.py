"""What things are called elsewhere, in torch, Keras, timm and in speech: the words that people bring along."""

from __future__ import annotations

import re
from collections.abc import Collection

_WIDTH = "out_channels out_ch out_planes planes filters num_filters out_features units out_dim output_dim dim width"
_REPEATED = "repeats repeat n num count num_blocks n_blocks num_layers n_layers num_repeats"

_MODULE = re.compile(r"^(torch\.)?(nn\.)?(functional\.|f\.)?")

# what is meant → how it is called elsewhere, in small letters
_WORDS = {
    # arguments
    "channels": f"{_WIDTH} features",
    "features": f"{_WIDTH} channels embedding_dim embed_dim d_model hidden_size",
    "kernel": "kernel_size filter_size ksize pool_size window",
    "dilation": "dilation_rate",
    "groups": "num_groups",
    "heads": "num_heads n_heads n_head nhead",
    "bias": "use_bias",
    "eps": "epsilon",
    "p": "rate prob probability drop_prob drop_rate dropout",
    "drop_path": "drop_path_rate stochastic_depth droppath",
    "scale": "scale_factor",
    "factor": "upscale_factor downscale_factor",
    "size": "output_size out_size",
    "depth": _REPEATED,
    "times": _REPEATED,
    "body": "layers nodes modules ops",
    "shortcut": "skip skip_connection downsample projection",
    "from": "inputs sources",
    "layers": "modules children nodes body ops",
    "branches": "paths children",
    "merge": "join combine",
    "when": "if cond condition",
    "vocab": "vocab_size num_embeddings vocabulary",
    "length": "seq_len sequence_length block_size max_length",
    # sections
    "archspec": "version",
    "extends": "base parent inherit inherits",
    "include": "import imports",
    "params": "parameters args arguments hyperparameters variables",
    "input": "input_shape in_shape shape",
    "norm": "normalization norm_layer norm_type batchnorm batch_norm bn normalize",
    "act": "activation act_layer nonlinearity",
    # choices
    "batch": "bn batch_norm batchnorm batchnorm1d batchnorm2d batchnorm3d",
    "layer": "ln layer_norm layernorm",
    "group": "gn group_norm groupnorm",
    "instance": "instance_norm instancenorm instancenorm1d instancenorm2d instancenorm3d",
    "rms": "rms_norm rmsnorm",
    "silu": "swish",
    "leaky_relu": "lrelu leakyrelu",
    "hardswish": "hswish h_swish hard_swish",
    "hardsigmoid": "hsigmoid h_sigmoid hard_sigmoid",
    "identity": "none",
    "add": "sum plus",
    "mul": "multiply product prod times",
    "concat": "cat concatenate",
    "auto": "projection project conv",
    "avg": "average mean",
    "max": "maximum",
    # types of parameters
    "int": "integer",
    "float": "number double",
    "bool": "boolean",
    "str": "string text",
    "list": "array tuple sequence",
    "ref": "reference",
    # ops and combinators
    "linear": "dense fc fully_connected",
    "conv": "conv1d conv2d conv3d convolution",
    "conv_transpose": "deconv convtranspose1d convtranspose2d convtranspose3d transposed_conv",
    "max_pool": "maxpool1d maxpool2d maxpool3d",
    "avg_pool": "avgpool1d avgpool2d avgpool3d average_pool",
    "global_pool": "gap global_avg_pool global_average_pool globalavgpool global_max_pool",
    "embedding": "embed",
    "position": "pos_embed pos_embedding position_embedding positional_embedding positional_encoding",
    "class_token": "cls cls_token",
    "attention": "mha multihead_attention multiheadattention self_attention",
    "rearrange": "reshape permute transpose view einops",
    "upsample": "interpolate resize",
    "seq": "sequential",
    "repeat": "loop for",
    "squeeze_excitation": "se se_block se_layer",
}

ELSEWHERE: dict[str, tuple[str, ...]] = {}
"""Words from elsewhere, in small letters, and what each may mean here."""
for _meant, _words in _WORDS.items():
    for _word in _words.split():
        ELSEWHERE[_word] = (*ELSEWHERE.get(_word, ()), _meant)

_KNOWN = "in_channels in_features in_planes in_ch in_dim input_dim num_features num_channels normalized_shape embed_dim"

NEEDLESS = {
    **dict.fromkeys(_KNOWN.split(), "remove it: it is inferred from the input"),
    "inplace": "remove it: archspec does it where that is safe",
}
"""Arguments from elsewhere that say what need not be said, and the remedy."""


def plain(word: str) -> str:
    """A word in small letters, without the module of torch that it is in: `nn.ReLU` is `relu`."""
    return _MODULE.sub("", word.lower())


def elsewhere(word: str, known: Collection[str]) -> str | None:
    """Which known word is meant by one of elsewhere, in whatever case; None where it is none, or nothing is known."""
    small = plain(word)
    own = (small,) if small != word.lower() else ()
    return next((meant for meant in (*own, *ELSEWHERE.get(small, ())) if meant in known), None)
