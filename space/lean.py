"""diffusers imported without torch's compiler: the page answers two seconds sooner.

diffusers imports the compiler to mark some classes of its own, and does without where there is
none. The page has none of these classes, so it hides the compiler for as long as that takes.
"""

import sys

_COMPILER = "torch._dynamo"

if _COMPILER not in sys.modules:
    sys.modules[_COMPILER] = None  # type: ignore[assignment]  # which makes importing it an error
    try:
        from diffusers import ConfigMixin, ModelMixin  # noqa: F401
    finally:
        del sys.modules[_COMPILER]
