"""The card (README.md) that a published model's folder has, and that the Hub shows."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from huggingface_hub import ModelCardData

logger = logging.getLogger(__name__)

# The last line of a card seals the lines above it: a card that a person edited is not ours.
_SEAL = "<!-- written by munit_hub, unchanged: {} -->"

_LIMITS = """\
The model learnt from unpaired pictures. A translation is one plausible picture, not a fact about
the input: nothing may be measured or concluded from it. Pictures unlike those it was trained on,
or of a very different size, come out poorly."""

_CITATION = """\
```bibtex
@inproceedings{huang2018munit,
  title     = {Multimodal Unsupervised Image-to-Image Translation},
  author    = {Huang, Xun and Liu, Ming-Yu and Belongie, Serge and Kautz, Jan},
  booktitle = {European Conference on Computer Vision},
  year      = {2018}
}
```"""


def write_model_card(
    directory: str | os.PathLike[str],
    *,
    title: str,
    license: str,
    facts: Mapping[str, str],
    figures: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    attribution: str = "",
    datasets: Sequence[str] = (),
) -> Path:
    """Write README.md beside a saved model and return its path.

    `facts` are of the training, `figures` were measured; both become tables of name and value.
    `license` and `datasets` are the Hub's identifiers; `attribution` is Markdown. A README.md
    that somebody wrote or edited stays, and the card goes to README.generated.md beside it.
    ValueError where the folder has no config.json.
    """
    folder = Path(directory)
    if not (folder / "config.json").is_file():
        raise ValueError(f"{folder} has no config.json; save the model there before its card.")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    sections = {
        "Use": _use(config, folder.resolve().name),
        "Training": _table(facts),
        "Measured": _table(dict(figures)),
        "Attribution": attribution,
        "Limits": _LIMITS,
        "Citation": _CITATION,
    }
    body = "\n\n".join(f"## {head}\n\n{text}" for head, text in sections.items() if text)
    metadata = _metadata(license, datasets).to_yaml()
    intro = _intro(config)
    return _save(folder, f"---\n{metadata}\n---\n\n# {_one_line(title)}\n\n{intro}\n\n{body}\n")


def _metadata(license: str, datasets: Sequence[str]) -> ModelCardData:
    return ModelCardData(
        library_name="munit_hub",
        pipeline_tag="image-to-image",
        license=license.lower(),
        datasets=list(datasets) or None,
        tags=["munit", "image-to-image-translation", "unpaired", "arxiv:1804.04732"],
    )


def _intro(config: Mapping[str, object]) -> str:
    names = " and ".join(f"*{name}*" for name in _domains(config))
    size = config.get("sample_size")
    trained = f" It was trained at {size} x {size} pixels." if size else ""
    return f"Translates pictures between {names}, with many styles for each picture.{trained}"


def _use(config: Mapping[str, object], name: str) -> str:
    source, target = _domains(config)[:2]
    return f'''```python
from munit_hub import TranslationPipeline

translate = TranslationPipeline.from_pretrained("your-name/{name}")  # or this folder
out = translate("picture.png", source="{source}", target="{target}", num_styles=8, seed=0)
out.images[0][0].save("translated.png")
```'''


def _domains(config: Mapping[str, object]) -> list[str]:
    names = config["domain_names"]
    assert isinstance(names, list) and len(names) > 1
    return names


def _table(rows: Mapping[str, str]) -> str:
    lines = [f"| {_cell(name)} | {_cell(value)} |" for name, value in rows.items()]
    return "\n".join(["| | |", "|---|---|", *lines]) if lines else ""


def _cell(value: object) -> str:
    return _one_line(str(value)).replace("|", "\\|")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _save(folder: Path, text: str) -> Path:
    path = folder / "README.md"
    if path.exists() and not _is_ours(path):
        path = folder / "README.generated.md"
        logger.warning("README.md was edited and stays; the new card is %s.", path)
    path.write_text(f"{text}\n{_seal_of(text)}\n", encoding="utf-8")
    return path


def _is_ours(path: Path) -> bool:
    text, _, seal = path.read_text(encoding="utf-8").rstrip("\n").rpartition("\n")
    return seal == _seal_of(text)


def _seal_of(text: str) -> str:
    return _SEAL.format(hashlib.sha256(text.encode()).hexdigest()[:16])
