"""The card (README.md) that a published model's folder has, and that the Hub shows."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from munit_hub.figures import eval_results
from munit_hub.papers import PAPERS, Paper

logger = logging.getLogger(__name__)

# The last line of a card seals the lines above it: a card that a person edited is not ours.
_SEAL = "<!-- written by munit_hub, unchanged: {} -->"

_EXAMPLE = re.compile(r'(TranslationPipeline\.from_pretrained\()"[^"\n]*"')

_LIMITS = """\
The model learnt from {pictures} pictures. A translation is one plausible picture, not a fact about
the input: nothing may be measured or concluded from it. Pictures unlike those it was trained on,
or of a very different size, come out poorly."""


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
) -> Path:
    """Write README.md beside a saved model and return its path.

    `facts` are of the training, `figures` were measured, `origin` is of a converted checkpoint;
    each becomes a table of name and value, and figures that are numbers become metadata too.
    `license` and `datasets` are the Hub's identifiers; `attribution` is Markdown. A README.md
    that somebody wrote or edited stays, and the card goes to README.generated.md beside it.
    ValueError where the folder has no config.json.
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
    )
    return _save(folder, text)


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
) -> str:
    """The text of a model's card, as `write_model_card` writes it, with the Hub's id in its use."""
    paper, measured, title = PAPERS[config["_class_name"]], dict(figures), _one_line(title)
    sections = {
        "Use": _use(config, repo_id),
        "Origin": _table(origin or {}),
        "Training": _table(facts),
        "Measured": _table(measured),
        "Attribution": attribution,
        "Limits": _LIMITS.format(pictures=paper.pictures),
        "Citation": f"```bibtex\n{paper.bibtex()}\n```",
    }
    body = "\n\n".join(f"## {head}\n\n{text}" for head, text in sections.items() if text)
    results = eval_results(measured, datasets, title)
    metadata = _metadata(paper, license, datasets, title, results).to_yaml()
    return _sealed(f"---\n{metadata}\n---\n\n# {title}\n\n{_intro(config)}\n\n{body}\n")


def addressed(card: str, repo_id: str) -> str:
    """A card of ours whose example names the repository that it is pushed to."""
    text = card.rstrip("\n").rpartition("\n")[0]
    return _sealed(_EXAMPLE.sub(lambda found: f'{found[1]}"{repo_id}"', text))


def is_ours(card: str) -> bool:
    """Whether a card is just as it was generated."""
    text, _, seal = card.rstrip("\n").rpartition("\n")
    return seal == _seal_of(text)


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
    return next(name for name in names if name != target), target


def _table(rows: Mapping[str, str]) -> str:
    lines = [f"| {_cell(name)} | {_cell(value)} |" for name, value in rows.items()]
    return "\n".join(["| | |", "|---|---|", *lines]) if lines else ""


def _cell(value: object) -> str:
    return _one_line(str(value)).replace("|", "\\|")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _save(folder: Path, text: str) -> Path:
    path = folder / "README.md"
    if path.exists() and not is_ours(path.read_text(encoding="utf-8")):
        path = folder / "README.generated.md"
        logger.warning("README.md was edited and stays; the new card is %s.", path)
    path.write_text(text, encoding="utf-8")
    return path


def _sealed(text: str) -> str:
    return f"{text}\n{_seal_of(text)}\n"


def _seal_of(text: str) -> str:
    return _SEAL.format(hashlib.sha256(text.encode()).hexdigest()[:16])
