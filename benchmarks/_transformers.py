"""The originals of bundled specs in transformers, configured by the parameters of the specs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from _sized import Maker, Params
from torch import nn

Configuration = Callable[[Params], dict[str, Any]]


@dataclass(frozen=True)
class Original:
    """A class of transformers, and its configuration as a function of the parameters of a spec."""

    model: str
    config: Configuration
    small: Params
    """Parameters of the spec with which outputs are compared."""
    inputs: tuple[str, ...] = ("input_ids",)
    """What the original calls the inputs of the spec, in order."""
    outputs: tuple[str, ...] = ("logits",)

    def full(self, params: Params) -> nn.Module:
        """The original on the meta device."""
        with torch.device("meta"):
            return self._make(params)

    def make(self, params: Params) -> nn.Module:
        """The original with weights that let every layer count, called with tensors in order, returning tensors."""
        module = self._make(params)
        for weight in module.parameters():
            if weight.dim() > 1:
                nn.init.normal_(weight, std=1.5 * weight[0].numel() ** -0.5)
        forward = module.forward

        def run(*values: torch.Tensor) -> dict[str, torch.Tensor]:
            given = [
                value[:, 0] if name == "input_values" else value
                for name, value in zip(self.inputs, values, strict=True)
            ]
            found = forward(**dict(zip(self.inputs, given, strict=True)))
            return {name: found[name] for name in self.outputs}

        module.forward = run
        return module

    def _make(self, params: Params) -> nn.Module:
        model = getattr(transformers, self.model)
        return model(model.config_class(**self.config(params)))


def _decoder(params: Params) -> dict[str, Any]:
    """What the decoders of transformers have in common."""
    return {
        "vocab_size": params["vocab"],
        "hidden_size": params["width"],
        "intermediate_size": params["hidden"],
        "num_hidden_layers": params["blocks"],
        "num_attention_heads": params["heads"],
        "num_key_value_heads": params["kv_heads"],
        "head_dim": params["head_dim"],
        "rope_parameters": {"rope_type": "default", "rope_theta": params["theta"]},
        "tie_word_embeddings": False,
    }


def _llama(params: Params) -> dict[str, Any]:
    return {**_decoder(params), "rms_norm_eps": 1e-5}


def _llama3_1(params: Params) -> dict[str, Any]:
    scaling = {
        "rope_type": "llama3",
        "rope_theta": params["theta"],
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }
    return {**_llama(params), "rope_parameters": scaling, "max_position_embeddings": 131072}


def _mistral(params: Params) -> dict[str, Any]:
    return {**_llama(params), "sliding_window": params["window"]}


def _mixtral(params: Params) -> dict[str, Any]:
    return {
        **_llama(params),
        "num_local_experts": params["experts"],
        "num_experts_per_tok": params["top"],
        "experts_implementation": "eager",
    }


def _qwen3(params: Params) -> dict[str, Any]:
    return {**_decoder(params), "rms_norm_eps": 1e-6}


def _gemma2(params: Params) -> dict[str, Any]:
    return {
        **_tied(_decoder)(params),
        "query_pre_attn_scalar": params["head_dim"],
        "sliding_window": params["window"],
        "attn_logit_softcapping": params["attention_cap"],
        "final_logit_softcapping": params["cap"],
        "attn_implementation": "eager",
    }


def _gemma3(params: Params) -> dict[str, Any]:
    bases = {"sliding_attention": params["local_theta"], "full_attention": params["theta"]}
    return {
        **_gemma2(params),
        "rope_parameters": {kind: {"rope_type": "default", "rope_theta": base} for kind, base in bases.items()},
        "attn_logit_softcapping": None,
        "final_logit_softcapping": None,
    }


def _gpt2(params: Params) -> dict[str, Any]:
    return {
        "vocab_size": params["vocab"],
        "n_positions": params["length"],
        "n_embd": params["width"],
        "n_head": params["heads"],
    }


def _bert(params: Params) -> dict[str, Any]:
    return {
        "vocab_size": params["vocab"],
        "max_position_embeddings": params["length"],
        "hidden_size": params["width"],
        "intermediate_size": params.get("hidden", 4 * params["width"]),
        "num_hidden_layers": params.get("blocks", 12),
        "num_attention_heads": params["heads"],
    }


def _roberta(params: Params) -> dict[str, Any]:
    return {**_bert(params), "type_vocab_size": 1, "layer_norm_eps": 1e-5, "pad_token_id": 1}


def _albert(params: Params) -> dict[str, Any]:
    return {**_bert(params), "embedding_size": params["embedding"]}


def _modernbert(params: Params) -> dict[str, Any]:
    return {**_bert({**params, "length": 8192}), "local_attention": 2 * params["window"], "pad_token_id": 0}


def _gpt_neox(params: Params) -> dict[str, Any]:
    return _bert({**params, "length": 2048})


def _gpt_neox_20b(params: Params) -> dict[str, Any]:
    return {**_gpt_neox(params), "hidden_act": "gelu_fast"}


def _t5(params: Params) -> dict[str, Any]:
    return {
        "vocab_size": params["vocab"],
        "d_model": params["width"],
        "d_kv": params["head_dim"],
        "d_ff": params["hidden"],
        "num_layers": params["blocks"],
        "num_heads": params["heads"],
    }


def _vit(params: Params) -> dict[str, Any]:
    return {
        "image_size": params["image"],
        "patch_size": params["patch"],
        "hidden_size": params["width"],
        "intermediate_size": 4 * params["width"],
        "num_hidden_layers": params["blocks"],
        "num_attention_heads": params["heads"],
    }


def _dinov2(params: Params) -> dict[str, Any]:
    return {**_vit(params), "num_register_tokens": params["registers"]}


def _clip(params: Params) -> dict[str, Any]:
    text = {**params, "width": params["text_width"], "heads": params["text_heads"]}
    image = {**params, "width": params["image_width"], "heads": params["image_heads"]}
    return {
        "text_config": {**_bert(text), "projection_dim": params["projection"], "eos_token_id": 2},
        "vision_config": {**_vit(image), "projection_dim": params["projection"]},
        "projection_dim": params["projection"],
    }


def _whisper(params: Params) -> dict[str, Any]:
    sides = ("encoder", "decoder")
    return {
        "vocab_size": params["vocab"],
        "num_mel_bins": params["mels"],
        "max_source_positions": params["frames"] // 2,
        "max_target_positions": params["length"],
        "d_model": params["width"],
        **{f"{side}_layers": params["blocks"] for side in sides},
        **{f"{side}_attention_heads": params["heads"] for side in sides},
        **{f"{side}_ffn_dim": 4 * params["width"] for side in sides},
        "pad_token_id": 0,
    }


def _wav2vec2(params: Params) -> dict[str, Any]:
    return {
        "vocab_size": params["letters"],
        "hidden_size": params["width"],
        "intermediate_size": 4 * params["width"],
        "num_hidden_layers": params["blocks"],
        "num_attention_heads": params["heads"],
        "conv_dim": [params["channels"]] * 7,
    }


def _segformer(params: Params) -> dict[str, Any]:
    return {
        "num_labels": params["classes"],
        "hidden_sizes": params["widths"],
        "depths": params["depths"],
        "decoder_hidden_size": params["decoder"],
    }


def _tied(config: Configuration) -> Configuration:
    return lambda params: {**config(params), "tie_word_embeddings": True}


SMALL = {"vocab": 96, "width": 32, "hidden": 48, "heads": 4, "kv_heads": 2, "blocks": 2}
BERT = {"vocab": 96, "length": 40, "width": 32, "heads": 4}
GEMMA = {**SMALL, "head_dim": 12, "window": 5}
PYTHIA = {"vocab": 96, "width": 32, "hidden": 48, "heads": 2, "blocks": 2}
VIT = {"image": 32, "patch": 8, "width": 32, "heads": 4, "blocks": 2}
CLIP = {
    **{"vocab": 96, "length": 40, "text_width": 32, "text_heads": 4},
    **{"image": 32, "patch": 8, "image_width": 48, "image_heads": 6, "blocks": 2, "projection": 24},
}
WAV2VEC2 = {"width": 64, "heads": 4, "blocks": 2, "channels": 16}
WHISPER = {"vocab": 96, "mels": 8, "frames": 36, "width": 32, "heads": 4, "blocks": 2, "length": 40}
MASKED = ("input_ids", "token_type_ids", "attention_mask")
POOLED = ("last_hidden_state", "pooler_output")

ORIGINALS = {
    **dict.fromkeys(("llama3_8b", "llama3_70b", "llama3_tiny"), Original("LlamaForCausalLM", _llama, SMALL)),
    "albert_base_v2": Original("AlbertModel", _albert, {**BERT, "embedding": 12}, MASKED, POOLED),
    "bert_base_uncased": Original("BertModel", _bert, BERT, MASKED, POOLED),
    "clip_vit_base_patch32": Original(
        "CLIPModel", _clip, CLIP, ("input_ids", "pixel_values"), ("text_embeds", "image_embeds")
    ),
    "dinov2_small_registers": Original("Dinov2WithRegistersModel", _dinov2, VIT, ("pixel_values",), POOLED),
    "gemma2_2b": Original("Gemma2ForCausalLM", _gemma2, {**GEMMA, "attention_cap": 1.0, "cap": 2.0}),
    "gemma3_1b": Original("Gemma3ForCausalLM", _gemma3, {**GEMMA, "blocks": 7}),
    "gpt_neox_20b": Original("GPTNeoXForCausalLM", _gpt_neox_20b, PYTHIA),
    "gpt2_tied": Original(
        "GPT2LMHeadModel", _gpt2, {"vocab": 96, "length": 40, "width": 32, "heads": 4, "kv_heads": 4}
    ),
    "llama3_1_8b": Original("LlamaForCausalLM", _llama3_1, {**SMALL, "head_dim": 32}),
    "mistral_7b": Original("MistralForCausalLM", _mistral, {**SMALL, "window": 5}),
    "mixtral_8x7b": Original("MixtralForCausalLM", _mixtral, SMALL),
    "modernbert_base": Original(
        "ModernBertForMaskedLM", _modernbert, {**PYTHIA, "blocks": 4, "window": 3}, ("input_ids", "attention_mask")
    ),
    "pythia_160m": Original("GPTNeoXForCausalLM", _gpt_neox, PYTHIA),
    "roberta_base": Original("RobertaModel", _roberta, BERT, ("input_ids", "attention_mask"), POOLED),
    **dict.fromkeys(
        ("segformer_b0", "segformer_b1"),
        Original("SegformerForSemanticSegmentation", _segformer, {"widths": [16, 32, 80, 64]}, ("pixel_values",)),
    ),
    "siglip_base_patch16_224": Original("SiglipVisionModel", _vit, VIT, ("pixel_values",), POOLED),
    "t5_small": Original(
        "T5ForConditionalGeneration",
        _t5,
        {**PYTHIA, "head_dim": 12},
        ("input_ids", "attention_mask", "decoder_input_ids"),
    ),
    "wav2vec2_base": Original("Wav2Vec2ForCTC", _wav2vec2, WAV2VEC2, ("input_values",)),
    "whisper_tiny": Original(
        "WhisperForConditionalGeneration", _whisper, WHISPER, ("input_features", "decoder_input_ids")
    ),
    "qwen3_8b": Original("Qwen3ForCausalLM", _qwen3, {**SMALL, "head_dim": 12}),
    "qwen3_0_6b": Original("Qwen3ForCausalLM", _tied(_qwen3), {**SMALL, "head_dim": 12}),
}


maker = Maker(ORIGINALS)
