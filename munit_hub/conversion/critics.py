"""Discriminators beside a model: what fine-tuning starts from, and translation does without."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from munit_hub.discriminators import MultiScaleDiscriminator, PatchGanDiscriminator
from munit_hub.domain_discriminator import DomainDiscriminator

WEIGHTS, CONFIG = "discriminator.safetensors", "discriminator.json"
Discriminator = DomainDiscriminator | MultiScaleDiscriminator | PatchGanDiscriminator
_CLASSES = {
    "DomainDiscriminator": DomainDiscriminator,
    "MultiScaleDiscriminator": MultiScaleDiscriminator,
    "PatchGanDiscriminator": PatchGanDiscriminator,
}


def save_discriminators(folder: Path, critics: Mapping[str, Discriminator]) -> None:
    """Write discriminators, by the domain that each judges, to two files in a folder.

    discriminator.json lists what builds them; discriminator.safetensors holds the tensors, each
    under the discriminator's place in that list.
    """
    listed = [
        {"domain": domain, "class": type(critic).__name__, "config": critic.config}
        for domain, critic in critics.items()
    ]
    tensors = {
        f"{place}.{name}": tensor.contiguous()
        for place, critic in enumerate(critics.values())
        for name, tensor in critic.state_dict().items()
    }
    save_file(tensors, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8")


def load_discriminators(folder: Path) -> dict[str, Discriminator]:
    """The discriminators beside a model, by the domain that each judges.

    ValueError where there are none, or where the two files do not fit each other.
    """
    if not all((Path(folder) / name).is_file() for name in (WEIGHTS, CONFIG)):
        raise ValueError(f"{folder} holds no discriminators: {WEIGHTS} and {CONFIG}.")
    critics: dict[str, Discriminator] = {}
    try:
        tensors = load_file(Path(folder) / WEIGHTS)
        for place, listed in enumerate(json.loads((Path(folder) / CONFIG).read_text("utf-8"))):
            critic = _CLASSES[listed["class"]](**listed["config"])
            head = f"{place}."
            own = {k.removeprefix(head): t for k, t in tensors.items() if k.startswith(head)}
            critic.load_state_dict(own)
            critics[listed["domain"]] = critic
    except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise ValueError(f"{WEIGHTS} and {CONFIG} in {folder} do not fit each other.") from error
    return critics


def remove_discriminators(folder: Path) -> None:
    """Remove discriminators that an earlier model left in a folder."""
    for name in (WEIGHTS, CONFIG):
        (folder / name).unlink(missing_ok=True)
