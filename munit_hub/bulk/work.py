"""What is wanted of a model, and the model that does it, picture after picture."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from munit_hub.bulk.stamps import digest
from munit_hub.drawings import clean_drawing
from munit_hub.files import hash_of_file
from munit_hub.hub_errors import first_line
from munit_hub.image_processor import at_most
from munit_hub.pipeline import TranslationPipeline
from munit_hub.weights import find_model, weights_name

logger = logging.getLogger(__name__)

_FAR = 3  # times the size that a model learnt, from where its results lose their form


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
    drawings: bool = False  # of any pen and size: cleaned to the lines that the model learnt
    longest_side: int | None = None  # in pixels; what is larger is made smaller first

    @property
    def model_name(self) -> str:
        """The model without the folders of this machine."""
        here = Path(self.model)
        return here.resolve().name if here.exists() else self.model

    def described(self, style: int) -> str:
        """What made a result, for a person; styles count from 0."""
        way = f"the style of {self.reference.name}" if self.reference else f"seed {self.seed}"
        number = "" if self.reference else f", style {style + 1}"
        ways = f"{way}{number}" + (", of a cleaned drawing" if self.drawings else "")
        ways += f", of at most {self.longest_side} pixels a side" if self.longest_side else ""
        return f"Made by {self.model_name} into {self.target or 'the style'}: {ways}"


class Translator:
    """A picture -> the list of its translations: the styles are the same for all pictures."""

    def __init__(self, work: Work):
        """ValueError names what the model cannot do."""
        if work.longest_side is not None and work.longest_side < 1:
            raise ValueError(f"--longest-side must be at least 1, not {work.longest_side}.")
        folder = find_model(work.model, revision=work.revision)
        self.work, self.weights = work, hash_of_file(folder / weights_name())
        self.pipe = TranslationPipeline.from_pretrained(folder, work.precision)
        _move(self.pipe, work.device or default_device())
        self.size = self._size_learnt()
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
        """An opened picture in every style, at its size or `longest_side`; drawings at the model's.

        ValueError for a drawing with nothing on it.
        """
        if self.work.drawings:
            picture = clean_drawing(picture, self.size)
        else:
            picture = self._made_smaller(picture)
        return self.pipe(picture, **self.options).images[0]

    def _made_smaller(self, picture: Image.Image) -> Image.Image:
        size = at_most(picture.size, self.work.longest_side)
        if self.size and max(size) > _FAR * self.size:
            _tell_of_size(self.size)
        return picture.resize(size, Image.Resampling.LANCZOS) if size != picture.size else picture

    def _size_learnt(self) -> int:
        """The model's resolution in pixels, 0 where it tells none."""
        size = self.pipe.model.config.sample_size or 0
        if self.work.drawings and not size:
            raise ValueError(
                "Drawings are brought to the size that the model learnt, its config's "
                f"sample_size; {self.work.model_name} tells none."
            )
        return size

    def stamps(self, source: str) -> list[str]:
        """What names each translation of a picture whose content `source` names."""
        work = self.work
        drawn = hash_of_file(work.reference) if work.reference else work.seed
        made = [self.weights, work.target, work.source, drawn, work.precision, source]
        made += ["drawings"] if work.drawings else []
        made += [f"at most {work.longest_side}"] if work.longest_side else []
        return [digest(*made, style) for style in range(self.num_styles)]


@cache
def _tell_of_size(learnt: int) -> None:
    logger.warning(
        "There are pictures of more than %d pixels, and the model learnt at %d: so far above that, "
        "results are often texture without form. Make them smaller: --longest-side %d, or drawings "
        "with --drawings.",
        _FAR * learnt,
        learnt,
        learnt,
    )


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
