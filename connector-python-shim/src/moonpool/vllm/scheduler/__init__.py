# SPDX-License-Identifier: Apache-2.0
"""The half of the connector that lives in the engine core, on the scheduler's thread."""
