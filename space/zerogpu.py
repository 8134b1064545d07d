"""On a ZeroGPU Space a decorator lends the GPU for one call; elsewhere there is nothing to lend."""

from __future__ import annotations

try:
    from spaces import GPU as on_gpu  # noqa: N811
except ImportError:

    def on_gpu(function):
        """The function itself."""
        return function


__all__ = ["on_gpu"]
