"""What all models have in common: safetensors only, named domains, and sizes that they take."""

from __future__ import annotations

import os
from typing import Any

import torch
from diffusers import ConfigMixin, ModelMixin
from torch import Tensor

from munit_hub.domains import domain_index
from munit_hub.weights import find_model

_FETCHING = ("subfolder", "revision", "cache_dir", "local_files_only", "force_download", "token")


class TranslationModel(ModelMixin, ConfigMixin):
    """A model between domains, whose config has `domain_names` and may have `num_downsamples`."""

    _supports_gradient_checkpointing = False
    # Whether a style alone says what comes out. Then a picture's own domain makes no difference,
    # and with a style given the target makes none either.
    domain_in_style = False

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike[str], **kwargs: Any
    ) -> Any:
        """The model of a folder or a Hub repository; options as diffusers' `from_pretrained`.

        ValueError where there are no safetensors: diffusers would open a pickle instead.
        """
        if kwargs.pop("use_safetensors", None) not in (None, True):
            raise ValueError(
                f"use_safetensors must be True: {cls.__name__} opens no pickle, "
                "only .safetensors files are loaded."
            )
        fetching = {name: kwargs.pop(name) for name in _FETCHING if name in kwargs}
        folder = find_model(
            pretrained_model_name_or_path, variant=kwargs.get("variant"), **fetching
        )
        return super().from_pretrained(folder, use_safetensors=True, **kwargs)

    @property
    def size_multiple(self) -> int:
        """What the height and width of images must divide by, in pixels."""
        return int(2**self.config.num_downsamples)

    @property
    def min_size(self) -> int:
        """The smallest height and width of images, in pixels.

        The first convolution reflects 3 pixels; the residual blocks reflect 1, and their instance
        norm needs more than one to have a variance.
        """
        return max(4, 2 * self.size_multiple)

    def domain_index(self, domain: str | int) -> int:
        """The index of a domain given by name or index; ValueError names the allowed ones."""
        return domain_index(domain, self.config.domain_names)

    def draw_style(self, target: str | int, generator: torch.Generator | None = None) -> Tensor:
        """A style (1, style_dim) to show a picture of the target in: one of the prior."""
        drawn: Tensor = self.sample_style(1, generator)
        return drawn

    def check_size(self, images: Tensor) -> None:
        """ValueError unless the model takes images (B, C, H, W) of that height and width."""
        height, width = images.shape[-2:]
        multiple, smallest = self.size_multiple, self.min_size
        if height % multiple or width % multiple or min(height, width) < smallest:
            raise ValueError(
                f"Height and width of images must be multiples of {multiple} and at least "
                f"{smallest}, not {height} x {width}."
            )
