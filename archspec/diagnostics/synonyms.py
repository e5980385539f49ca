"""What things are called elsewhere, in torch, Keras, JAX, timm, ONNX and in speech, and the way to have them here.

Words are compared without case, `_` and `-`, without the module that they are in, and without the number of dimensions:
`nn.Conv2d`, `Conv2D` and `conv_2d` are `conv`. What the language has itself stands in none of these tables.
"""

from __future__ import annotations

_WIDTH = "out_channels out_ch out_chs out_planes planes filters num_filters n_filters out_features units out_dim"
_MORE_WIDTH = "output_dim output_channels dim width ch chans nf n_out dim_out dout"
_REPEATED = "repeats repeat n num count num_blocks n_blocks num_layers n_layers num_repeats reps number_of_blocks"

MEANT = {
    # arguments
    "channels": f"{_WIDTH} {_MORE_WIDTH} features",
    "features": f"{_WIDTH} {_MORE_WIDTH} channels embedding_dim embed_dim d_model hidden_size",
    "hidden_channels": "hidden_dim hidden_features mlp_dim dim_feedforward ffn_dim intermediate_size hidden "
    "hidden_size mid_channels mid_planes bottleneck_channels",
    "expand": "expansion expand_ratio exp_ratio expansion_factor expansion_ratio",
    "kernel": "kernel_size kernel_shape filter_size ksize k pool_size window window_shape window_size size",
    "stride": "strides window_strides subsample s",
    "padding": "pads pad p",
    "dilation": "dilation_rate dilations rhs_dilation atrous_rate rate",
    "groups": "num_groups feature_group_count group cardinality n_groups",
    "heads": "num_heads n_heads n_head nhead num_attention_heads",
    "kv_heads": "num_kv_heads num_key_value_heads n_kv_heads",
    "bias": "use_bias with_bias bias_term add_bias",
    "eps": "epsilon",
    "affine": "elementwise_affine learnable",
    "p": "rate prob probability drop_prob drop_rate dropout ratio dropout_rate",
    "drop_path": "drop_path_rate stochastic_depth droppath stochastic_depth_prob drop_connect_rate",
    "scale": "scale_factor factor scales layer_scale",
    "factor": "upscale_factor downscale_factor scale r",
    "size": "output_size out_size target_size",
    "mode": "interpolation method",
    "causal": "is_causal use_causal_mask",
    "negative_slope": "slope leakiness leak",
    "keepdim": "keepdims keep_dims keep_dim",
    "dim": "axis",
    "depth": _REPEATED,
    "times": _REPEATED,
    "body": "layers nodes modules ops",
    "shortcut": "skip skip_connection downsample projection",
    "from": "inputs sources",
    "layers": "modules children nodes body ops model network net architecture",
    "branches": "paths children",
    "merge": "join combine",
    "when": "if cond condition",
    "vocab": "vocab_size num_embeddings vocabulary n_vocab input_dim",
    "length": "seq_len sequence_length block_size max_length context_length",
    "theta": "base rope_theta rope_base rotary_base",
    "window": "sliding_window window_size attention_window local_window",
    "softcap": "softcapping logit_softcapping attn_logit_softcapping",
    "buckets": "num_buckets relative_attention_num_buckets",
    "max_distance": "relative_attention_max_distance",
    "top_k": "k num_experts_per_tok",
    "start": "begin",
    "stop": "end",
    # sections
    "archspec": "version spec_version",
    "name": "title model_name",
    "description": "desc comment doc",
    "reference": "paper citation cite url",
    "extends": "base parent inherit inherits",
    "include": "import imports includes",
    "params": "parameters args arguments hyperparameters hparams variables vars config",
    "input": "input_shape in_shape shape input_size image_size img_size",
    "norm": "normalization norm_layer norm_type normalize",
    "act": "activation act_layer nonlinearity activation_fn act_fn",
    "blocks": "definitions defs block_definitions",
    "head": "classifier top",
    "outputs": "return returns",
    # choices
    "batch": "bn batch_norm batch_normalization",
    "layer": "ln layer_norm layer_normalization",
    "group": "gn group_norm group_normalization",
    "instance": "in instance_norm instance_normalization",
    "rms": "rms_norm rms_normalization",
    "relu6": "relu_6",
    "squared_relu": "relu2 relu_squared",
    "silu": "swish",
    "leaky_relu": "lrelu",
    "hardswish": "hswish hard_swish",
    "hardsigmoid": "hsigmoid hard_sigmoid",
    "identity": "none linear",
    "add": "sum plus",
    "mul": "multiply product prod times",
    "concat": "cat concatenate concatenation",
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
    # ops, combinators and blocks
    "linear": "dense fc fully_connected gemm inner_product affine",
    "conv": "convolution pointwise_conv conv1x1 conv3x3",
    "conv_transpose": "deconv transposed_conv conv_transposed transpose_conv deconvolution",
    "max_pool": "max_pooling",
    "avg_pool": "average_pool average_pooling avg_pooling mean_pool",
    "adaptive_pool": "adaptive_avg_pool",
    "global_pool": "gap global_avg_pool global_average_pool global_average_pooling global_mean_pool",
    "flatten": "ravel",
    "embedding": "embed token_embedding",
    "position": "pos_embed pos_embedding position_embedding positional_embedding positional_encoding position_encoding",
    "class_token": "cls cls_token",
    "attention": "mha multihead_attention multi_head_attention self_attention attn",
    "sdpa": "scaled_dot_product_attention flash_attention dot_product_attention",
    "rope": "rotary rotary_embedding rotary_position_embedding",
    "split": "unbind tensor_split",
    "slice": "narrow strided_slice getitem crop cropping",
    "select": "gather take",
    "rearrange": "reshape permute transpose view einops swapaxes",
    "upsample": "interpolate resize upsampling",
    "pixel_shuffle": "depth_to_space subpixel",
    "pad": "zero_pad zero_padding constant_pad padding",
    "seq": "sequential",
    "repeat": "loop for",
    "residual": "residual_block skip_connection shortcut",
    "parallel": "branch branches inception",
    "squeeze_excitation": "se se_block se_layer se_module squeeze_excite squeeze_and_excitation",
    "inverted_residual": "mbconv mb_conv",
    "conv_norm_act": "conv_bn_act conv_bn_relu conv_bn conv_norm conv_module conv_norm_activation conv_block",
    "basic": "basic_block",
    "bottleneck": "bottleneck_block",
    "mlp": "feed_forward ffn feedforward",
    "stage": "stages",
}  # fmt: skip
"""What is meant → how it is called elsewhere. A word may mean several things: what is known at its place decides."""

