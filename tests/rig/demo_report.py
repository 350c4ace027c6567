"""What the demo shows, and whether it may call that a success."""

from dataclasses import dataclass

from rig.engines import Result


@dataclass(frozen=True)
class Report:
    """The measurements of one demo."""

    prompt_tokens: int
    cold: Result
    own: Result
    pool: Result
    moved_bytes: float
    spoiled: Result
    counted_misses: int

    def table(self) -> str:
        """Two columns, one line a fact."""
        equal = "yes" if self.pool.same_answer(self.own) else "NO"
        rows = [
            ("prompt", f"{self.prompt_tokens} tokens"),
            ("time to first token, cold", _seconds(self.cold)),
            ("time to first token, engine's own hit", _seconds(self.own)),
            ("time to first token, second engine from the pool", _seconds(self.pool)),
            ("tokens loaded from the pool", f"{self.pool.cached}"),
            ("bytes moved", f"{self.moved_bytes / (1 << 20):.1f} MiB"),
            ("logprobs equal to the own hit's, to the bit", equal),
            ("after one flipped byte: misses counted", f"{self.counted_misses}"),
            ("after one flipped byte: tokens loaded", f"{self.spoiled.cached}"),
        ]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)

    def problems(self) -> list[str]:
        """Why this is no success; empty if it is one."""
        checks = [
            (self.pool.cached > 0, "nothing was loaded from the pool"),
            (self.pool.cached >= self.own.cached, "fewer tokens came from the pool than own hit"),
            (self.moved_bytes > 0, "the connector counted no loaded bytes"),
            (self.pool.same_answer(self.own), "logprobs from the pool differ from the own hit's"),
            (self.counted_misses > 0, "the flipped byte was not counted as a miss"),
            (self.spoiled.cached < self.pool.cached, "the block with the flipped byte was loaded"),
        ]
        return [problem for fine, problem in checks if not fine]


def _seconds(result: Result) -> str:
    return "none" if result.ttft_s is None else f"{result.ttft_s:.4f} s"
