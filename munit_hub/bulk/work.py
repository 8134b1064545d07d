"""What is wanted of a model, and the model that does it, picture after picture."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from munit_hub.bulk.stamps import digest
from munit_hub.files import hash_of_file
from munit_hub.hub_errors import first_line
from munit_hub.pipeline import TranslationPipeline
from munit_hub.weights import find_model, weights_name


@dataclass(frozen=True)
class Work:
    """Which model translates into which domain, in which styles; as TranslationPipeline has it."""

    model: str
    target: str | None
    source: str | None = None
    num_styles: int = 1
    seed: int = 0
    reference: Path | None = None
    revision: str | None = None
    precision: str = "fp32"
    device: str | None = None

    @property
    def model_name(self) -> str:
        """The model without the folders of this machine."""
        here = Path(self.model)
        return here.resolve().name if here.exists() else self.model

    def described(self, style: int) -> str:
        """What made a result, for a person; styles count from 0."""
        way = f"the style of {self.reference.name}" if self.reference else f"seed {self.seed}"
        number = "" if self.reference else f", style {style + 1}"
        return f"Made by {self.model_name} into {self.target or 'the style'}: {way}{number}"


class Translator:
    """A picture -> the list of its translations: the styles are the same for all pictures."""

    def __init__(self, work: Work):
        """ValueError names what the model cannot do."""
        folder = find_model(work.model, revision=work.revision)
        self.work, self.weights = work, hash_of_file(folder / weights_name())
        self.pipe = TranslationPipeline.from_pretrained(folder, work.precision)
        _move(self.pipe, work.device or default_device())
        self.options: dict[str, Any] = {"target": work.target, "source": work.source}
        styles = self._tried()
        if self.pipe.model.style_dim:
            self.options["styles"] = styles
        self.num_styles = len(styles) if self.pipe.model.style_dim else 1

    def _tried(self) -> torch.Tensor:
        """The styles, by the smallest picture: what is wrong with the options is wrong now."""
        smallest = Image.new("RGB", (self.pipe.model.min_size,) * 2, "white")
        choice: dict[str, Any] = {"num_styles": self.work.num_styles, "seed": self.work.seed}
        if self.work.reference:
            choice = {"reference": self.work.reference}
        return self.pipe(smallest, **self.options, **choice).styles

    def __call__(self, picture: Image.Image) -> list[Image.Image]:
        """The picture in every style, at its own size."""
        return self.pipe(picture, **self.options).images[0]

    def stamps(self, source: str) -> list[str]:
        """What names each translation of a picture whose content `source` names."""
        work = self.work
        drawn = hash_of_file(work.reference) if work.reference else work.seed
        made = (self.weights, work.target, work.source, drawn, work.precision, source)
        return [digest(*made, style) for style in range(self.num_styles)]


def _move(pipe: TranslationPipeline, device: str) -> None:
    try:
        pipe.to(device)
    except (RuntimeError, AssertionError) as error:  # of torch, for a device that is not here
        raise ValueError(f"The device {device} cannot be used: {first_line(error)}") from error


def default_device() -> str:
    """The GPU of this process, by its number among those of the machine, or else the CPU."""
    if torch.cuda.is_available():
        return f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    return "cpu"
