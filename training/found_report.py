"""What TUNIT's domains are: contact sheets, translations, a map of styles, agreement with labels.

`python -m training.found_report RUN_OR_MODEL --source.path test.parquet --output report` looks at
the domains of a model in the pictures of a source; a training run does so at its end.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jsonargparse import ArgumentParser

from munit_hub.modeling_tunit import TunitModel
from training.clusters import agreement, confusion, matching
from training.config import TrainConfig
from training.data import TrainingData
from training.found_domains import batches, small_domains
from training.found_plots import plot_confusion, plot_styles
from training.found_sheets import (
    contact_sheet,
    domain_grid,
    images_and_references,
    reference_grid,
)
from training.found_text import in_markdown
from training.labels import UNKNOWN, Labels
from training.measuring.asking import load_to_measure, open_to_measure
from training.pictures import Source
from training.publish import describe
from training.sources import SourceConfig

RESOLUTION = 128  # of the pictures, for a model that does not know its own

logger = logging.getLogger(__name__)


class Guided(NamedTuple):
    """What the guide says of every picture of a source, in its order."""

    styles: np.ndarray
    domains: np.ndarray


def write_report(
    model: TunitModel, source: Source, directory: Path, seed: int, about: dict[str, Any]
) -> dict[str, Any]:
    """Write report.json, report.md and their pictures; what is in report.json.

    `about` says what was looked at. A model without mean styles of its domains is given those of
    these pictures.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if model.config.domain_sizes is None:
        model.measure_domains(batches(source))
    guided = guide_all(model, source)
    names = model.targets
    sizes = np.bincount(guided.domains, minlength=len(names)).tolist()
    found: dict[str, Any] = about | {
        "n": len(source.pictures),
        "seed": seed,
        "domains": dict(zip(names, sizes, strict=True)),
        "training_domains": dict(zip(names, model.config.domain_sizes, strict=True)),
    }
    found["warnings"] = small_domains(found["domains"])
    draw_domains(model, source, guided, directory, seed)
    found["styles_on_map"] = plot_styles(*guided, names, seed, directory / "styles.png")
    if source.labels is not None:
        found["labels"] = compare(source.labels, guided.domains, names, directory)
    (directory / "report.json").write_text(json.dumps(found, indent=2) + "\n")
    (directory / "report.md").write_text(in_markdown(found))
    return found


@torch.inference_mode()
def guide_all(model: TunitModel, source: Source) -> Guided:
    """The style (N, style_dim) and the domain (N,) of every picture of a source."""
    said = [model.guide(images.to(model.device, model.dtype)) for images in batches(source)]
    styles = torch.cat([guidance.style.float().cpu() for guidance in said])
    logits = torch.cat([guidance.logits.float().cpu() for guidance in said])
    return Guided(styles.numpy(), logits.argmax(1).numpy())


def draw_domains(
    model: TunitModel, source: Source, guided: Guided, directory: Path, seed: int
) -> None:
    """A contact sheet of every domain with pictures, and the two grids of translations."""
    means = model.domain_styles.float().cpu().numpy()
    for index, name in enumerate(model.targets):
        members = np.flatnonzero(guided.domains == index)
        distances = np.linalg.norm(guided.styles[members] - means[index], axis=1)
        if len(members):
            sheet = contact_sheet(source, members[distances.argsort(kind="stable")])
            sheet.save(directory / f"domain-{name}.png")
    images, references = images_and_references(model, source, seed)
    domain_grid(model, images).save(directory / "by-domain.png")
    reference_grid(model, images, references).save(directory / "by-reference.png")


def compare(
    labels: Labels, domains: np.ndarray, names: list[str], directory: Path
) -> dict[str, Any]:
    """How well the domains (N,) agree with the labels, of the pictures that have one."""
    known = labels.indices != UNKNOWN
    truth, found = labels.indices[known], domains[known]
    counts = confusion(truth, found, len(labels.names), len(names))
    plot_confusion(counts, labels.names, names, directory / "confusion.png")
    matched = {names[domain]: labels.names[label] for domain, label in matching(counts).items()}
    return {
        "n": len(truth),
        "classes": labels.names,
        **agreement(truth, found, counts),
        "matching": matched,
        "confusion": counts.tolist(),
    }


def report_run(model: TunitModel, data: TrainingData, config: TrainConfig) -> None:
    """The report of a run that is over, on its own pictures, in output_dir/report."""
    (source,) = data.sources
    directory = Path(config.output_dir)
    about = {"model": directory.name, "pictures": describe(config.data.sources[source.domain])}
    write_report(model, source, directory / "report", config.seed, about)


def main(arguments: list[str] | None = None) -> None:
    """Write the report that the command line asks for."""
    parser = ArgumentParser(prog="training.found_report", description=__doc__)
    parser.add_argument("model", help="a training run's output_dir, a model's folder or Hub id")
    parser.add_class_arguments(SourceConfig, "source")
    parser.add_argument("--output", type=Path, default=Path("report"))
    parser.add_argument("--cache_dir", default=".cache/images")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.instantiate(parser.parse_args(arguments))
    model = load_to_measure(given.model)
    if not isinstance(model, TunitModel):
        raise ValueError(f"{given.model} is a {type(model).__name__}, which finds no domains.")
    resolution = model.config.sample_size or RESOLUTION
    source = open_to_measure(model, given.source, model.targets[0], resolution, given.cache_dir)
    about = {"model": given.model, "pictures": describe(given.source)}
    found = write_report(model, source, given.output, given.seed, about)
    for warning in found["warnings"]:
        logger.warning(warning)
    if "labels" in found:
        print(f"Accuracy {found['labels']['hungarian_accuracy']:.3f} of {found['n']:,} pictures")
    print(f"Written to {given.output / 'report.md'}")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"found_report: {error}")
