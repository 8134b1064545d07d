"""`munit-hub evaluate`: a model measured by the papers' protocol."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer

from munit_hub.cli.checks import WrongUseError, check_new_folder, quiet_unless_watched
from munit_hub.cli.options import ModelPlace, NewFolder, Overwrite
from munit_hub.domains import listed

_NEEDS = (
    "munit-hub evaluate needs the trainer: in a clone of the repository, "
    "pip install -e '.[training]'."
)


def evaluate(
    model: ModelPlace,
    source: Annotated[
        str,
        typer.Option(
            metavar="PICTURES",
            help="What is translated: a folder, a parquet file or a data set's Hub id; or fields "
            "of the trainer's sources, '{path: test.parquet, edges: {low: 40}}'.",
        ),
    ],
    target: Annotated[
        str, typer.Option(metavar="PICTURES", help="Real images of the target domain, likewise.")
    ],
    weights: Annotated[
        str,
        typer.Option(
            metavar="WEIGHTS",
            help="LPIPS v0.1 on AlexNet: lpips_alex_v0.1.safetensors, its folder or a Hub id.",
        ),
    ],
    output: NewFolder,
    metrics: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="Of diversity, quality, scores (needs labels), truth (needs --paired), codes "
            "(MUNIT and UNIT) and memory (needs --train-target). Without it, all that can be.",
        ),
    ] = None,
    features: Annotated[
        str,
        typer.Option(
            metavar="NETWORK[:WEIGHTS]",
            help="Whose features distances are of: alexnet, inception:FILE or dinov2:FOLDER.",
        ),
    ] = "alexnet",
    train_target: Annotated[
        str | None,
        typer.Option(
            metavar="PICTURES",
            help="What the model learnt from of the target: says what real images would get, and "
            "whether outputs are copies. Its label_column is what scores are of.",
        ),
    ] = None,
    domain: Annotated[
        str | None, typer.Option(metavar="NAME", help="The target, where not the model's last.")
    ] = None,
    paired: Annotated[
        bool,
        typer.Option("--paired", help="Picture i of the target is the truth of i of the source."),
    ] = False,
    push: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE",
            help="Put the figures into the card of this folder or Hub repository, and change "
            "nothing else there.",
        ),
    ] = None,
    inputs: Annotated[int, typer.Option(help="Of how many inputs many outputs are taken.")] = 100,
    outputs: Annotated[int, typer.Option(help="How many outputs each, for IS and CIS.")] = 100,
    pairs: Annotated[int, typer.Option(help="How many pairs of these, for LPIPS.")] = 19,
    images: Annotated[int, typer.Option(help="How many images a distance is of, at most.")] = 2000,
    seed: Annotated[int, typer.Option(help="Of all choices and styles.")] = 0,
    cache_dir: Annotated[
        str, typer.Option(metavar="FOLDER", help="Where pictures are kept at the model's size.")
    ] = ".cache/images",
    overwrite: Overwrite = False,
) -> None:
    """Measure a model like the papers: diversity, distances, IS and CIS, truth, codes, memory.

    The folder holds report.json, with the number of images, network, seed and standard error of
    every figure, report.md, and pictures: outputs most alike and most different, styles between
    two, nearest training images, styles against N(0, I). docs/metrics.md has the protocol.

    \b
    munit-hub evaluate its-owner/cat2dog --source cats/ --target dogs/ \\
        --weights lpips_alex --output report
    munit-hub evaluate edges2fruit --source '{path: test.parquet, edges: {low: 40}}' \\
        --target test.parquet --paired --weights lpips_alex --output report
    """
    check_new_folder(output, overwrite)
    quiet_unless_watched()
    trainer = _trainer("asking")
    if push is not None:
        _check_place(push)
    network, _, network_weights = features.partition(":")
    asked = trainer.Asked(
        model=model,
        source=trainer.parse_source(source),
        target=trainer.parse_source(target),
        weights=weights,
        train_target=trainer.parse_source(train_target) if train_target else None,
        domain=domain,
        paired=paired,
        metrics=tuple(name.strip() for name in metrics.split(",")) if metrics else (),
        features=network,
        feature_weights=network_weights or None,
        cache_dir=cache_dir,
        protocol=_trainer("protocol").Protocol(
            inputs=inputs, pairs=pairs, outputs=outputs, images=images, seed=seed
        ),
    )
    report = _trainer("evaluate").evaluate(asked, output)
    print(_trainer("text").figure_lines(report["figures"]))
    print(f"With pictures in {output / 'report.md'}")
    if push is not None:
        print(f"In the card: {_pushed(push, report)}")


def _trainer(name: str) -> ModuleType:
    """A module of the trainer, which is not part of the installed package."""
    try:
        return importlib.import_module(f"training.measuring.{name}")
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] == "munit_hub":
            raise
        raise ValueError(_NEEDS) from None


def _check_place(place: str) -> None:
    """ValueError now, not after the measurement, where figures cannot go there."""
    from munit_hub.card_figures import check_place

    if Path(place).is_file():
        raise WrongUseError(f"{place} is a file; --push takes a model's folder or Hub id.")
    check_place(place)


def _pushed(place: str, report: dict[str, Any]) -> str:
    from munit_hub.card_figures import put_results
    from munit_hub.figures import eval_results_of

    named = _trainer("text").figures_for_card(report)
    pictures = listed([report["source"], report["target"]])
    return put_results(place, eval_results_of(named, "not-on-the-hub", pictures))
