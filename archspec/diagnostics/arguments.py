"""What arguments are called elsewhere that mean something else, or nothing, at one op alone: at `lstm`, `num_layers` is
`layers`; what is said in `synonyms` holds for all others."""

from __future__ import annotations

_PLUGIN = "a plugin can add it"
_INFERRED = "remove it: it is inferred from the input"
_ANY_LENGTH = "remove it: it is computed for every length"
_POSITIONS = "archspec does not give the positions of the maxima; a plugin can add it"
_LAST_AXIS = "write the axes of both sides in `pattern`: `n c h w -> n (h w) c`"
_SIZES = "write the size of each axis as an argument of its own: `p: 4`"
_QUERY = "the query is the current value; `from` takes another"
_MEANT_FIRST = {"from": "other tensors operands values input1 y"}
_RECURRENT = {
    "features": "hidden_dim num_hidden n_hidden",
    "layers": "num_layers n_layers depth",
    "dropout": "p",
    "state": "h0 hx h initial_state init_state hidden",
    "remove it: the value is the whole sequence, and `NAME.state` is the last state": "return_sequences return_state "
    "seq2seq",
    "write `flip: 0` before it": "go_backwards reverse",
    f"archspec has no recurrent layer with it; {_PLUGIN}": "proj_size recurrent_dropout nonlinearity",
}
_CELL = {
    "features": "hidden_dim num_hidden n_hidden",
    "state": "h0 hx h initial_state init_state hidden",
    "remove it: a cell always has biases": "bias use_bias",
}
_CARRY = {"cell": "c0 cx c cell_state"}

