# SPDX-License-Identifier: Apache-2.0
"""These tests import vLLM's own classes: they are collected where it is installed."""

import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

collect_ignore_glob = [] if find_spec("vllm.config") else ["test_*.py"]
