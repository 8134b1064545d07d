"""On a ZeroGPU Space a decorator lends the GPU for one call; elsewhere there is nothing to lend.

Models lie on the GPU from the start (`space.models.place`), and nothing is compiled: a call gets a
process of its own, which would compile again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

try:
    from spaces import GPU
except ImportError:
    GPU = None

LENDS = GPU is not None and "SPACES_ZERO_GPU" in os.environ  # else the decorator does nothing
_START = 10  # seconds: a process of its own, and the model's way to the GPU
_EACH = 5e-6  # seconds for a pixel of the results, of the widest models; a GPU is quicker
_MOST = 60  # seconds; the Hub lends no longer to a visitor who is not logged in


def on_gpu(
    function: Callable[..., Any], pixels: Callable[..., int] = lambda *_: 0
) -> Callable[..., Any]:
    """The function, to each of whose calls a GPU is lent for as long as the work may take.

    `pixels` of the call's arguments are those that it makes. Who asks for less waits less.
    """
    return function if GPU is None else GPU(duration=lambda *a: seconds(pixels(*a)))(function)


def seconds(pixels: int) -> int:
    """For how long a GPU is asked for."""
    return min(round(_START + _EACH * pixels), _MOST)