NEEDLESS = {
    "remove it: it is inferred from the input": "in_channels in_features in_planes in_ch in_chs in_dim input_dim "
    "num_features num_channels normalized_shape embed_dim input_channels c_in input_size input_shape in_size n_in",
    "remove it: archspec does it where that is safe": "inplace in_place",
    "remove it: the batch always comes first": "batch_first",
    "remove it: the layout is that of the value, which `input: {…, layout: channels_last}` sets": "data_format "
    "channel_axis memory_format",
    "remove it: the running statistics are always there": "track_running_stats",
    "remove it: how the value is stored is no part of the architecture": "device",
    "remove it: all values have the `dtype` of the input": "dtype",
}
"""Arguments from elsewhere that say what need not be said: the remedy → the words."""

_PLUGIN = "a plugin can add it"
_TRAINING = "a spec describes the network alone: training is not part of it"
_FROZEN = "a spec describes the network alone; freeze weights where you train it, with `requires_grad_(False)`"
_LOADED = "a spec holds no weights: load them with `archspec build SPEC --weights FILE`"
_NETWORK = "the network stands in `stem`, `stages` and `head`, or as one list in `layers`"
_GATED = "write the product: `parallel: {branches: {gate: [linear: 64, act: silu], up: [linear: 64]}, merge: mul}`"
_SYNCED = "write `norm: batch`, and convert the module with `torch.nn.SyncBatchNorm.convert_sync_batchnorm`"

