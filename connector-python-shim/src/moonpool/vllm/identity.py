# SPDX-License-Identifier: Apache-2.0
"""Who may share bytes: everything that decides which bytes a block with a given hash has
(docs/spec/05-identity.md).

Computed alike in the scheduler and in every worker; neither rank nor TP plan is part of it.
"""

import hashlib
import json
import platform
from pathlib import Path
from typing import Any

from moonpool.client.spec import HashVector, Namespace
from moonpool.vllm.config import Settings
from moonpool.vllm.files import fingerprint, weight_files
from moonpool.vllm.groups import GroupPlan

# Fields of a Hugging Face configuration that say where it was read, not what the model computes.
PROVENANCE = ("_name_or_path", "transformers_version", "_commit_hash")


def build_namespace(
    vllm_config: Any,
    layout: str | None,
    plan: GroupPlan,
    vector: HashVector,
    settings: Settings,
    log: Any,
) -> Namespace:
    """The namespace of an engine. What can't be known makes it private, with one line that says
    why.
    """
    unknown: list[str] = []
    document = _document(vllm_config, plan, vector, settings, unknown)
    document["layout"] = layout
    if unknown:
        document["private"] = settings.engine_id
        log.warning("nothing is shared with other engines: %s", "; ".join(unknown))
    canonical = json.dumps(
        _plain(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    digest = hashlib.sha256(canonical.encode()).digest()
    return Namespace(digest, canonical, str(vllm_config.model_config.model), bool(unknown))


def _document(
    vllm_config: Any, plan: GroupPlan, vector: HashVector, settings: Settings, unknown: list[str]
) -> dict[str, Any]:
    model, cache = vllm_config.model_config, vllm_config.cache_config
    return {
        "tenant": settings.tenant,
        "cache_prefix": settings.cache_prefix,
        "model": _model(model, getattr(vllm_config, "load_config", None), unknown, "model"),
        "tp_of_dummy_weights": _dummy_plan(vllm_config),
        "draft": _draft(vllm_config, unknown),
        "max_model_len": _rope_length(model),
        "quantization": _quantization(vllm_config),
        "dtype": str(model.dtype),
        "cache_dtype": str(cache.cache_dtype),
        "calculate_kv_scales": bool(getattr(cache, "calculate_kv_scales", False)),
        "packing": _packing(vllm_config, plan),
        "groups": [_group(group, vllm_config) for group in plan.groups],
        "align_tokens": plan.align_tokens,
        "hash": [vector.algorithm, vector.hash_bytes, vector.block_tokens, vector.hash.hex()],
        "multimodal": [
            getattr(model, "mm_processor_kwargs", None),
            getattr(model, "code_revision", None),
        ],
    }


def _model(model: Any, load: Any, unknown: list[str], field: str) -> dict[str, Any]:
    return {
        "path": str(model.model),
        "revision": getattr(model, "revision", None),
        "weights": _weights(model, load, unknown, field),
        "config": _config(model),
        "class_overrides": getattr(model, "model_class_overrides", None),
        "implementation": str(getattr(model, "model_impl", "auto")),
    }


def _weights(model: Any, load: Any, unknown: list[str], field: str) -> Any:
    """Files, a commit, or a seed: whatever the weights come from."""
    if str(getattr(load, "load_format", "auto")).rpartition(".")[2].lower() == "dummy":
        return {"dummy": getattr(model, "seed", None)}
    folder = _weights_folder(model)
    if folder is None:
        unknown.append(
            f"{field}={model.model}: its weights are no local files; give --revision with a "
            f"commit, or a local path"
        )
        return None
    if folder.parent.name == "snapshots":
        return {"commit": folder.name}
    files = weight_files(folder) if folder.is_dir() else [folder]
    if not files:
        unknown.append(f"{field}={model.model}: no weight files in {folder}")
    return fingerprint(files)


def _weights_folder(model: Any) -> Path | None:
    """The folder that vLLM loads from; a hub model is found in its cache."""
    path = Path(str(getattr(model, "model_weights", "") or model.model))
    if path.exists():
        return path.resolve()
    try:
        from huggingface_hub import snapshot_download

        return Path(
            snapshot_download(
                str(model.model), revision=getattr(model, "revision", None), local_files_only=True
            )
        )
    except Exception:  # the hub's client has no common error; not found is all that matters
        return None


def _config(model: Any) -> Any:
    config = model.hf_config.to_dict()
    return {name: value for name, value in config.items() if name not in PROVENANCE}


def _dummy_plan(vllm_config: Any) -> int | None:
    """Dummy weights are drawn for each rank's own shapes: another TP size has other weights."""
    load = getattr(vllm_config, "load_config", None)
    dummy = str(getattr(load, "load_format", "auto")).rpartition(".")[2].lower() == "dummy"
    return vllm_config.parallel_config.tensor_parallel_size if dummy else None


def _draft(vllm_config: Any, unknown: list[str]) -> Any:
    """A draft model's layers are in the cache, too."""
    speculative = getattr(vllm_config, "speculative_config", None)
    model = getattr(speculative, "draft_model_config", None)
    if speculative is None:
        return None
    draft: dict[str, Any] = {"method": str(getattr(speculative, "method", None))}
    if model is not None:
        draft["model"] = _model(model, None, unknown, "speculative_config.model")
    return draft


def _rope_length(model: Any) -> int | None:
    """Some rotary embeddings are scaled by the longest prompt the engine was started for."""
    text = getattr(model, "hf_text_config", model.hf_config)
    scaled = getattr(text, "rope_scaling", None) or getattr(text, "rope_parameters", None)
    return int(model.max_model_len) if scaled else None


def _quantization(vllm_config: Any) -> Any:
    config = getattr(vllm_config, "quant_config", None)
    return [
        str(vllm_config.model_config.quantization),
        None if config is None else type(config).__name__,
    ]


def kv_layout(vllm_config: Any, kv_cache_config: Any | None) -> str | None:
    """The order of a page's dimensions, as the engine core resolved it for all its workers."""
    for holder in (kv_cache_config, vllm_config.cache_config):
        layout = getattr(holder, "kv_cache_layout", None)
        if layout is not None:
            return str(layout)
    import vllm.envs as envs

    return str(getattr(envs, "VLLM_KV_CACHE_LAYOUT", None))


def _packing(vllm_config: Any, plan: GroupPlan) -> Any:
    """On a CPU the page's content depends on the instruction set; elsewhere on the attention
    backend.
    """
    from vllm.platforms import current_platform

    backend = getattr(getattr(vllm_config, "attention_config", None), "backend", None)
    if not current_platform.is_cpu():
        return [str(current_platform.device_type), str(backend)]
    return [
        platform.machine(),
        str(backend),
        sorted({_cpu_packing(vllm_config, g.block_tokens) for g in plan.groups}),
    ]


def _cpu_packing(vllm_config: Any, block_tokens: int) -> str:
    try:
        from vllm.v1.attention.backends.cpu_attn import _get_attn_isa
    except ImportError:
        return "unknown"
    model = vllm_config.model_config
    try:
        return str(_get_attn_isa(model.dtype, block_tokens, model.get_head_size()))
    except TypeError:
        return str(_get_attn_isa(model.dtype, block_tokens))


def _group(group: Any, vllm_config: Any) -> dict[str, Any]:
    """What a block is, apart from who holds which part of it."""
    kv_heads = 1 if group.replicated else vllm_config.model_config.get_total_num_kv_heads()
    per_rank = (
        1
        if group.replicated
        else max(1, kv_heads // vllm_config.parallel_config.tensor_parallel_size)
    )
    staged = vllm_config.parallel_config.pipeline_parallel_size > 1
    return {
        "kind": group.kind.name,
        "block_tokens": group.block_tokens,
        "window_blocks": group.window_blocks,
        "kv_heads": kv_heads,
        "page_bytes_per_head": group.page_bytes // per_rank,
        "layers": None if staged else list(group.layer_names),
    }


def _plain(value: Any) -> Any:
    """JSON without floats: their text would depend on who prints it."""
    if isinstance(value, bool) or value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(str(item) for item in value)
    return str(value)
