"""Where things are: the checkout, and the cache shared by every checkout of this user."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LAUNCHER = REPOSITORY / "moonpool"
TESTS = REPOSITORY / "tests"
SHIM_SOURCE = REPOSITORY / "connector-python-shim" / "src"
PROBE_PLUGIN = TESTS / "rig" / "plugin"


def cache_dir() -> Path:
    """MOONPOOL_CACHE, or `moonpool` in the user's cache folder."""
    chosen = os.environ.get("MOONPOOL_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().absolute() / "moonpool"
