# SPDX-License-Identifier: Apache-2.0
"""The half of the connector that lives in each worker and moves the bytes."""
