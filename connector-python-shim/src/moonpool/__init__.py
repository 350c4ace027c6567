# SPDX-License-Identifier: Apache-2.0
"""Moonpool's Python side: a client of the sidecar, and the vLLM connector built on it.

Importing this package imports nothing else: no gRPC, no numpy, no thread.
"""

__version__ = "0.1.0"