OF = {
    "conv_transpose": {
        "remove it: zeros are all that it pads with": "padding_mode pad_mode",
        "the size follows from `kernel`, `stride` and `padding`; `output_padding` adds to it": "output_size out_size",
        f"archspec has no `conv_transpose` with it; {_PLUGIN}": "dilation dilation_rate dilations rate",
    },
    "act": {
        "min": "min_val min_value",
        "max": "max_val max_value",
        "`softmax` is a node of its own too, of any axis: `softmax: {dim: channels}`": "dim axis",
        f"archspec has no activation with it; {_PLUGIN}": "lambd lower upper",
    },
    "max_pool": {_POSITIONS: "return_indices"},
    "avg_pool": {"write `multiply` after it: it divides by the size of the kernel": "divisor_override"},
    "adaptive_pool": {_POSITIONS: "return_indices"},
    "global_pool": {
        "it pools over all size dimensions; over some of them, write `reduce: n c h w -> n c w`": "dim axis dims axes",
        "the result has no size; for one, write `adaptive_pool: 7`": "output_size size",
    },
    "flatten": {
        "it makes a vector of all axes; for some of them, write `rearrange: n c h w -> n c (h w)`": "start_dim end_dim "
        "dim axis",
    },
    "drop_path": {
        "remove it: it drops whole samples": "mode",
        "remove it: what is kept is scaled": "scale_by_keep",
    },
    "rearrange": {
        _LAST_AXIS: "dim dims dim0 dim1 axis axis0 axis1 perm permutation shape new_shape size order",
        _SIZES: "axes_lengths sizes",
        "pattern": "equation expression expr",
        "from": "tensor x",
    },
    "reduce": {
        "write the axes that stay on the right of `pattern`: `n c h w -> n c w`": "dim dims axis axes",
        "write a 1 in place of the axis: `n c h w -> n 1 h w`": "keepdim keepdims",
        _SIZES: "axes_lengths sizes",
        "type": "reduction op mode operation",
        "pattern": "equation expression expr",
        "from": "tensor x",
    },
    "within": {
        "write windows in `pattern`, and their sizes by their names: `p: 7, q: 7`": "window window_size",
        "shift": "shift_size",
    },
    "einsum": {
        "pattern": "equation equations subscripts formula expression expr",
        "from": "operands operand tensors inputs values",
        _SIZES: "axes_lengths sizes",
    },
    "upsample": {"remove it: sizes follow from `scale` as it is given": "recompute_scale_factor"},
    "pixel_shuffle": {
        "its inverse is `rearrange: {pattern: n c (h a) (w b) -> n (c a b) h w, a: 2, b: 2}`": "downscale_factor",
    },
    "multiply": {
        "factor": "value scalar constant by",
        "for the product of two values, write `mul: [., NAME]`": "other y tensor",
    },
    "offset": {
        "amount": "value scalar constant by",
        "for the sum of two values, write `add: [., NAME]`": "other y tensor",
        "write `multiply` first for a factor": "alpha",
    },
    "scale": {
        "init": "init_values init_value gamma value layer_scale_init_value init_scale",
        _INFERRED: "dim features channels",
    },
    "position": {
        "length": "num_embeddings max_len max_position_embeddings max_seq_len num_positions n_positions num_patches",
        _INFERRED: "dim features channels embedding_dim d_model hidden_size",
    },
    "class_token": {
        "count": "num_tokens n_tokens num n num_cls_tokens",
        _INFERRED: "dim features channels embedding_dim d_model hidden_size",
    },
    "embedding": {
        "how many ids there are stands in the input: `input: {vocab: 32000, length: 128}`": "num_embeddings "
        "vocab_size vocab num_tokens n_vocab vocabulary input_dim size",
        "features": "embed_dim embedding_size",
        "remove it: it concerns how that row starts and trains, not what the network computes": "padding_idx pad_id "
        "pad_token_id mask_zero",
        "remove it: it concerns the gradients alone": "sparse scale_grad_by_freq",
        f"archspec has no `embedding` with it; {_PLUGIN}": "max_norm norm_type",
    },
    "attention": {
        "key": "k",
        "value": "v",
        "dropout": "p dropout_p attn_drop attn_dropout attention_dropout",
        "bias": "qkv_bias",
        _QUERY: "query q",
        _INFERRED: "dim d_model hidden_size features key_dim head_dim",
        "remove it: it is inferred from `key` and `value`": "kdim vdim value_dim",
        "write `linear`, `sdpa: {heads: 8, causal: true}` and `linear`": "causal is_causal use_causal_mask",
        "write `linear`, `sdpa` with `kv_heads`, and `linear`": "kv_heads num_kv_heads num_key_value_heads",
        "write `mask`, ids of the keys, or `linear`, `sdpa` with a `bias` of the logits, and `linear`": "attn_mask",
        "it does not give them; `einsum` and `softmax` compute them": "need_weights average_attn_weights",
        f"archspec has no `attention` with it; {_PLUGIN}": "add_bias_kv add_zero_attn",
    },
    "sdpa": {
        "key": "k",
        "value": "v",
        "dropout": "p dropout_p attn_drop attn_dropout attention_dropout",
        "head_dim": "dim_head d_head key_dim",
        "sinks": "s_aux",
        _QUERY: "query q",
        "write `mask`, ids of the keys with 0 for what is hidden, or `bias`, added to the logits": "attn_mask "
        "attention_mask",
        "remove it: `kv_heads` says how many heads keys and values have": "enable_gqa",
    },
    "parameter": {
        "shape": "size dims dim features channels",
        "`init` says how it starts; given numbers stand in `buffer: {name: a, value: […]}`": "data tensor value",
    },
    "buffer": {
        "value": "data tensor values",
        "shape": "size dims dim",
        "`vocab: 10` makes it ids from 0 to 9; other numbers have the dtype of the network": "dtype",
    },
    "rope": {
        "partial": "rotary_dim rotary_ndims rotary_pct partial_rotary_factor rot_dim",
        "scaling": "rope_scaling",
        "positions": "position_ids pos",
        "interleaved": "is_neox_style",
        "remove it: it is the channels over `heads`": "dim d_model embed_dim hidden_size",
        _ANY_LENGTH: "max_position_embeddings max_seq_len max_len length seq_len max_length",
    },
    "experts": {
        "hidden": "intermediate_size moe_intermediate_size ffn_dim hidden_dim d_ff hidden_channels",
        "act": "hidden_act",
        "normalize": "norm_topk_prob renormalize",
        "scale": "routed_scaling_factor",
        "groups": "n_group num_groups num_expert_group",
        "top_groups": "topk_group",
        "scores": "router gate router_logits gating_output",
        "remove it: it is the number of channels of `scores`": "num_experts n_routed_experts num_local_experts",
        _INFERRED: "dim d_model hidden_size features channels",
    },
    "sinusoidal": {
        "features": "num_pos_feats dim embed_dim",
        "base": "temperature max_period theta",
        "octaves": "num_freqs n_freqs num_frequencies n_harmonic_functions",
        "keep": "include_input",
        _ANY_LENGTH: "max_len max_length max_seq_len length num_positions",
    },
    "position_bias": {_ANY_LENGTH: "max_len max_length length max_seq_len"},
    "coordinates": {
        "order": "indexing",
        "write both in `size`: `size: [32, 32]`": "height width h w",
    },
    "relative_position": {"remove it: it is the number of channels of the table": "num_heads heads n_heads"},
    "slice": {"write `stop`, which is `start` plus the length": "length size"},
    "argmax": {"remove it: the result are ids, without the axis": "keepdim keepdims"},
    "unfold": {
        "stride": "step",
        "remove it: it unfolds all size dimensions": "dimension dim",
    },
    "split": {
        "name the parts: `split: [a, b]` makes two equal ones": "chunks num_chunks sections num_splits "
        "indices_or_sections num n num_or_size_splits",
        "name the parts and their channels: `split: {parts: {a: 8, b: 16}}`": "split_size split_sizes sizes "
        "split_size_or_sections size",
        "remove it: it splits the channels; a part of a size dimension is `slice: {start: 0, stop: 8, dim: 0}`": "dim "
        "axis",
    },
    "add": {**_MEANT_FIRST, "write `multiply` first for a factor": "alpha"},
    "sub": {**_MEANT_FIRST, "write `multiply` first for a factor": "alpha"},
    "mul": _MEANT_FIRST,
    "div": {**_MEANT_FIRST, f"archspec has no `div` with it; {_PLUGIN}": "rounding_mode"},
    "concat": _MEANT_FIRST,
    "residual": {"body": "fn module function"},
    "lstm": {**_RECURRENT, **_CARRY},
    "gru": _RECURRENT,
    "lstm_cell": {**_CELL, **_CARRY},
    "gru_cell": _CELL,
}
"""An op → an argument of it, or the way to have it otherwise → the words."""
