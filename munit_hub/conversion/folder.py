"""A converted model's folder: weights, discriminators, and a card that names the origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from munit_hub.conversion.critics import (
    WEIGHTS,
    Discriminator,
    remove_discriminators,
    save_discriminators,
)
from munit_hub.domains import listed
from munit_hub.model_card import write_model_card
from munit_hub.modeling_cyclegan import CycleGanModel
from munit_hub.modeling_munit import MunitModel
from munit_hub.modeling_tunit import TunitModel
from munit_hub.modeling_unit import UnitModel


class CodeBase(NamedTuple):
    """Where a format comes from; `license` is the Hub's identifier of `license_name`."""

    system: str
    name: str
    url: str
    license: str
    license_name: str


_NVLABS = ("https://github.com/NVlabs/MUNIT", "cc-by-nc-sa-4.0", "CC BY-NC-SA 4.0")
CODE_BASES = {
    "nvlabs-munit": CodeBase("MUNIT", "NVlabs MUNIT", *_NVLABS),
    "nvlabs-unit": CodeBase("UNIT", "UNIT in NVlabs MUNIT", *_NVLABS),
    "cyclegan": CodeBase(
        "CycleGAN",
        "pytorch-CycleGAN-and-pix2pix",
        "https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix",
        "bsd-2-clause",
        "BSD 2-Clause",
    ),
    "clovaai-tunit": CodeBase(
        "TUNIT",
        "clovaai TUNIT",
        "https://github.com/clovaai/tunit",
        "cc-by-nc-sa-4.0",
        "MIT, and CC BY-NC-SA 4.0 for its networks",
    ),
}


def save_converted(
    model: CycleGanModel | MunitModel | TunitModel | UnitModel,
    folder: Path,
    *,
    format: str,
    files: Sequence[Path],
    critics: Mapping[str, Discriminator] | None = None,
    license: str | None = None,
) -> None:
    """Write a model that was converted from `files`, its card and its discriminators to a folder.

    `format` is a key of CODE_BASES; `license` is a Hub identifier, by default the code base's.
    Discriminators that lie there from before are removed: they are another model's.
    """
    model.save_pretrained(folder)
    remove_discriminators(folder)
    if critics:
        save_discriminators(folder, critics)
    base = CODE_BASES[format]
    write_model_card(
        folder,
        title=f"{base.system}: {listed(model.config.domain_names)}",
        license=license or base.license,
        facts={},
        origin=_origin(base, files, critics),
        attribution=_attribution(base, license),
    )


def _origin(
    base: CodeBase, files: Sequence[Path], critics: Mapping[str, Discriminator] | None
) -> dict[str, str]:
    rows = {
        "Code base": f"[{base.name}]({base.url})",
        "Converted from": ", ".join(f"`{file.name}`" for file in files),
    }
    if critics:
        judged = " and ".join(critics)
        load = "`munit_hub.conversion.load_discriminators`"
        rows["Discriminators"] = f"of {judged}, for fine-tuning: `{WEIGHTS}`, read by {load}"
    return rows


def _attribution(base: CodeBase, license: str | None) -> str:
    made = f"[{base.name}]({base.url}), whose code and models are licensed {base.license_name}"
    other = f" The licence {license} was named by the person who converted it." if license else ""
    return f"The weights were made with {made}; munit_hub converted them.{other}"
