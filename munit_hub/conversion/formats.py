"""The formats by name: files of a public code base to a model and its discriminators."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from munit_hub.conversion.clovaai import convert_clovaai_critic, convert_clovaai_tunit
from munit_hub.conversion.critics import Discriminator
from munit_hub.conversion.cyclegan import convert_cyclegan, convert_cyclegan_critic
from munit_hub.conversion.nvlabs import (
    convert_nvlabs_critics,
    convert_nvlabs_munit,
    convert_nvlabs_unit,
)
from munit_hub.conversion.nvlabs_config import Config
from munit_hub.modeling_cyclegan import CycleGanModel
from munit_hub.modeling_munit import MunitModel
from munit_hub.modeling_tunit import TunitModel
from munit_hub.modeling_unit import UnitModel


def convert_format(
    format: str, files: Sequence[Path], config: Config | None, names: Sequence[str]
) -> CycleGanModel | MunitModel | TunitModel | UnitModel:
    """The model of one file, or of CycleGAN's two; `names` are of the domains, of TUNIT none too.

    All other systems have two domains, a and b.
    """
    if format == "clovaai-tunit":
        return convert_clovaai_tunit(files[0], domain_names=names)
    a, b = names
    if format == "cyclegan":
        return convert_cyclegan(files[0], files[1] if files[1:] else None, (a, b))
    convert = {"nvlabs-munit": convert_nvlabs_munit, "nvlabs-unit": convert_nvlabs_unit}[format]
    return convert(files[0], config, (a, b))


def convert_critics_of_format(
    format: str, files: Sequence[Path], config: Config | None, names: Sequence[str]
) -> dict[str, Discriminator]:
    """The discriminators by what each judges; of CycleGAN the first judges b, of TUNIT one all."""
    if format == "clovaai-tunit":
        return {"all domains": convert_clovaai_critic(files[0])} if files else {}
    if format == "cyclegan":
        return dict(zip(reversed(names), map(convert_cyclegan_critic, files), strict=False))
    critics = convert_nvlabs_critics(files[0], config) if files else []
    return dict(zip(names, critics, strict=False))
