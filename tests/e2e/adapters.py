"""Adapters (LoRA) with random weights for the tiny models: files as PEFT writes them."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

RANK = 8
MODULES = ("q_proj", "v_proj")
# Large enough to change every answer.
SCALE = 0.2


def make_adapter(folder: Path, model: Path, seed: int) -> Path:
    """Write an adapter for a model of the MHA shape."""
    config = json.loads((model / "config.json").read_text())
    generator = torch.Generator().manual_seed(seed)

    def weights(rows: int, columns: int) -> torch.Tensor:
        return (torch.randn(rows, columns, generator=generator) * SCALE).to(torch.bfloat16)

    hidden = config["hidden_size"]
    tensors = {}
    for layer in range(config["num_hidden_layers"]):
        for module in MODULES:
            name = f"base_model.model.model.layers.{layer}.self_attn.{module}"
            tensors[f"{name}.lora_A.weight"] = weights(RANK, hidden)
            tensors[f"{name}.lora_B.weight"] = weights(hidden, RANK)
    folder.mkdir(parents=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    settings = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": RANK,
        "lora_alpha": 2 * RANK,
        "target_modules": list(MODULES),
        "bias": "none",
    }
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    return folder
