"""The card (README.md) of a translated dataset."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import DatasetCardData

from munit_hub.bulk.work import Work
from munit_hub.card_text import save_card, sealed, table

_TEXT = """\
The rows of {source} with translations of their pictures (`{column}`) added: {added}. They were made
by a model and are plausible pictures, not facts about the inputs. The rights in the inputs stay
with those who made them. A row whose picture cannot be read has no translation."""


def write_translated_card(
    folder: Path, work: Work, source: str, column: str, added: list[str]
) -> Path:
    """Write README.md beside the translations of a dataset and return its path.

    One that somebody wrote or edited stays, and the card goes to README.generated.md.
    """
    data = DatasetCardData(
        license="unknown",
        task_categories=["image-to-image"],
        tags=["munit_hub", "image-to-image-translation", "generated"],
    )
    drawn = {"Reference": work.reference.name} if work.reference else {"Seed": str(work.seed)}
    facts = {"Model": work.model_name, "Revision": work.revision or "", "Into": work.target or ""}
    facts |= {"From": work.source or "", "Precision": work.precision} | drawn
    facts["Drawings"] = "cleaned" if work.drawings else ""
    facts["Longest side"] = f"{work.longest_side} pixels" if work.longest_side else ""
    title = folder.resolve().name
    columns = ", ".join(f"`{name}`" for name in added)
    about = _TEXT.format(source=source, column=column, added=columns)
    made = table({name: value for name, value in facts.items() if value})
    text = f"---\n{data.to_yaml()}\n---\n\n# {title}\n\n{about}\n\n## Made by\n\n{made}\n"
    folder.mkdir(parents=True, exist_ok=True)
    return save_card(folder, sealed(text))
