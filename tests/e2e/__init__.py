"""End to end: real vLLM engines and a real sidecar as processes, watched from outside."""
