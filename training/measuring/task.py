"""What is measured: a model in one direction, between the pictures of two sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from munit_hub.loading import Model
from training.data import to_batch
from training.pictures import Source

BATCH_SIZE = 16
STYLES_AT_ONCE = 8


@dataclass(frozen=True)
class Task:
    """Translations of the pictures of `source`, of domain a, into domain b, that of `target`.

    paired: picture i of the target is the truth of picture i of the source.
    """

    model: Model
    source: Source
    target: Source
    a: str
    b: str
    paired: bool = False

    @property
    def one_output(self) -> bool:
        """Whether the model has one output for each input."""
        return self.model.style_dim == 0

    def images(self, source: Source, numbers: Sequence[int]) -> Tensor:
        """Pictures given by number, (N, C, H, W) in [-1, 1] on the model's device."""
        images = to_batch([source.view(number) for number in numbers])
        return images.to(self.model.device, memory_format=torch.channels_last)

    @torch.inference_mode()
    def styles(self, n: int, generator: torch.Generator) -> Tensor:
        """n styles (n, style_dim): of the prior, or without one those of target pictures."""
        if not self.model.domain_in_style:
            return self.model.sample_style(n, generator)
        numbers = torch.randint(len(self.target.pictures), (n,), generator=generator).tolist()
        return self.model.encode_style(self.images(self.target, numbers), self.b)

    @torch.inference_mode()
    def outputs(self, number: int, styles: Tensor) -> Tensor:
        """One input's translation in each of the styles, (N, 3, H, W) in [-1, 1] on the CPU."""
        translate = self.model.translator(self.images(self.source, [number]), self.a, self.b)
        made = [translate(chunk) for chunk in styles.split(STYLES_AT_ONCE)]
        return shown(torch.cat(made))

    def one_output_each(
        self, numbers: Sequence[int], generator: torch.Generator
    ) -> Iterator[Tensor]:
        """Inputs given by number, each translated in a style of its own: batches as `outputs`."""
        for chunk in chunks(numbers):
            with torch.inference_mode():
                images = self.images(self.source, chunk)
                translate = self.model.translator(images, self.a, self.b)
                made = shown(translate(self.styles(len(chunk), generator)))
            yield made


def shown(images: Tensor) -> Tensor:
    """Images (N, 1 or 3, H, W) as float32 in colour on the CPU."""
    return images.float().cpu().expand(-1, 3, -1, -1).contiguous()


def pictures_of(source: Source, numbers: Sequence[int]) -> Tensor:
    """Pictures given by number, (N, 3, H, W) in [-1, 1]."""
    return shown(to_batch([source.view(number) for number in numbers]))


def chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """Numbers, BATCH_SIZE at a time."""
    for first in range(0, len(numbers), BATCH_SIZE):
        yield numbers[first : first + BATCH_SIZE]


def drawn(source: Source, n: int, seed: int) -> list[int]:
    """n of a source's pictures by number, or all if it has fewer, in a random order."""
    return np.random.default_rng(seed).permutation(len(source.pictures))[:n].tolist()
