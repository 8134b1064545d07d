"""The card (README.md) of a dataset: what it is, and how to train with it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from huggingface_hub import DatasetCardData

from munit_hub.card_text import save_card, sealed, table
from munit_hub.preparing.rows import About, Made, Recipe

_ABOUT = {
    "edges": "Photographs (`image`) and their edges (`edges`), drawn by Canny's method: dark lines "
    "on white.",
    "unpaired": "Pictures (`image`) of the domains {names} (`domain`), not in pairs.",
    "paired": "Pairs of pictures that belong together: {names}; `name` says which pair it is.",
}
_SIZES = {1_000: "n<1K", 10_000: "1K<n<10K", 100_000: "10K<n<100K", 1_000_000: "100K<n<1M"}

_CARE = """\
The rights in the pictures stay with those who made them, and the licence above is what the person
who made this dataset named. Pictures of people belong here only where these agreed to it."""


def write_dataset_card(folder: Path, recipe: Recipe, made: Made, about: About) -> Path:
    """Write README.md beside a dataset and return its path.

    One that somebody wrote or edited stays, and the card goes to README.generated.md.
    """
    name = folder.resolve().name
    return save_card(folder, dataset_card(f"your-name/{name}", recipe, made, about))


def dataset_card(repo_id: str, recipe: Recipe, made: Made, about: About) -> str:
    """The text of a dataset's card, with its id in the lines that use it."""
    total = sum(made.rows.values())
    data = DatasetCardData(
        license=about.license.lower(),
        pretty_name=about.title,
        task_categories=["image-to-image"],
        tags=["munit_hub", "image-to-image-translation", recipe.kind],
        size_categories=[next((size for most, size in _SIZES.items() if total < most), "n>1M")],
    )
    what = _ABOUT[recipe.kind].format(names=" and ".join(f"`{name}`" for name in recipe.names))
    sections = {"Use": _use(repo_id, recipe), "Facts": _facts(recipe, made)}
    sections |= {"Attribution": about.attribution, "Care": _CARE}
    body = "\n\n".join(f"## {head}\n\n{text}" for head, text in sections.items() if text)
    return sealed(f"---\n{data.to_yaml()}\n---\n\n# {about.title}\n\n{what}\n\n{body}\n")


def _facts(recipe: Recipe, made: Made) -> str:
    facts = {f"Rows in {split}": f"{number:,}" for split, number in made.rows.items()}
    facts["Seed of the splits"] = str(made.seed)
    facts["Shorter side"] = f"at most {recipe.size} pixels"
    if recipe.kind == "edges":
        thresholds = f"thresholds {recipe.low:g} and {recipe.high:g}"
        facts["Edges"] = f"Canny, {thresholds}, after a Gaussian blur of {recipe.blur} pixels"
    facts["Left out"] = (
        f"{made.tally.duplicates} seen already (the same pixels), {made.tally.alone} without a "
        f"partner, {len(made.tally.failures)} that cannot be read"
    )
    return table(facts)


def _use(repo_id: str, recipe: Recipe) -> str:
    return f"""```python
from datasets import load_dataset

rows = load_dataset("{repo_id}", split="train")
```

With the trainer of munit_hub, in the file of a run (`--config`):

```yaml
data:
  paired: {str(recipe.kind == "paired").lower()}
  sources:
{_sources(repo_id, recipe)}
```"""


def _sources(repo_id: str, recipe: Recipe) -> str:
    """A line for each domain: photographs and edges are halves, so that no pair is ever seen."""
    if recipe.kind == "edges":
        halves = {"edges": ("edges", "0/2"), "photo": ("image", "1/2")}
        options = {
            name: f'image_column: {column}, part: "{part}"'
            for name, (column, part) in halves.items()
        }
    elif recipe.kind == "unpaired":
        options = {name: f"where: {{domain: [{_quoted(name)}]}}" for name in recipe.names}
    else:
        options = {name: f"image_column: {_quoted(name)}" for name in recipe.names}
    return "\n".join(
        f"    {_quoted(name)}: {{path: {repo_id}, {said}}}" for name, said in options.items()
    )


def _quoted(name: str) -> str:
    """A name in YAML's braces: quoted where it is not one word, or would be read as on or 1."""
    plain = re.fullmatch(r"[^\W\d][\w-]*", name) and yaml.safe_load(name) == name
    return name if plain else json.dumps(name, ensure_ascii=False)
