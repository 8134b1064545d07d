"""`munit-hub convert`: checkpoints of the public code bases to models of this package, and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from munit_hub.cli.checks import WrongUseError, check_new_files, check_new_folder
from munit_hub.cli.describe import described, facts_of, print_json
from munit_hub.cli.options import AsJson, Overwrite

FORMATS = ("nvlabs-munit", "nvlabs-unit", "cyclegan", "clovaai-tunit")
WAY_BACK = "nvlabs-munit"


def convert(
    format: Annotated[
        str,
        typer.Argument(
            metavar="FORMAT",
            help="nvlabs-munit, nvlabs-unit, cyclegan or clovaai-tunit: the code that wrote the "
            "checkpoint. With --to: the model's folder or Hub id instead.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="The folder to make. With --to: a .pt file."
        ),
    ],
    checkpoint: Annotated[
        Path | None,
        typer.Argument(
            metavar="CHECKPOINT",
            help="The file: gen_*.pt of MUNIT or UNIT; of CycleGAN the a-to-b generator "
            "(*_net_G_A.pth); model_*.ckpt of TUNIT.",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The YAML config of the training (NVlabs only). Without it, sizes are read off "
            "the tensors, and what no tensor shows is taken as in the public configs.",
        ),
    ] = None,
    checkpoint_ba: Annotated[
        Path | None,
        typer.Option(
            "--checkpoint-ba",
            "--checkpoint_ba",
            metavar="FILE",
            help="The b-to-a generator (CycleGAN only). Without it the model translates one way.",
        ),
    ] = None,
    discriminator: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Keep a discriminator for fine-tuning: dis_*.pt of NVlabs; of CycleGAN "
            "*_net_D_A.pth, and given a second time *_net_D_B.pth; of TUNIT model_*.ckpt again.",
        ),
    ] = None,
    domain_names: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="What the domains a and b are, such as cat,dog; else they are a, b. Of TUNIT all "
            "that it found; else 0, 1 and so on.",
        ),
    ] = None,
    license: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="The weights' licence by its Hub identifier, for instance mit. Without it the "
            "card names the code base's own.",
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT", help=f"The way back: {WAY_BACK} makes a checkpoint of a MunitModel."
        ),
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Make a model of a public checkpoint, or the way back.

    The folder holds config.json, the weights in safetensors and a card that names the origin and
    its licence; from_pretrained loads it and the Hub takes it. Checkpoints are read as tensors
    alone: a file that holds anything else is refused.

    \b
    munit-hub convert nvlabs-munit gen_01000000.pt --config edges2shoes.yaml \\
        --domain-names edges,shoes --output munit-edges2shoes
    munit-hub convert cyclegan latest_net_G_A.pth --checkpoint-ba latest_net_G_B.pth \\
        --domain-names horse,zebra --output cyclegan-horse2zebra
    munit-hub convert munit-edges2shoes --to nvlabs-munit --output gen.pt

    The last one, the way back, also writes the config for the NVlabs scripts, gen.yaml.
    """
    options = {
        "CHECKPOINT": checkpoint,
        "--config": config,
        "--checkpoint-ba": checkpoint_ba,
        "--discriminator": discriminator,
        "--domain-names": domain_names,
        "--license": license,
    }
    given = {name for name, value in options.items() if value}
    if to is not None:
        _check_way_back(to, given, output, overwrite)
        _write_checkpoint(format, output, as_json)
        return
    _check_format(format, given, discriminator or [])
    names = _names(format, domain_names)
    check_new_folder(output, overwrite)
    files = [file for file in (checkpoint, checkpoint_ba) if file]
    _write_folder(format, files, config, names, discriminator or [], output, license, as_json)


def _check_format(format: str, given: set[str], discriminators: Sequence[Path]) -> None:
    if format not in FORMATS:
        raise WrongUseError(f"{format!r} is no FORMAT; allowed are {', '.join(FORMATS)}.")
    if "CHECKPOINT" not in given:
        raise WrongUseError(f"After {format} comes the CHECKPOINT, the file to convert.")
    own = {"cyclegan": {"--checkpoint-ba"}, "clovaai-tunit": set()}.get(format, {"--config"})
    foreign = given & {"--config", "--checkpoint-ba"} - own
    if foreign:
        raise WrongUseError(f"{foreign.pop()} is not for {format}.")
    most = 2 if format == "cyclegan" else 1
    if len(discriminators) > most:
        raise WrongUseError(
            f"{format} takes --discriminator {most} time{'s' * (most > 1)} at most."
        )


def _check_way_back(to: str, given: set[str], output: Path, overwrite: bool) -> None:
    if to != WAY_BACK:
        raise WrongUseError(f"--to {to} is unknown; allowed is {WAY_BACK}.")
    if given:
        raise WrongUseError(f"With --to comes a model alone, and not {' or '.join(sorted(given))}.")
    if output.suffix != ".pt":
        raise WrongUseError(f"With --to, --output is a file whose name ends in .pt, not {output}.")
    check_new_files([output, output.with_suffix(".yaml")], overwrite)


def _names(format: str, text: str | None) -> list[str]:
    """The names of the domains: two, or of TUNIT as many as the checkpoint has, or none."""
    found = format == "clovaai-tunit"
    if text is None:
        return [] if found else ["a", "b"]
    names = [name.strip() for name in text.split(",")]
    if len(set(names)) != len(names) or not all(names) or (len(names) != 2 and not found):
        wanted = "different names" if found else "two names"
        raise WrongUseError(f"--domain-names must be {wanted}, as in cat,dog, not {text!r}.")
    return names


def _write_folder(
    format: str,
    files: Sequence[Path],
    config: Path | None,
    names: Sequence[str],
    discriminators: Sequence[Path],
    output: Path,
    license: str | None,
    as_json: bool,
) -> None:
    from munit_hub import conversion

    known = conversion.read_nvlabs_config(config) if config else None
    model = conversion.convert_format(format, files, known, names)
    critics = conversion.convert_critics_of_format(format, discriminators, known, names)
    conversion.save_converted(
        model, output, format=format, files=files, critics=critics, license=license
    )
    if as_json:
        print_json({"model": str(output), "discriminators": list(critics)} | facts_of(model))
        return
    print(f"{described(model)}, in {output}")
    if critics:
        print(f"With the discriminators of {' and '.join(critics)}, in discriminator.safetensors")
    if model.domain_in_style:
        print("Its domains have no mean styles yet: give references, or call measure_domains.")
    print(f'Load it: munit_hub.TranslationPipeline.from_pretrained("{output}")')


def _write_checkpoint(place: str, output: Path, as_json: bool) -> None:
    from munit_hub import MunitModel
    from munit_hub.conversion import write_nvlabs_munit
    from munit_hub.loading import load_model

    model = load_model(place)
    if not isinstance(model, MunitModel):
        raise ValueError(f"{place} is a {type(model).__name__}; only a MunitModel has a way back.")
    config = write_nvlabs_munit(model, output)
    if as_json:
        print_json({"checkpoint": str(output), "config": str(config)} | facts_of(model))
        return
    print(f"{described(model)}, as a and b in {output}, with its config in {config}")
    print(f"In a clone of NVlabs MUNIT: test.py --checkpoint {output} --config {config} ...")
