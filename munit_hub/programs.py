"""What a model is made of for other runtimes: functions of tensors, and which make a translation.

A program is a function of one file. The content is apart from the style, so that an image is
encoded once for many styles; where a system has no content code the program is the whole way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import NamedTuple

from torch import Tensor, nn

from munit_hub.loading import Model
from munit_hub.modeling_bicyclegan import BicycleGanModel
from munit_hub.modeling_cyclegan import CycleGanModel
from munit_hub.modeling_munit import MunitModel
from munit_hub.modeling_tunit import TunitModel
from munit_hub.modeling_unit import UnitModel


class Port(NamedTuple):
    """An input or output: (batch, channels), and unless scale is 0 (scale * h, scale * w) too."""

    name: str
    channels: int
    scale: int = 0

    def shape(self, batch: int, h: int, w: int) -> tuple[int, ...]:
        """The shape at a batch and a size in units."""
        return (batch, self.channels, *(self.scale * n for n in (h, w) if self.scale))


@dataclass(frozen=True)
class Program:
    """A function of tensors; `parts` are the modules that it needs."""

    name: str
    inputs: tuple[Port, ...]
    output: Port
    function: Callable[..., Tensor]
    parts: Sequence[nn.Module]

    @property
    def ports(self) -> list[Port]:
        """The inputs, then the output."""
        return [*self.inputs, self.output]


class Translation(NamedTuple):
    """The programs from a domain to another, in order: the last takes the style, if any does.

    Without domains (None) it is of any image into any style.
    """

    source: str | None
    target: str | None
    programs: list[str]


def programs_of(model: Model) -> tuple[list[Program], list[Translation]]:
    """The programs of a model, and the translations that they make."""
    if isinstance(model, TunitModel):
        return _of_tunit(model)
    if isinstance(model, MunitModel | UnitModel):
        return _of_coders(model)
    return _of_generators(model)


def slugs(names: Sequence[str]) -> list[str]:
    """Names of domains as parts of file names: as they are, where that can be; else numbers."""
    made = [re.sub(r"[^\w-]+", "_", name, flags=re.ASCII).strip("_") for name in names]
    if len({name.lower() for name in made}) == len(made) and all(made):
        return made
    return [str(index) for index in range(len(names))]


class _Ports(NamedTuple):
    """What the programs of a domain take and give."""

    image: Port
    content: Port
    style: Port
    translated: Port


def _ports(model: Model, channels: int) -> _Ports:
    multiple = model.size_multiple
    return _Ports(
        Port("image", channels, multiple),
        Port("content", model.config.base_width * multiple, 1),
        Port("style", model.style_dim),
        Port("translated", channels, multiple),
    )


def _of_tunit(model: TunitModel) -> tuple[list[Program], list[Translation]]:
    image, content, style, translated = _ports(model, model.config.channels[0])
    generator = model.generator
    encoder = [generator.content_encoder]
    programs = [
        Program("encode_content", (image,), content, model.encode_content, encoder),
        Program("encode_style", (image,), style, model.encode_style, [model.guiding]),
        Program(
            "decode",
            (content, style),
            translated,
            model.decode,
            [generator.decoder, generator.style_mlp],
        ),
    ]
    return programs, [Translation(None, None, ["encode_content", "decode"])]


def _of_coders(model: MunitModel | UnitModel) -> tuple[list[Program], list[Translation]]:
    """An encoder and a decoder for every domain, each combination of which is a translation."""
    names = model.config.domain_names
    slug = dict(zip(names, slugs(names), strict=True))
    coders = _munit_coders if isinstance(model, MunitModel) else _unit_coders
    programs = [program for name in names for program in coders(model, name, slug[name])]
    translations = [
        Translation(a, b, [f"encode_content-{slug[a]}", f"decode-{slug[b]}"])
        for a, b in product(names, names)
    ]
    return programs, translations


def _munit_coders(model: MunitModel, domain: str, slug: str) -> list[Program]:
    index = model.domain_index(domain)
    image, content, style, translated = _ports(model, model.config.channels[index])
    encode_content = partial(model.encode_content, domain=index)
    encode_style = partial(model.encode_style, domain=index)
    encoder, style_encoder = [model.content_encoders[index]], [model.style_encoders[index]]
    decoder = [model.decoders[index], model.style_mlps[index]]
    decode = partial(model.decode, domain=index)
    return [
        Program(f"encode_content-{slug}", (image,), content, encode_content, encoder),
        Program(f"encode_style-{slug}", (image,), style, encode_style, style_encoder),
        Program(f"decode-{slug}", (content, style), translated, decode, decoder),
    ]


def _unit_coders(model: UnitModel, domain: str, slug: str) -> list[Program]:
    index = model.domain_index(domain)
    image, content, _, translated = _ports(model, model.config.channels[index])
    encode, decode = partial(model.encode, domain=index), partial(model.decode, domain=index)
    encoder = [model.encoders[index], model.shared_encoder]
    decoder = [model.shared_decoder, model.decoders[index]]
    return [
        Program(f"encode_content-{slug}", (image,), content, encode, encoder),
        Program(f"decode-{slug}", (content,), translated, decode, decoder),
    ]


def _of_generators(
    model: CycleGanModel | BicycleGanModel,
) -> tuple[list[Program], list[Translation]]:
    """A program for every target, from images straight to images."""
    names = model.config.domain_names
    slug = dict(zip(names, slugs(names), strict=True))
    programs, translations = [], []
    for target in model.targets:
        source = names[1 - model.domain_index(target)]
        name = f"translate-{slug[source]}-to-{slug[target]}"
        programs.append(_generator(model, name, source, target))
        translations.append(Translation(source, target, [name]))
    if isinstance(model, BicycleGanModel):
        image, _, style, _ = _ports(model, model.config.channels[1])
        encode = partial(model.encode_style, domain=1)
        name = f"encode_style-{slug[names[1]]}"
        programs.append(Program(name, (image,), style, encode, [model.encoder]))
    return programs, translations


def _generator(
    model: CycleGanModel | BicycleGanModel, name: str, source: str, target: str
) -> Program:
    channels = [model.config.channels[model.domain_index(domain)] for domain in (source, target)]
    (image, _, style, _), (*_, translated) = (_ports(model, c) for c in channels)
    part: nn.Module
    part = model.generator if isinstance(model, BicycleGanModel) else model.generator(target)
    if model.style_dim == 0:
        # An empty style from the image's own axes: a tracer takes len() for a constant.
        return Program(name, (image,), translated, lambda x: part(x, x[:, :0, 0, 0]), [part])
    return Program(name, (image, style), translated, part, [part])
