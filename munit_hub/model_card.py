"""The card (README.md) that a published model's folder has, and that the Hub shows."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCardData
from PIL import Image

from munit_hub.card_text import changed, one_line, save_card, sealed, table
from munit_hub.figures import eval_results
from munit_hub.papers import PAPERS, Paper

_EXAMPLE = re.compile(r'(TranslationPipeline\.from_pretrained\()"[^"\n]*"')

PICTURE = "samples.png"  # in the model's folder, shown by its card

_LIMITS = """\
The model learnt from {pictures} pictures. A translation is one plausible picture, not a fact about
the input: nothing may be measured or concluded from it. Pictures unlike those it was trained on,
or of a very different size, come out poorly, and what was rare in training comes out as what was
common.

Not for: diagnosis or evidence of any kind, as a translated scan or photograph shows what is usual
and not what is there; faces or bodies of people who did not agree to it; pictures that are passed
off as photographs. Say of a translation that it is one."""


def write_model_card(
    directory: str | os.PathLike[str],
    *,
    title: str,
    license: str,
    facts: Mapping[str, str],
    figures: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    origin: Mapping[str, str] | None = None,
    attribution: str = "",
    datasets: Sequence[str] = (),
    picture: str | os.PathLike[str] | None = None,
) -> Path:
    """Write README.md beside a saved model and return its path.

    `facts` are of the training, `figures` were measured, `origin` is of a converted checkpoint;
    each becomes a table of name and value, and figures that are numbers become metadata too.
    `license` and `datasets` are the Hub's identifiers; `attribution` is Markdown. `picture` is a
    file that shows samples; it is copied to samples.png, which a push takes along. A README.md
    that somebody wrote or edited stays, and the card goes to README.generated.md beside it.
    ValueError where the folder has no config.json, or the picture cannot be read.
    """
    folder = Path(directory)
    if not (folder / "config.json").is_file():
        raise ValueError(f"{folder} has no config.json; save the model there before its card.")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    text = card_of(
        config,
        f"your-name/{folder.resolve().name}",
        title=title,
        license=license,
        facts=facts,
        figures=figures,
        origin=origin,
        attribution=attribution,
        datasets=datasets,
        shows_samples=picture is not None,
    )
    if picture is not None:
        (folder / PICTURE).write_bytes(read_picture(picture))
    return save_card(folder, text)


def card_of(
    config: Mapping[str, Any],
    repo_id: str,
    *,
    title: str,
    license: str,
    facts: Mapping[str, str],
    figures: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    origin: Mapping[str, str] | None = None,
    attribution: str = "",
    datasets: Sequence[str] = (),
    shows_samples: bool = False,
) -> str:
    """The text of a model's card, as `write_model_card` writes it, with the Hub's id in its use."""
    paper, measured, title = PAPERS[config["_class_name"]], dict(figures), one_line(title)
    sections = {
        "Samples": f"![Inputs and their translations]({PICTURE})" if shows_samples else "",
        "Use": _use(config, repo_id),
        "Origin": table(origin or {}),
        "Training": table(facts),
        "Measured": table(measured),
        "Attribution": attribution,
        "Limits": _LIMITS.format(pictures=paper.pictures),
        "Citation": f"```bibtex\n{paper.bibtex()}\n```",
    }
    body = "\n\n".join(f"## {head}\n\n{text}" for head, text in sections.items() if text)
    results = eval_results(measured, datasets, title)
    metadata = _metadata(paper, license, datasets, title, results).to_yaml()
    return sealed(f"---\n{metadata}\n---\n\n# {title}\n\n{_intro(config)}\n\n{body}\n")


def read_picture(picture: str | os.PathLike[str]) -> bytes:
    """A picture as the PNG that a card shows. ValueError where it cannot be read."""
    file = io.BytesIO()
    try:
        with Image.open(picture) as samples:
            samples.save(file, "PNG")
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{picture} is not a picture that a card can show.") from error
    return file.getvalue()


def addressed(card: str, repo_id: str) -> str:
    """A card of ours whose example names the repository that it is pushed to."""
    return changed(card, lambda text: _EXAMPLE.sub(lambda found: f'{found[1]}"{repo_id}"', text))


def _metadata(
    paper: Paper, license: str, datasets: Sequence[str], title: str, results: list[EvalResult]
) -> ModelCardData:
    return ModelCardData(
        library_name="munit_hub",
        pipeline_tag="image-to-image",
        license=license.lower(),
        datasets=list(datasets) or None,
        tags=[paper.tag, "image-to-image-translation", paper.pictures, f"arxiv:{paper.arxiv}"],
        model_name=title if results else None,
        eval_results=results or None,
    )


def _intro(config: Mapping[str, Any]) -> str:
    size = config.get("sample_size")
    trained = f" It was trained at {size} x {size} pixels." if size else ""
    if _finds_domains(config):
        return (
            f"Found {len(config['domain_names'])} domains in unlabelled pictures by itself. "
            "Translates a picture into the mean style of a domain, or into the style of any "
            f"reference picture.{trained}"
        )
    source, target = _direction(config)
    both_ways = len(_targets(config)) > 1
    between = f"between *{source}* and *{target}*" if both_ways else f"*{source}* to *{target}*"
    styles = "many styles" if _has_styles(config) else "one result"
    return f"Translates pictures {between}, with {styles} for each picture.{trained}"


def _use(config: Mapping[str, Any], repo_id: str) -> str:
    source, target = _direction(config)
    arguments = f'source="{source}", target="{target}"'
    if _finds_domains(config):
        arguments = 'reference="reference.png"'
    elif _has_styles(config):
        arguments += ", num_styles=8, seed=0"
    return f"""```python
from munit_hub import TranslationPipeline

translate = TranslationPipeline.from_pretrained("{repo_id}")  # or this folder
out = translate("picture.png", {arguments})
out.images[0][0].save("translated.png")
```"""


def _has_styles(config: Mapping[str, Any]) -> bool:
    return bool(config.get("style_dim") or config.get("noise_channels"))


def _finds_domains(config: Mapping[str, Any]) -> bool:
    return config["_class_name"] == "TunitModel"


def _targets(config: Mapping[str, Any]) -> list[str]:
    if config["_class_name"] == "BicycleGanModel":
        return list(config["domain_names"][1:])
    return list(config.get("target_names") or config["domain_names"])


def _direction(config: Mapping[str, Any]) -> tuple[str, str]:
    """The first source and the target that the example shows."""
    names, target = list(config["domain_names"]), _targets(config)[-1]
    return next((name for name in names if name != target), target), target
