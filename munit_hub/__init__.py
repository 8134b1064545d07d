"""Unsupervised image-to-image translation for the Hugging Face Hub.

Names are loaded on first use, so that `import munit_hub` is quick and does not import torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from munit_hub.modeling_bicyclegan import BicycleGanModel as BicycleGanModel
    from munit_hub.modeling_cyclegan import CycleGanModel as CycleGanModel
    from munit_hub.modeling_munit import MunitModel as MunitModel
    from munit_hub.modeling_tunit import TunitModel as TunitModel
    from munit_hub.modeling_unit import UnitModel as UnitModel
    from munit_hub.pipeline import TranslationOutput as TranslationOutput
    from munit_hub.pipeline import TranslationPipeline as TranslationPipeline

__version__ = "0.1.0"

_MODULES = {
    "BicycleGanModel": "munit_hub.modeling_bicyclegan",
    "CycleGanModel": "munit_hub.modeling_cyclegan",
    "MunitModel": "munit_hub.modeling_munit",
    "TranslationOutput": "munit_hub.pipeline",
    "TranslationPipeline": "munit_hub.pipeline",
    "TunitModel": "munit_hub.modeling_tunit",
    "UnitModel": "munit_hub.modeling_unit",
}
__all__ = list(_MODULES)


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