NODES = {
    "write `lstm: {features: 64, bidirectional: true}`": "bilstm bidirectional_lstm",
    "write `gru: {features: 64, bidirectional: true}`": "bigru bidirectional_gru",
    f"archspec has `lstm` and `gru`; {_PLUGIN}": "rnn simple_rnn elman_rnn conv_lstm",
    "write `sinusoidal`, of ids or of `coordinates`": "sincos_embedding fourier_features fourier_embedding",
    "write the product in einops' words: `einsum: {from: [q, k], pattern: 'n q c, n k c -> n q k'}`": "matmul bmm dot",
    "write `within`: `{pattern: n c (a p) (b q) -> (n a b) c p q, p: 7, q: 7, layers: […]}`": "window_partition "
    "window_reverse windowed",
    "write `repeat: {times: 3, share: true, layers: […]}`, or `reuse` the module by its name": "weight_sharing "
    "shared_layer share",
    "write `tie: NAME` at the node that has the same weights": "weight_tying tied tie_weights",
    "a spec holds no code; a plugin can add an op": "lambda function python code call custom",
    "write the axes of both sides: `rearrange: n c h w -> n (h w) c`": "squeeze unsqueeze expand_dims",
    "`global_pool` averages over every size dimension": "mean reduce_mean global_avg",
    "write `global_pool: max`": "global_max_pool global_max_pooling gmp",
    "write `adaptive_pool: {size: 1, type: max}`": "adaptive_max_pool",
    "write `upsample: {scale: 2, mode: bilinear}`": "upsampling_bilinear bilinear",
    "write `conv: {groups: depthwise, kernel: 3}`": "depthwise depthwise_conv dw_conv dwconv conv_dw",
    "write two nodes: `conv: {groups: depthwise, kernel: 3}`, then `conv: 64`": "separable_conv "
    "depthwise_separable_conv sep_conv",
    "write `multiply: 2.0` for a factor, `scale` for a learned one": "mul_scalar scalar",
    "write `conv: {channels: 64, kernel: 4, stride: 4, padding: 0}`": "patch_embed patch_embedding patchify",
    f"`dropout` drops values one by one; for whole channels, {_PLUGIN}": "dropout2d dropout3d spatial_dropout "
    "feature_dropout alpha_dropout",
    "write `residual` with `norm` and `attention`, then `mlp`; `vit_b_16` is built so": "transformer "
    "transformer_block transformer_encoder transformer_encoder_layer encoder_layer transformer_layer",
    "write `max_pool: {kernel: 3, stride: 2, padding: 1}`": "pool pooling pool2d",
    "leave the node out with `when`, or write branches in `parallel`": "if else switch cond",
    "the input stands at the top of the file: `input: [3, 224, 224]`": "input_layer placeholder",
    "name the value in the section `outputs`": "output return",
    "archspec has no lists of modules; write nodes in `seq`, or stages": "module_list module_dict",
    _FROZEN: "freeze frozen detach stop_gradient no_grad trainable",
    _LOADED: "pretrained checkpoint load_weights load",
    _TRAINING: "loss cross_entropy optimizer gaussian_noise",
    f"archspec has no such attention block; write it as one, as `squeeze_excitation` is, or {_PLUGIN}": "cbam eca "
    "non_local coord_attention",
    f"archspec has no such op; {_PLUGIN}": "pow topk cumsum where fft deform_conv deformable_conv",
    "write `experts`, with scores from a `linear` and a `softmax`": "moe mixture_of_experts sparse_moe",
}
"""What a node of that name would be, and is none: the way here → the words."""

