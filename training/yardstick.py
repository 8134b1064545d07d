"""How good the averaged model is while it trains: the same pictures and styles every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from munit_hub.precision import autocast
from training.config import TrainConfig
from training.data import TrainingData
from training.metrics.features import ALEXNET_SIZE, resized
from training.metrics.frechet import frechet_distance
from training.metrics.lpips import Lpips, load_lpips
from training.objectives.phases import directions

BATCH_SIZE = 8  # images that the model and AlexNet see at once
SUBSET = 1  # the seed of the choice of pictures; the sample grid's is 0


class Yardstick:
    """Measures a model by fixed pictures (N, C, H, W) in [-1, 1] of each domain.

    `frechet/TARGET`: the Frechet distance, on AlexNet's features at 128 pixels, of the pictures
    of a target to as many translations into it. `lpips/TARGET`: the mean LPIPS of translations of
    one picture in two styles, where there are styles. `frechet` and `lpips` are their means over
    the targets. What TUNIT translates into is the style of other pictures, so its target is all.

    Nothing is drawn while it measures. `autocast`: the context of the model alone.
    """

    def __init__(
        self,
        images: dict[str, Tensor],
        model: nn.Module,
        lpips: Lpips,
        autocast: Callable[[], AbstractContextManager],
        seed: int = 0,
    ):
        self.images, self.lpips, self.autocast = images, lpips, autocast
        self.device = next(lpips.buffers()).device
        self.pairs = pairs_of(list(images), model)
        self.figures = ("frechet", "lpips") if model.style_dim else ("frechet",)
        count = len(next(iter(images.values())))
        generator = torch.Generator().manual_seed(seed)
        self.styles = None
        if not model.domain_in_style:
            number = 2 if model.style_dim else 1
            self.styles = [model.sample_style(count, generator) for _ in range(number)]
        with torch.inference_mode():
            self.real = {
                target: torch.cat([self._features(x) for x in images[target].split(BATCH_SIZE)])
                for _, target in self.pairs
            }

    @property
    def names(self) -> list[str]:
        """Every figure that it measures."""
        targets = [target for _, target in self.pairs]
        return [*self.figures, *(f"{name}/{target}" for name in self.figures for target in targets)]

    @torch.inference_mode()
    def __call__(self, model: nn.Module) -> dict[str, float]:
        """Every figure of `names`; the model must be in eval mode."""
        found = {}
        for source, target in self.pairs:
            features, distances = [], []
            for first, *second in self._translations(model, source, target):
                features.append(self._features(first))
                distances += [self.lpips(first, other) for other in second]
            found[f"frechet/{target}"] = frechet_distance(self.real[target], torch.cat(features))
            if distances:
                found[f"lpips/{target}"] = torch.cat(distances).mean().item()
        for name in self.figures:
            each = [found[f"{name}/{target}"] for _, target in self.pairs]
            found[name] = sum(each) / len(each)
        return {name: found[name] for name in self.names}

    def _translations(self, model: nn.Module, source: str, target: str) -> Iterator[list[Tensor]]:
        """The translations of a few pictures at a time in their styles, as AlexNet's input."""
        a, b = (model.targets[0],) * 2 if model.domain_in_style else (source, target)
        numbers = torch.arange(len(self.images[source]))
        for chunk in numbers.split(BATCH_SIZE):
            with self.autocast():
                translate = model.translator(self.images[source][chunk].to(self.device), a, b)
                styles = self._styles(model, source, chunk)
                made = [_shown(translate(style.to(self.device))) for style in styles]
            yield made

    def _styles(self, model: nn.Module, source: str, chunk: Tensor) -> list[Tensor]:
        """The styles for each of some pictures: drawn at the start, or those of other pictures."""
        if self.styles is not None:
            return [style[chunk] for style in self.styles]
        images = self.images[source]
        others = (images[(chunk + shift) % len(images)] for shift in (1, 2))
        return [model.encode_style(x.to(self.device), model.targets[0]) for x in others]

    def _features(self, images: Tensor) -> Tensor:
        shown = _shown(images.to(self.device))
        return self.lpips.features(shown)[-1].mean((2, 3)).double().cpu()


def build_yardstick(
    data: TrainingData, model: nn.Module, config: TrainConfig, accelerator: Accelerator
) -> Yardstick | None:
    """What the main process measures with every `log.metrics_every` steps, None where it is 0.

    ValueError for weights that cannot be had, and for a `log.best_metric` that is not measured.
    """
    log, device = config.log, accelerator.device
    if log.metrics_every == 0 or not accelerator.is_main_process:
        return None
    try:
        lpips = load_lpips(log.metric_weights).to(device)
    except ValueError as error:
        raise ValueError(f"log.metrics_every needs log.metric_weights: {error}") from None
    images = data.fixed_batch(log.metric_images, seed=SUBSET)
    context = partial(autocast, config.precision, device)
    yardstick = Yardstick(images, model, lpips, context, config.seed)
    if log.best_metric not in yardstick.names:
        allowed = ", ".join(yardstick.names)
        raise ValueError(f"log.best_metric={log.best_metric!r} is unknown; allowed: {allowed}.")
    return yardstick


def pairs_of(domains: list[str], model: nn.Module) -> list[tuple[str, str]]:
    """The (source, target) pairs that a model translates; of TUNIT all its pictures are both."""
    if model.domain_in_style:
        return [(domains[0], domains[0])]
    return [pair for pair in directions(domains) if pair[1] in model.targets]


def _shown(images: Tensor) -> Tensor:
    """Images (N, 1 or 3, H, W) as AlexNet sees them: float32, (N, 3, 128, 128)."""
    return resized(images.float(), ALEXNET_SIZE).expand(-1, 3, -1, -1)
