"""A model measured by the protocol: report.json, report.md and pictures."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training.labels import UNKNOWN
from training.measuring.asking import Asked, chosen_metrics, open_task
from training.measuring.codes import measure_codes
from training.measuring.diversity import (
    Judges,
    diversity_figures,
    score_figures,
    see_outputs,
    truth_figures,
)
from training.measuring.figures import Figures
from training.measuring.memory import measure_memory
from training.measuring.protocol import Protocol
from training.measuring.quality import measure_quality, number_of_images
from training.measuring.sheets import draw_sheets
from training.measuring.taking import features_of
from training.measuring.task import Task
from training.measuring.text import in_markdown
from training.metrics.classifier import Classifier, train_classifier
from training.metrics.features import FeatureExtractor, load_features
from training.metrics.lpips import load_lpips
from training.pictures import Source
from training.provenance import git_commit, machine, versions
from training.publish import describe

BY_INPUT = {"diversity", "scores", "truth"}  # for which one input is translated many times


def evaluate(asked: Asked, directory: Path) -> dict[str, Any]:
    """Measure, and write report.json, report.md and pictures; what is in report.json.

    ValueError, before anything is written, for what does not fit.
    """
    task, train_target = open_task(asked)
    labelled = next((s for s in (train_target, task.target) if s and s.labels is not None), None)
    wanted, seed = chosen_metrics(asked, task, labelled), asked.protocol.seed
    judges = open_judges(asked, task.model.device, labelled if "scores" in wanted else None)
    directory.mkdir(parents=True, exist_ok=True)
    figures = measure_figures(task, judges, asked.protocol, wanted, train_target, directory)
    report = about(asked, task) | {
        "figures": {name: figure.in_report(seed) for name, figure in figures.items()}
    }
    if judges.classifier:
        report["classifier"] = judges.classifier.in_report()
    n, report["codes"] = number_of_images(task, asked.protocol), {}
    if "codes" in wanted:
        report["codes"] = measure_codes(task, n, seed, directory)
    drawn = draw_sheets(task, judges.lpips, seed, directory)
    drawn += ["neighbours"] * ("memory" in wanted) + ["styles"] * ("styles" in report["codes"])
    write(report, drawn, directory)
    return report


def open_judges(asked: Asked, device: torch.device, labelled: Source | None) -> Judges:
    """The networks that look at images, on a device; the classifier learns from the labelled."""
    features = load_features(asked.features, asked.feature_weights or asked.weights, device)
    lpips = load_lpips(asked.weights).to(device)
    classifier = learn_classes(labelled, features, asked.protocol.seed) if labelled else None
    return Judges(lpips, features, classifier)


def learn_classes(labelled: Source, features: FeatureExtractor, seed: int) -> Classifier:
    """The classifier that the scores need."""
    assert labelled.labels is not None
    known = np.flatnonzero(labelled.labels.indices != UNKNOWN)
    looked = features_of(labelled, known.tolist(), features)
    return train_classifier(looked, labelled.labels.indices[known], seed)


def measure_figures(
    task: Task,
    judges: Judges,
    protocol: Protocol,
    wanted: set[str],
    train_target: Source | None,
    directory: Path,
) -> Figures:
    """Every wanted figure by its name; `memory` draws neighbours.png as well."""
    figures: Figures = {}
    if wanted & BY_INPUT:
        seen = see_outputs(task, judges, protocol, wanted)
        if "diversity" in wanted:
            figures |= diversity_figures(seen, task, judges.lpips, protocol)
        if "scores" in wanted:
            figures |= score_figures(seen, task, judges, protocol)
        if "truth" in wanted:
            figures |= truth_figures(seen, task, protocol)
    if "quality" in wanted:
        figures |= measure_quality(task, judges.features, protocol, train_target)
    if "memory" in wanted:
        assert train_target is not None
        figures |= measure_memory(task, judges.features, protocol, train_target, directory)
    return figures


def about(asked: Asked, task: Task) -> dict[str, Any]:
    """What was measured, how, and with what."""
    trained = asked.train_target
    return {
        "model": asked.model,
        "system": type(task.model).__name__,
        "direction": [task.a, task.b],
        "source": describe(asked.source),
        "target": describe(asked.target),
        "train_target": describe(trained) if trained else None,
        "paired": task.paired,
        "resolution": f"{task.source.pictures.shape[1]} pixels",
        "protocol": asdict(asked.protocol),
        "commit": git_commit(),
        "machine": machine(),
        "versions": versions(),
    }


def write(report: dict[str, Any], pictures: list[str], directory: Path) -> None:
    """The report as JSON and as Markdown, which shows the pictures of these names."""
    (directory / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    (directory / "report.md").write_text(in_markdown(report, pictures))
