"""A record of what each case loaded, so that a comparison that was made at the wrong boundary can
be seen.
"""

from dataclasses import dataclass, field


@dataclass
class Journal:
    """Lines of (case, prompt tokens, tokens loaded, reference); shown after the last case."""

    lines: list[str] = field(default_factory=list)
    engine_starts: list[str] = field(default_factory=list)

    def note(self, case: str, prompt_tokens: int, loaded: int, reference: str) -> None:
        self.lines.append(
            f"{case:<52} prompt {prompt_tokens:>5}  loaded {loaded:>5}  equals {reference}"
        )

    def started(self, name: str) -> None:
        self.engine_starts.append(name)
