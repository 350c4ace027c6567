# SPDX-License-Identifier: Apache-2.0
"""Benchmarks that measure Moonpool and a peer, or a limit, in one run, and report ratios."""
