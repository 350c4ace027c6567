"""Makes tiny models whose answers depend on every cached KV block, offline and from a seed.

usage: python make.py OUT_DIR [mha|gqa|swa|mla ...]

vLLM's load_format="dummy" draws weights so small that logits are almost uniform: a zeroed or
swapped KV cache passes. These weights are drawn wide. rig.sensitivity proves on a real engine that
each block matters. The tokenizer works on bytes; chat templates work; nothing is downloaded.
"""

import sys
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

SEED = 20
COMMON: dict[str, Any] = {
    "vocab_size": 512,
    "max_position_embeddings": 16384,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 3,
    "tie_word_embeddings": False,
    "hidden_size": 512,
    "intermediate_size": 1024,
    "num_attention_heads": 8,
}
LLAMA: dict[str, Any] = {
    "model_type": "llama",
    "num_hidden_layers": 8,
    "head_dim": 64,
    "rope_theta": 10000.0,
}
SHAPES: dict[str, dict[str, Any]] = {
    "mha": LLAMA | {"num_key_value_heads": 8},
    "gqa": LLAMA | {"num_key_value_heads": 2},
    "swa": {
        "model_type": "gemma3_text",
        "num_hidden_layers": 8,
        "num_key_value_heads": 2,
        "head_dim": 64,
        "sliding_window": 256,
        "query_pre_attn_scalar": 64,
        "layer_types": (["sliding_attention"] * 3 + ["full_attention"]) * 2,
    },
    "mla": {
        "model_type": "deepseek_v2",
        "num_hidden_layers": 4,
        "num_key_value_heads": 8,
        "moe_intermediate_size": 256,
        "q_lora_rank": None,
        "kv_lora_rank": 512,
        "qk_nope_head_dim": 128,
        "qk_rope_head_dim": 64,
        "v_head_dim": 128,
        "n_routed_experts": 4,
        "n_shared_experts": 1,
        "num_experts_per_tok": 2,
        "first_k_dense_replace": 4,
        "n_group": 1,
        "topk_group": 1,
        "rope_theta": 10000.0,
    },
}
SPECIAL_TOKENS = ["<unk>", "<s>", "</s>", "<pad>"]
CHAT_TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"


def make(shape: str, root: Path) -> None:
    """Write one model: configuration, bfloat16 weights, tokenizer."""
    settings = COMMON | SHAPES[shape]
    config = AutoConfig.for_model(settings.pop("model_type"), **settings)
    torch.manual_seed(SEED)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() >= 2:
                parameter.normal_(0.0, _deviation(name, parameter.shape[-1]))
    model.to(torch.bfloat16).save_pretrained(root / shape)
    _byte_tokenizer().save_pretrained(root / shape)


def _deviation(name: str, inputs: int) -> float:
    if "embed" in name:
        return 1.0
    return 0.25 if "lm_head" in name else 2.0 / float(inputs) ** 0.5


def _byte_tokenizer() -> Any:
    symbols = SPECIAL_TOKENS + sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {symbol: index for index, symbol in enumerate(symbols)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
    )
    wrapped.chat_template = CHAT_TEMPLATE
    return wrapped


def main() -> None:
    root = Path(sys.argv[1])
    for shape in sys.argv[2:] or SHAPES:
        print(f"{shape}", flush=True)
        make(shape, root)


if __name__ == "__main__":
    main()