ARGUMENTS = {
    "an activation is a node of its own: write `- act: relu` after this one": "activation nonlinearity act_layer "
    "activation_fn act_fn relu",
    "a normalization is a node of its own: write `- norm` after this one": "batch_norm use_bn bn normalization "
    "norm_layer normalizer_fn use_norm",
    "dropout is a node of its own: write `- dropout: 0.1`": "dropout_rate",
    "write `groups: depthwise`": "depthwise depth_multiplier",
    "write `padding_mode: reflect`, or a node `pad` before this one": "pad_mode",
    "write the initializer of each weight: `init: {weight: kaiming_normal}`": "kernel_initializer weight_init "
    "initializer init_weights kernel_init bias_initializer bias_init weight_initializer",
    "leave the node out with `when: false`": "enabled disabled skip_if",
    _FROZEN: "freeze trainable requires_grad",
    _LOADED: "pretrained checkpoint",
    _TRAINING: "weight_decay lr kernel_regularizer bias_regularizer regularizer kernel_constraint",
    "write `mask`, a reference to ids: 1 takes part, 0 is hidden, the opposite of torch": "attn_mask key_padding_mask "
    "src_key_padding_mask attention_mask",
    "write `class_token` and `select: 0`": "cls_token",
}
"""What an argument of that name would be, and is none: the way here → the words."""

SECTIONS = {
    _NETWORK: "backbone encoder decoder neck trunk body features graph modules",
    _LOADED: "pretrained checkpoint load_from pretrained_weights",
    _FROZEN: "freeze frozen trainable frozen_layers",
    _TRAINING: "optimizer optim lr learning_rate loss losses epochs scheduler criterion trainer training train metrics "
    "dataset data dataloader weight_decay callbacks momentum augmentation",
    "give the seed when building: `archspec build SPEC --seed 0`": "seed random_seed",
    "the batch size is no part of the network; for advice on it, write `lint: {batch_size: 8}`": "batch_size batch",
    "write it in the input: `input: {channels: 3, size: [224, 224], dtype: float32}`": "dtype precision layout "
    "data_format channels in_channels input_channels",
    "a parameter stands in `params`: `params: {classes: 10}`": "classes num_classes nb_classes n_classes width depth "
    "width_mult width_multiplier depth_multiplier dropout drop_rate drop_path_rate hidden_size embed_dim num_layers",
    "write it for the op: `defaults: {conv: {bias: false}}`": "bias use_bias",
    "choose the device when building: `archspec build SPEC --device cuda`": "device",
}
"""What a key of the file of that name would be, and is none: the way here → the words."""

PADDINGS = {
    "write `same`, or leave `padding` out: for an odd kernel it keeps the size at stride 1": "same_upper same_lower "
    "auto",
    "write `0`, which adds nothing": "valid none",
    "there is no padding for causality; a node `pad: [2, 0]` before it pads one side": "causal",
}
"""What a padding of that name would be, and is none: the way here → the words."""

NORMS = {
    _SYNCED: "sync_bn sync_batch_norm sync_batch synchronized_batch_norm sync",
    f"archspec has no such normalization; {_PLUGIN}": "lrn local_response local_response_norm grn global_response_norm "
    "spectral spectral_norm filter_response frn",
    "write `norm: {type: batch, frozen: true}`": "frozen frozen_batch frozen_bn frozen_batch_norm",
    "write it at the layer: `conv: {weight_norm: true}`": "weight weight_norm",
}
"""What a normalization of that name would be, and is none: the way here → the words."""

ACTIVATIONS = {
    _GATED: "swiglu geglu reglu glu gated_linear_unit",
    f"archspec has no such activation; {_PLUGIN}": "selu celu hardtanh softsign rrelu maxout snake softmin "
    "tanhshrink hardshrink softshrink logsigmoid threshold crelu gumbel",
}
"""What an activation of that name would be, and is none: the way here → the words."""

WAYS = {
    # a node may be named as a norm or an activation is
    "node": {**NORMS, **ACTIVATIONS, **NODES},
    "argument": ARGUMENTS,
    "section": SECTIONS,
    "padding": PADDINGS,
    "norm": NORMS,
    "act": ACTIVATIONS,
}
"""What stands at a place and is known elsewhere alone: the place → the way to have it here → the words."""
