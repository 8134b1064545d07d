"""Pictures and styles (or a reference, or a seed) -> pictures of another domain."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor

from munit_hub.arguments import (
    MAX_STYLES,
    as_list,
    check_one_choice,
    name_in,
    style_codes,
    whole_number,
)
from munit_hub.exported import ExportedModel
from munit_hub.image_processor import (
    Crop,
    PictureSource,
    crop_back,
    open_image,
    pad_to_model,
    to_pil,
    to_tensor,
)
from munit_hub.loading import Model, load_model
from munit_hub.precision import autocast, compute_dtype

logger = logging.getLogger(__name__)

MAX_PIXELS = 4096 * 4096  # what a wide model still translates within 16 GB or so
# One pass decodes at most this many styles and about this many pixels, which bounds the memory.
# More than these on a CPU, and the maps of a pass fall out of its cache: a third slower.
_STYLES_AT_ONCE = 8
_PIXELS_AT_ONCE = {"cpu": 2 * 256 * 256, "other": 16 * 256 * 256}


class TranslationOutput(NamedTuple):
    """For each input a list of pictures, one a style; and the styles (S, style_dim), on the CPU."""

    images: list[list[Image.Image]]
    styles: Tensor


class TranslationPipeline:
    """Translates pictures between the domains of a model.

    `translate = TranslationPipeline.from_pretrained("org/name")`, then
    `translate("cat.jpg", target="dog", num_styles=8, seed=0).images[0]`.
    """

    def __init__(self, model: Model | ExportedModel, precision: str = "fp32"):
        """`precision`: fp32, bf16, fp16, or auto, which is bf16 where the hardware is fast in it.

        Below fp32, pictures differ by a few of their 255 levels. The model is put in eval mode.
        """
        compute_dtype(precision, model.device)  # a ValueError now, not at the first picture
        # The layout that convolutions are fastest in; it changes no values.
        self.model = model.to(memory_format=torch.channels_last).eval()
        self.precision = precision

    @classmethod
    def from_pretrained(
        cls,
        path_or_repo: str | os.PathLike[str],
        precision: str = "fp32",
        runtime: str = "torch",
        **kwargs: Any,
    ) -> TranslationPipeline:
        """The pipeline of a local folder or a Hub repository; options as in `load_model`.

        `runtime="onnx"`: of a folder that `munit-hub export --format onnx` wrote, run by
        onnxruntime on the CPU in float32: faster there than PyTorch in float32.
        """
        if runtime == "torch":
            return cls(load_model(path_or_repo, **kwargs), precision)
        if runtime != "onnx":
            raise ValueError(f"runtime={runtime!r} is unknown; allowed are torch, onnx.")
        if kwargs or precision not in ("fp32", "auto"):
            raise ValueError(f"runtime='onnx' takes a folder, and fp32, not {kwargs or precision}.")
        return cls(ExportedModel(path_or_repo))

    def to(self, device: str | torch.device) -> TranslationPipeline:
        """The same pipeline, with its model moved to a device."""
        self.model.to(device)
        return self

    def __call__(
        self,
        images: PictureSource | Sequence[PictureSource],
        target: str | int | None = None,
        source: str | int | None = None,
        num_styles: int = 1,
        styles: Tensor | Sequence[Any] | None = None,
        reference: PictureSource | Sequence[PictureSource] | None = None,
        seed: int | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> TranslationOutput:
        """Each picture translated to `target`, once a style, at its own size.

        `images` is what `open_image` takes, or a list of it. `source` may be left out where the
        model has one other domain, or found its domains itself; with the latter, `target` may be
        left out where styles or a reference are given. The styles are `num_styles` drawn ones
        (the same for the same `seed`, the first of them whatever `num_styles`), or `styles`
        (S, style_dim), or those of the `reference` pictures of the target domain. ValueError
        names the argument or the file.
        """
        target = self._target(target, styles is not None or reference is not None)
        source = self._source(source, target)
        pictures = as_list(images, "images")
        check_one_choice(num_styles, styles, reference, seed)
        wants_styles = num_styles != 1 or styles is not None or reference is not None
        if self.model.style_dim == 0 and wants_styles:
            logger.warning(
                "%s makes one picture of each input: styles are ignored.", type(self.model).__name__
            )
            num_styles, styles, reference = 1, None, None
        if reference is not None:
            codes = self._styles_of(
                as_list(reference, "reference"), target, max_pixels, "reference"
            )
        elif styles is not None:
            codes = self._given_styles(styles)
        else:
            codes = self._drawn_styles(num_styles, seed, target)
        results = []
        for index, picture in enumerate(pictures):
            image = open_image(picture, max_pixels, name_in("images", index, pictures))
            results.append(self._decoder(image, source, target)(codes))
        return TranslationOutput(results, codes.float().cpu())

    def interpolate(
        self,
        image: PictureSource,
        target: str | int | None,
        styles: Sequence[Any] | Tensor,
        steps: int,
        source: str | int | None = None,
    ) -> TranslationOutput:
        """One picture in `steps` styles on the straight line from styles[0] to styles[1].

        A model without styles gives its one picture, and a warning.
        """
        steps = whole_number(steps, "steps", 2, MAX_STYLES)
        if self.model.style_dim == 0:
            return self([image], target, source, num_styles=steps)
        if not hasattr(styles, "__len__") or len(styles) != 2:
            raise ValueError("styles must be two, the first and the last one.")
        first, last = (self._given_styles(style) for style in styles)
        if len(first) != 1 or len(last) != 1:
            raise ValueError(f"styles must be two of shape ({self.model.style_dim},).")
        weights = torch.linspace(0, 1, steps)[:, None].to(first)
        line = torch.lerp(first, last, weights)
        return self([image], target, source, styles=line)

    def decoder(
        self,
        image: PictureSource,
        target: str | int | None,
        source: str | int | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> Callable[[Sequence[Any] | Tensor], list[Image.Image]]:
        """A function of styles (S, style_dim) to the picture's translations, once a style.

        What all styles share, the content, is encoded once, now. Pictures and domains as in a
        call; of a model without styles, `decoder(...)(torch.empty(1, 0))` is its one picture.
        """
        target = self._target(target, has_style=True)
        opened = open_image(image, max_pixels)
        decode = self._decoder(opened, self._source(source, target), target)
        return lambda styles: decode(self._given_styles(styles))

    def encode_style(
        self,
        images: PictureSource | Sequence[PictureSource],
        domain: str | int,
        max_pixels: int = MAX_PIXELS,
    ) -> Tensor:
        """The styles (S, style_dim) of pictures of a domain, float32 on the CPU."""
        index = self.model.domain_index(domain)
        pictures = as_list(images, "images")
        return self._styles_of(pictures, index, max_pixels, "images").float().cpu()

    def _target(self, target: str | int | None, has_style: bool) -> int:
        if target is not None:
            return self.model.domain_index(target)
        if self.model.domain_in_style and has_style:
            return 0  # any will do
        raise ValueError(f"target must be one of the model's domains: {self._names()}.")

    def _source(self, source: str | int | None, target: int) -> int:
        if source is not None:
            return self.model.domain_index(source)
        if self.model.domain_in_style:
            return target  # any will do
        names = list(self.model.config.domain_names)
        if len(names) != 2:
            raise ValueError(f"source must be one of the model's domains: {self._names()}.")
        return 1 - target

    def _names(self) -> str:
        return ", ".join(self.model.config.domain_names)

    def _drawn_styles(self, num_styles: int, seed: int | None, target: int) -> Tensor:
        number = whole_number(num_styles, "num_styles", 1, MAX_STYLES)
        generator = None
        if seed is not None:
            generator = torch.Generator().manual_seed(whole_number(seed, "seed", 0, 2**63 - 1))
        # One by one: a single draw of many would make the first style depend on how many follow.
        styles = torch.cat([self.model.draw_style(target, generator) for _ in range(number)])
        if number > 1 and self.model.domain_in_style:
            logger.warning(
                "%s has one style for each domain, its mean: the pictures are equal. Give "
                "reference or styles for others.",
                type(self.model).__name__,
            )
        return styles

    def _given_styles(self, styles: Any) -> Tensor:
        codes = style_codes(styles, self.model.style_dim)
        return codes.to(self.model.device, self.model.dtype)

    def _styles_of(
        self, pictures: list[PictureSource], domain: str | int, max_pixels: int, argument: str
    ) -> Tensor:
        codes = []
        for index, picture in enumerate(pictures):
            image = open_image(picture, max_pixels, name_in(argument, index, pictures))
            batch, _ = self._batch_of(image, domain)
            with torch.inference_mode(), autocast(self.precision, self.model.device):
                codes.append(self.model.encode_style(batch, domain).to(self.model.dtype))
        return torch.cat(codes).clone()  # a clone of an inference tensor is an ordinary one

    def _batch_of(self, image: Image.Image, domain: str | int) -> tuple[Tensor, Crop]:
        """A picture as the (1, C, H, W) batch that the model takes for a domain."""
        channels = self.model.config.channels[self.model.domain_index(domain)]
        batch = to_tensor(image, channels)[None].to(self.model.device, self.model.dtype)
        batch = batch.contiguous(memory_format=torch.channels_last)
        return pad_to_model(batch, self.model.size_multiple, self.model.min_size)

    def _decoder(
        self, image: Image.Image, source: str | int, target: str | int
    ) -> Callable[[Tensor], list[Image.Image]]:
        batch, crop = self._batch_of(image, source)
        with torch.inference_mode(), autocast(self.precision, self.model.device):
            translate = self.model.translator(batch, source, target)  # what all styles share, once
        at_once = styles_at_once(batch)

        def decode(styles: Tensor) -> list[Image.Image]:
            with torch.inference_mode(), autocast(self.precision, self.model.device):
                translated = (crop_back(translate(s), crop) for s in styles.split(at_once))
                return [to_pil(x_ab) for chunk in translated for x_ab in chunk]

        return decode


def styles_at_once(images: Tensor) -> int:
    """How many styles of an image (1, C, H, W) are best decoded in one pass on its device."""
    device = images.device.type
    pixels = _PIXELS_AT_ONCE.get(device, _PIXELS_AT_ONCE["other"])
    fitting = pixels // (images.shape[-2] * images.shape[-1])
    return min(max(fitting, 1), _STYLES_AT_ONCE)
