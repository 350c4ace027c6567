# SPDX-License-Identifier: Apache-2.0
"""The Moonpool protocol in pure Python: docs/spec is the text, these modules are its layouts and
moves.
"""
