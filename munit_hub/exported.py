"""What `munit-hub export --format onnx` wrote, as a model that the pipeline can use."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from munit_hub.domains import domain_index
from munit_hub.program_files import MANIFEST, Run, check_packages, load_program
from munit_hub.programs import slugs

_KEYS = {"format", "domains", "channels", "sample_size", "style_dim", "size_multiple"}
_KEYS |= {"smallest_h_and_w", "domain_styles", "programs", "translations"}


class ExportedModel:
    """A folder of ONNX programs, run by onnxruntime on the CPU in float32.

    It answers what `TranslationPipeline` asks of a model, with the same shapes and ranges. A
    program is opened when it is first needed. ValueError where the folder is no export.
    """

    device, dtype = torch.device("cpu"), torch.float32

    def __init__(self, folder: str | os.PathLike[str]):
        check_packages(("onnxruntime",), "runtime='onnx'")
        self._folder, self._opened = Path(folder), dict[str, Run]()
        self._manifest = manifest = _read(self._folder)
        self.config = SimpleNamespace(
            domain_names=manifest["domains"],
            channels=manifest["channels"],
            sample_size=manifest["sample_size"],
        )
        self.style_dim, self.size_multiple = manifest["style_dim"], manifest["size_multiple"]
        self.min_size = manifest["smallest_h_and_w"] * self.size_multiple
        self.domain_in_style = manifest["domain_styles"] is not None

    def to(self, device: Any = None, **layout: Any) -> ExportedModel:
        """Itself: it stays where it is; ValueError for another device than the CPU."""
        if device is not None and torch.device(device).type != "cpu":
            raise ValueError(f"runtime='onnx' runs on the CPU, not on {device}.")
        return self

    def eval(self) -> ExportedModel:
        """Itself: an export has no other mode."""
        return self

    def domain_index(self, domain: str | int) -> int:
        """The index of a domain given by name or index; ValueError names the allowed ones."""
        return domain_index(domain, self.config.domain_names)

    def draw_style(self, target: str | int, generator: torch.Generator | None = None) -> Tensor:
        """A style (1, style_dim): of the prior N(0, I), or the target's mean where it has one."""
        if self.domain_in_style:
            index = self.domain_index(target)
            if (style := self._manifest["domain_styles"][index]) is None:
                name = self.config.domain_names[index]
                raise ValueError(f"This model does not know the mean style of {name}.")
            return torch.tensor([style])
        return torch.randn(1, self.style_dim, generator=generator)

    def encode_style(self, images: Tensor, domain: str | int) -> Tensor:
        """Images of a domain to their style (B, style_dim): zeros where the system finds none."""
        slug = slugs(self.config.domain_names)[self.domain_index(domain)]
        finders = [name for name in self._manifest["programs"] if name.startswith("encode_style")]
        for name in (f"encode_style-{slug}", "encode_style"):
            if name in finders:
                return self._program(name)(images)
        if finders:
            known = ", ".join(name.removeprefix("encode_style-") for name in finders)
            raise ValueError(f"This model knows styles of {known} only, not of {slug}.")
        return images.new_zeros(len(images), self.style_dim)

    def translator(
        self, images: Tensor, source: str | int, target: str | int
    ) -> Callable[[Tensor], Tensor]:
        """A function of styles (N, style_dim) to N translations of one image (1, C, H, W)."""
        *before, last = self._programs_from(source, target)
        inputs = [port["name"] for port in self._manifest["programs"][last]["inputs"]]
        shared, run = images, self._program(last)
        for name in before:
            shared = self._program(name)(shared)
        if "style" not in inputs:
            x_ab = run(shared)
            return lambda style: x_ab.expand(len(style), -1, -1, -1)
        if "content" in inputs:  # which the program itself takes once for all styles
            return lambda style: run(shared, style)
        return lambda style: run(shared.expand(len(style), -1, -1, -1), style)

    def _programs_from(self, source: str | int, target: str | int) -> list[str]:
        names = self.config.domain_names
        asked = names[self.domain_index(source)], names[self.domain_index(target)]
        made = {(t["source"], t["target"]): t["programs"] for t in self._manifest["translations"]}
        if programs := made.get((None, None)) or made.get(asked):
            return list(programs)
        known = ", ".join(f"{a} to {b}" for a, b in made)
        raise ValueError(f"This model translates {known} only, not {asked[0]} to {asked[1]}.")

    def _program(self, name: str) -> Run:
        if name not in self._opened:
            self._opened[name] = load_program(
                self._folder / Path(self._manifest["programs"][name]["file"]).name
            )
        return self._opened[name]


def _read(folder: Path) -> dict[str, Any]:
    """The manifest of an ONNX export."""
    path = folder / MANIFEST
    if not path.is_file():
        raise ValueError(
            f"{folder} holds no {MANIFEST}; runtime='onnx' takes what `munit-hub export MODEL "
            "--format onnx --output FOLDER` writes."
        )
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        missing = sorted(_KEYS - manifest.keys())
    except (ValueError, AttributeError):
        raise ValueError(f"{path} is not what `munit-hub export` writes.") from None
    if manifest.get("format") != "onnx":
        raise ValueError(f"{path} is of format {manifest.get('format')!r}, not 'onnx'.")
    if missing:
        raise ValueError(f"{path} has no {missing[0]}, which `munit-hub export` writes.")
    assert isinstance(manifest, dict)
    return manifest
