# SPDX-License-Identifier: Apache-2.0
"""Notices when the weights of a running worker are replaced: the namespace stands for those it
started with.
"""

import functools
import weakref
from typing import Any

# Methods of vLLM's worker that replace weights in place, as far as a version has them.
REPLACING = (
    "reload_weights",
    "update_weights",
    "update_weights_from_tensor",
    "update_weights_from_distributed",
    "start_weight_update",
    "reset_weights",
)

_watches: "weakref.WeakSet[WeightsWatch]" = weakref.WeakSet()


class WeightsWatch:
    """`changed` is True from the moment that somebody began to replace the weights."""

    def __init__(self) -> None:
        self.changed = False

    def install(self) -> None:
        """Observe this process's worker class. vLLM has no hook for this; calls pass through
        unchanged.
        """
        _watches.add(self)
        for worker_class in _worker_classes():
            for name in REPLACING:
                method = getattr(worker_class, name, None)
                if method is not None and not hasattr(method, "_moonpool_observed"):
                    setattr(worker_class, name, _observed(method))


def _worker_classes() -> list[type]:
    from vllm.v1.worker.gpu_worker import Worker

    return [Worker]


def _observed(method: Any) -> Any:
    @functools.wraps(method)
    def observed(*args: Any, **kwargs: Any) -> Any:
        for watch in _watches:
            watch.changed = True
        return method(*args, **kwargs)

    observed._moonpool_observed = True  # type: ignore[attr-defined]
    return observed
