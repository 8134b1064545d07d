"""What one input's outputs say: how they differ, their modes, how near the truth they are."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor
from tqdm.auto import tqdm

from training.measuring.figures import Figure, Figures, mean_of
from training.measuring.protocol import Protocol
from training.measuring.taking import features_of
from training.measuring.task import Task, drawn, pictures_of
from training.metrics.classifier import Classifier
from training.metrics.features import ALEXNET_SIZE, FeatureExtractor, resized
from training.metrics.inception_scores import conditional_inception_score, inception_score
from training.metrics.jackknife import standard_errors
from training.metrics.lpips import Lpips
from training.metrics.paired import paired_lpips, psnr, ssim

LPIPS = "LPIPS v0.1 on AlexNet"
RESIZE = f"{ALEXNET_SIZE} pixels, bilinear"


@dataclass
class Seen:
    """What is kept of the outputs of every input: numbers, never images."""

    distances: list[Tensor] = field(default_factory=list)  # (pairs,) each
    logits: list[Tensor] = field(default_factory=list)  # (outputs, classes) each
    to_truth: list[tuple[float, ...]] = field(default_factory=list)  # as TRUTH_NAMES


TRUTH_NAMES = ("lpips_to_truth_best", "lpips_to_truth_mean", "psnr", "ssim")


@dataclass(frozen=True)
class Judges:
    """The networks that look at outputs; without a classifier there are no scores."""

    lpips: Lpips
    features: FeatureExtractor
    classifier: Classifier | None = None


def see_outputs(task: Task, judges: Judges, protocol: Protocol, wanted: set[str]) -> Seen:
    """Translate `protocol.inputs` inputs in many styles each; `wanted`: see `outputs_needed`."""
    seen, generator = Seen(), torch.Generator().manual_seed(protocol.seed)
    count = outputs_needed(task, protocol, wanted)
    for number in tqdm(
        drawn(task.source, protocol.inputs, protocol.seed), desc="inputs", disable=None
    ):
        made = task.outputs(number, task.styles(count, generator))
        if "diversity" in wanted:
            seen.distances.append(distances_of_pairs(judges.lpips, made, protocol.pairs))
        if "scores" in wanted and judges.classifier:
            features = judges.features(made[: protocol.outputs])
            seen.logits.append(judges.classifier.logits(features))
        if "truth" in wanted:
            truth = pictures_of(task.target, [number])
            seen.to_truth.append(nearness(judges.lpips, made[: protocol.best_of], truth))
    return seen


def outputs_needed(task: Task, protocol: Protocol, wanted: set[str]) -> int:
    """How many outputs of an input the wanted figures (diversity, scores, truth) need."""
    if task.one_output:
        return 1
    counts = {
        "diversity": 2 * protocol.pairs,
        "scores": protocol.outputs,
        "truth": protocol.best_of,
    }
    return max(count for name, count in counts.items() if name in wanted)


@torch.inference_mode()
def distances_of_pairs(lpips: Lpips, made: Tensor, pairs: int) -> Tensor:
    """LPIPS (pairs,) of outputs 0 and 1, 2 and 3, ... (N, 3, H, W); 0 of a single output."""
    if len(made) == 1:
        return torch.zeros(1)
    images = resized(made[: 2 * pairs].to(lpips.device), ALEXNET_SIZE)
    return lpips(images[::2], images[1::2]).cpu()


@torch.inference_mode()
def nearness(lpips: Lpips, made: Tensor, truth: Tensor) -> tuple[float, ...]:
    """The figures of TRUTH_NAMES, of outputs (N, 3, H, W) and their truth (1, 3, H, W)."""
    outputs, its = (resized(x.to(lpips.device), ALEXNET_SIZE) for x in (made, truth))
    best, mean = paired_lpips(lpips, outputs, its)
    truths = truth.expand(len(made), -1, -1, -1)
    return best, mean, psnr(made, truths).mean().item(), ssim(made, truths).mean().item()


def diversity_figures(seen: Seen, task: Task, lpips: Lpips, protocol: Protocol) -> Figures:
    """The mean LPIPS of two outputs of an input; of real ones: of two target images."""
    per_input = torch.stack([distances.mean() for distances in seen.distances])
    n = {"inputs": len(per_input), "pairs_each": len(seen.distances[0])}
    real = real_diversity(task, lpips, protocol)
    return {"diversity": Figure(*mean_of(per_input), n, LPIPS, RESIZE, real)}


@torch.inference_mode()
def real_diversity(task: Task, lpips: Lpips, protocol: Protocol) -> float:
    """The mean LPIPS of random pairs of real target images, twice as many pairs as inputs."""
    numbers = drawn(task.target, 4 * protocol.inputs, protocol.seed)
    numbers = numbers[: len(numbers) // 2 * 2]
    found = []
    for first in range(0, len(numbers), 50):
        pictures = pictures_of(task.target, numbers[first : first + 50]).to(lpips.device)
        images = resized(pictures, ALEXNET_SIZE)
        found.append(lpips(images[::2], images[1::2]))
    return torch.cat(found).mean().item()


def score_figures(seen: Seen, task: Task, judges: Judges, protocol: Protocol) -> Figures:
    """IS and CIS in nats; of real ones, IS of target images. CIS of one output is 0."""
    classifier, logits = judges.classifier, torch.stack(seen.logits)
    assert classifier is not None
    described = f"classifier on {judges.features.name}, accuracy {classifier.accuracy:.3f}"
    described += f" on {classifier.n_held_out} held out"
    n = {"inputs": len(logits), "outputs_each": logits.shape[1]}

    def score(kept: Tensor) -> dict[str, float]:
        return {"is": inception_score(kept.flatten(0, 1))}

    per_input = torch.tensor([conditional_inception_score(one[None]) for one in logits])
    numbers = drawn(task.target, protocol.images, protocol.seed)
    real = classifier.logits(features_of(task.target, numbers, judges.features))
    about = (n, described, judges.features.resize)
    error = standard_errors(score, (logits,))["is"]
    return {
        "is": Figure(score(logits)["is"], error, *about, inception_score(real)),
        "cis": Figure(*mean_of(per_input), *about),
    }


def truth_figures(seen: Seen, task: Task, protocol: Protocol) -> Figures:
    """How near outputs are to the truth: LPIPS of the best and on average, PSNR and SSIM."""
    columns = torch.tensor(seen.to_truth).T
    each = 1 if task.one_output else protocol.best_of
    n = {"inputs": len(seen.to_truth), "outputs_each": each}
    return {
        name: Figure(*mean_of(column), n, *((LPIPS, RESIZE) if "lpips" in name else ("", "")))
        for name, column in zip(TRUTH_NAMES, columns, strict=True)
    }
