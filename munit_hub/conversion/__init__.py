"""Checkpoints of the public implementations, as models of this package, and back."""

from munit_hub.conversion.clovaai import convert_clovaai_critic, convert_clovaai_tunit
from munit_hub.conversion.critics import (
    Discriminator,
    load_discriminators,
    save_discriminators,
)
from munit_hub.conversion.cyclegan import convert_cyclegan, convert_cyclegan_critic
from munit_hub.conversion.folder import CODE_BASES, save_converted
from munit_hub.conversion.formats import convert_critics_of_format, convert_format
from munit_hub.conversion.nvlabs import (
    convert_nvlabs_critics,
    convert_nvlabs_munit,
    convert_nvlabs_unit,
)
from munit_hub.conversion.nvlabs_config import read_nvlabs_config
from munit_hub.conversion.nvlabs_export import (
    export_nvlabs_munit,
    nvlabs_config,
    write_nvlabs_munit,
)
from munit_hub.conversion.reading import load_reference_file

__all__ = [
    "CODE_BASES",
    "Discriminator",
    "convert_critics_of_format",
    "convert_clovaai_critic",
    "convert_clovaai_tunit",
    "convert_cyclegan",
    "convert_cyclegan_critic",
    "convert_format",
    "convert_nvlabs_critics",
    "convert_nvlabs_munit",
    "convert_nvlabs_unit",
    "export_nvlabs_munit",
    "load_discriminators",
    "load_reference_file",
    "nvlabs_config",
    "read_nvlabs_config",
    "save_converted",
    "save_discriminators",
    "write_nvlabs_munit",
]
