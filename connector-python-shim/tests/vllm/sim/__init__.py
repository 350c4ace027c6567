# SPDX-License-Identifier: Apache-2.0
"""An engine without a model around vLLM's real scheduler, and a pool without a sidecar."""
