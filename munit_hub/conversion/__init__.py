"""Checkpoints of the public implementations, as models of this package."""

from munit_hub.conversion.cyclegan import convert_cyclegan, convert_cyclegan_critic
from munit_hub.conversion.nvlabs import (
    convert_nvlabs_critics,
    convert_nvlabs_munit,
    convert_nvlabs_unit,
)
from munit_hub.conversion.reading import load_reference_file

__all__ = [
    "convert_cyclegan",
    "convert_cyclegan_critic",
    "convert_nvlabs_critics",
    "convert_nvlabs_munit",
    "convert_nvlabs_unit",
    "load_reference_file",
]
