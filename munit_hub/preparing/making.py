"""A recipe -> a folder with a dataset: parquet files by split, and a card."""

from __future__ import annotations

import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from munit_hub.bulk.opening import require_datasets
from munit_hub.preparing.card import write_dataset_card
from munit_hub.preparing.rows import About, Made, Recipe, Tally, check_recipe, rows_of_recipe

if TYPE_CHECKING:
    from datasets import Dataset, Features

_BYTES_A_FILE = 500 * 1024 * 1024


def make_dataset(
    recipe: Recipe,
    folder: Path,
    about: About | None = None,
    *,
    test: float = 0.1,
    seed: int = 0,
) -> Made:
    """Write `folder`/data/train-*.parquet, test-*.parquet and README.md: all of it, or nothing.

    test: the part of the rows that is kept for tests, in [0, 1); which, `seed` draws. Files of an
    earlier dataset of ours in the folder give way. ValueError where the recipe cannot be.
    """
    check_recipe(recipe)
    if not 0 <= test < 1:
        raise ValueError(f"--test must be in [0, 1), not {test}.")
    tally = Tally()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".dataset-", dir=folder.parent) as unfinished:
        rows = _rows(recipe, tally, f"{unfinished}/cache")
        parts = _split(rows, test, seed)
        for name, part in parts.items():
            _write(part, Path(unfinished, "data"), name)
        made = Made({name: len(part) for name, part in parts.items()}, seed, tally)
        _move(Path(unfinished, "data"), folder / "data")
    write_dataset_card(folder, recipe, made, about or About(folder.resolve().name))
    return made


def _rows(recipe: Recipe, tally: Tally, cache: str) -> Dataset:
    """All rows, on disk. ValueError where there are none."""
    datasets = require_datasets()
    try:
        rows = datasets.Dataset.from_generator(
            lambda: rows_of_recipe(recipe, tally),
            features=_features(recipe),
            cache_dir=cache,
            fingerprint="rows",  # the cache is this run's alone
        )
    except datasets.exceptions.DatasetGenerationError as error:
        raise error.__cause__ or error from None
    if len(rows) == 0:
        raise ValueError(f"{', '.join(recipe.sources)}: no pictures that can be read.")
    return rows


def _features(recipe: Recipe) -> Features:
    from datasets import ClassLabel, Features, Image, Value

    if recipe.kind == "edges":
        return Features({"image": Image(), "edges": Image()})
    if recipe.kind == "unpaired":
        return Features({"image": Image(), "domain": ClassLabel(names=list(recipe.names))})
    return Features({name: Image() for name in recipe.names} | {"name": Value("string")})


def _split(rows: Dataset, test: float, seed: int) -> dict[str, Dataset]:
    if test == 0 or len(rows) == 1:
        return {"train": rows}
    count = min(max(1, round(test * len(rows))), len(rows) - 1)
    return dict(rows.train_test_split(test_size=count, seed=seed))


def _write(rows: Dataset, folder: Path, split: str) -> None:
    folder.mkdir(exist_ok=True)
    count = -(-rows.data.nbytes * len(rows) // max(rows.data.num_rows, 1) // _BYTES_A_FILE) or 1
    for number in range(count):
        name = f"{split}-{number:05d}-of-{count:05d}.parquet"
        assert is_shard(name)
        rows.shard(count, number, contiguous=True).to_parquet(folder / name)


def is_shard(name: str) -> bool:
    """Whether `make_dataset` gives its files such names."""
    return re.fullmatch(r"(train|test)-\d{5,}-of-\d{5,}\.parquet", name) is not None


def _move(made: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if is_shard(old.name):
            old.unlink()
    for file in made.iterdir():
        os.replace(file, folder / file.name)
