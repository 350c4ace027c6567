"""Asks one long question of a fresh vLLM engine and says how much of its KV came from the pool.

Run it twice beside one sidecar: the second engine starts with what the first one computed.

    ./moonpool sidecar --arena-bytes 1GiB &
    python examples/demo/ask.py MODEL
    python examples/demo/ask.py MODEL
"""

import sys
import time

from vllm import LLM, SamplingParams, TokensPrompt
from vllm.config import KVTransferConfig

CONNECTOR = KVTransferConfig(
    kv_connector="MooncakeStoreConnector",
    kv_connector_module_path="moonpool.vllm",
    kv_role="kv_both",
)
QUESTION = TokensPrompt(prompt_token_ids=[10 + i * 7919 % 240 for i in range(2000)])


def main() -> None:
    llm = LLM(
        model=sys.argv[1],
        kv_transfer_config=CONNECTOR,
        skip_tokenizer_init=True,
        enforce_eager=True,
        max_model_len=4096,
    )
    began = time.perf_counter()
    sampling = SamplingParams(max_tokens=1, detokenize=False)
    answer = llm.generate(QUESTION, sampling, use_tqdm=False)[0]
    seconds = time.perf_counter() - began
    print(f"first token after {seconds:.3f} s, {answer.num_cached_tokens} tokens from the pool")


if __name__ == "__main__":
    main()
