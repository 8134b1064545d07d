"""How like the images of a class are translations guided by that class: the mFID protocol.

    python -m training.measuring.classes MODEL --source.path test.parquet \\
        --source.label_column label --weights ../shared/weights/lpips_alex --output report.json

MODEL is a training run's output_dir, a model's folder or a Hub id; a TUNIT model, whose guide
takes any reference. For every true class of the test images, images of the other classes are
translated with references of the class: every image of the class is the reference once, so that
there are as many translations as real images. The class's figure is the Frechet distance of the
two sets; the mFID is the mean over classes (Baek et al. 2021, section 4.1, who use Inception).

A draw decides which images meet which references; `--draws` of them give the interval. Two sets
of about 100 features in 256 dimensions are far apart even where nothing differs, because their
covariances have a rank below 256: figures compare at the same n only. So every draw also cuts each
class into two halves and takes two distances at the same size: that of the real halves (the floor),
and that of one half to the translations guided by the other.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from jsonargparse import ArgumentParser

from munit_hub.modeling_tunit import TunitModel
from training.measuring.asking import load_to_measure, open_to_measure
from training.measuring.guided import KINDS, measure
from training.metrics.features import alexnet_features
from training.provenance import git_commit, machine, versions
from training.publish import describe
from training.sources import SourceConfig

RESOLUTION = 128  # of the pictures, for a model that does not know its own


def main(arguments: list[str] | None = None) -> None:
    """Measure the model that the command line names."""
    parser = ArgumentParser(prog="training.measuring.classes", description=__doc__)
    parser.add_argument("model", help="a training run's output_dir, a model's folder or Hub id")
    parser.add_class_arguments(SourceConfig, "source")
    parser.add_argument("--weights", required=True, help="LPIPS AlexNet: a file, folder or Hub id")
    parser.add_argument("--output", type=Path, help="a JSON file to write as well")
    parser.add_argument("--draws", type=int, default=5, help="of images and references")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache_dir", default=".cache/images")
    given = parser.instantiate(parser.parse_args(arguments))
    model = load_to_measure(given.model)
    if not isinstance(model, TunitModel):
        raise ValueError(f"{given.model} is a {type(model).__name__}, not guided by references.")
    if given.draws < 1:
        raise ValueError(f"draws must be 1 or more, not {given.draws}.")
    resolution = model.config.sample_size or RESOLUTION
    source = open_to_measure(model, given.source, model.targets[0], resolution, given.cache_dir)
    features = alexnet_features(given.weights, model.device)
    found = measure(model, source, features, given.draws, given.seed)
    about = {
        "model": given.model,
        "pictures": f"{describe(given.source)}, {resolution} pixels",
        "features": features.described(),
        "seed": given.seed,
        "commit": git_commit(),
        "machine": machine(),
        "versions": versions(),
    }
    print(in_lines(found))
    if given.output:
        given.output.write_text(json.dumps(about | found, indent=2) + "\n")


def in_lines(found: dict[str, Any]) -> str:
    """The figures as lines for the terminal."""
    lines = []
    for kind in KINDS:
        figure, interval = found[kind], found[kind]["interval_95"]
        said = f", 95% in [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
        lines.append(f"{kind:18} mFID {figure['mean_over_classes']:.3f}{said}")
        lines += [f"    {name:30} {value:.3f}" for name, value in figure["classes"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"measuring.classes: {error}")
