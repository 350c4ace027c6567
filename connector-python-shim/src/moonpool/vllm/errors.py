# SPDX-License-Identifier: Apache-2.0
"""What stops an engine at its start."""


class UnsupportedSetup(ValueError):
    """A setting or model that would be served wrongly; the message names the field and the cure."""
