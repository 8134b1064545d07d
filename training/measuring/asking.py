"""What is asked to be measured: sources, the direction, the metrics, and what those need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
import yaml
from jsonargparse import ArgumentError, ArgumentParser

from munit_hub.loading import Model, load_model
from munit_hub.modeling_munit import MunitModel
from munit_hub.modeling_unit import UnitModel
from training.measuring.protocol import LEAST_IMAGES, Protocol
from training.measuring.task import Task
from training.pictures import Source, open_source
from training.sources import SourceConfig

RESOLUTION = 256  # of the pictures, for a model that does not know its own
# A metric, and what it needs that not everybody has.
METRICS = {
    "diversity": "",
    "quality": "",
    "scores": "a label_column in the training target or the target",
    "truth": "paired sources",
    "codes": "a MUNIT or UNIT model",
    "memory": "the training target",
}


@dataclass(frozen=True)
class Asked:
    """An evaluation as it was asked for.

    model: a folder or a Hub id. source, target, train_target: pictures; the last are those of the
    target that the model learnt from. domain: the target's, where not the model's last. weights:
    of LPIPS and AlexNet. features: a network's name, feature_weights: its weights, where not those
    of AlexNet. metrics: of METRICS, empty for all that can be.
    """

    model: str
    source: SourceConfig
    target: SourceConfig
    weights: str
    train_target: SourceConfig | None = None
    domain: str | None = None
    paired: bool = False
    metrics: Sequence[str] = ()
    features: str = "alexnet"
    feature_weights: str | None = None
    cache_dir: str = ".cache/images"
    protocol: Protocol = field(default_factory=Protocol)


def parse_source(text: str) -> SourceConfig:
    """A source given as its path, or as YAML such as '{path: test.parquet, edges: {low: 40}}'.

    ValueError for an unknown field or a wrong type.
    """
    if not text.lstrip().startswith("{"):
        return SourceConfig(text)
    parser = ArgumentParser(exit_on_error=False)
    parser.add_class_arguments(SourceConfig, "source")
    try:
        given = parser.parse_object({"source": yaml.safe_load(text)})
        return parser.instantiate(given).source
    except (ArgumentError, yaml.YAMLError, KeyError) as error:
        raise ValueError(f"{text} is no source: {' '.join(str(error).split())}") from None


def open_task(asked: Asked) -> tuple[Task, Source | None]:
    """The model and its pictures, with the training pictures of the target if they were given.

    ValueError names what is missing or does not fit.
    """
    model = load_to_measure(asked.model)
    b = model.targets[-1] if asked.domain is None else asked.domain
    if b not in model.targets:
        raise ValueError(f"{asked.model} translates into {', '.join(model.targets)}, not {b!r}.")
    a = b if model.domain_in_style else next(n for n in model.config.domain_names if n != b)
    size = model.config.sample_size or RESOLUTION
    source, target, train_target = (
        None if config is None else open_to_measure(model, config, name, size, asked.cache_dir)
        for config, name in ((asked.source, a), (asked.target, b), (asked.train_target, b))
    )
    check_pictures(source, target, asked.paired)
    return Task(model, source, target, a, b, asked.paired), train_target


def load_to_measure(name: str) -> Model:
    """The model of a folder or a Hub id, on the GPU if there is one.

    The networks that look at what it makes go where it is: `model.device`.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.backends.cudnn.allow_tf32 = False  # figures are those of float32, as on a CPU
    return load_model(name).to(device, memory_format=torch.channels_last)


def open_to_measure(
    model: Model, config: SourceConfig, domain: str, size: int, cache_dir: str | Path
) -> Source:
    """The pictures of a source at `size` pixels, to be a model's of a domain.

    ValueError for other channels than the model's, and for a stream, which has no number.
    """
    if config.streaming:
        raise ValueError(f"source {config.path!r}: streaming must be false where one measures.")
    channels = model.config.channels[model.domain_index(domain)]
    if config.channels != channels:
        raise ValueError(
            f"source {config.path!r}: channels must be {channels}, as the model's, "
            f"not {config.channels}."
        )
    return open_source(config, domain, size, cache_dir)


def check_pictures(source: Source, target: Source, paired: bool) -> None:
    """ValueError for too few pictures, and for pairs that cannot be."""
    counts = {one.domain: len(one.pictures) for one in (source, target)}
    for domain, count in counts.items():
        if count < LEAST_IMAGES:
            raise ValueError(f"{LEAST_IMAGES} pictures of {domain} are needed, not {count}.")
    if paired and len(source.pictures) != len(target.pictures):
        raise ValueError(
            "paired sources must have as many pictures: "
            f"{len(source.pictures)} of {source.domain}, {len(target.pictures)} of {target.domain}."
        )


def chosen_metrics(asked: Asked, task: Task, labelled: Source | None) -> set[str]:
    """The metrics that were asked for, or else all for which everything is there.

    ValueError for an unknown one, and for one that lacks what it needs.
    """
    has = {
        "scores": labelled is not None,
        "truth": task.paired,
        "codes": isinstance(task.model, MunitModel | UnitModel),
        "memory": asked.train_target is not None,
    }
    for name in asked.metrics:
        if name not in METRICS:
            raise ValueError(f"metrics are {', '.join(METRICS)}, not {name!r}.")
        if not has.get(name, True):
            raise ValueError(f"{name} needs {METRICS[name]}.")
    return set(asked.metrics) or {name for name in METRICS if has.get(name, True)}
