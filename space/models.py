"""The models that the page shows: which there are, what they translate, loaded once."""

from __future__ import annotations

from pathlib import Path

import torch

from munit_hub.pipeline import TranslationPipeline
from munit_hub.weights import weights_name
from space.shelf import Shelf
from space.visitors_models import Tell, fetch, repo_of, told_of_visitors

BUNDLED = Path(__file__).parent / "models"
BUNDLED_MODEL = str(BUNDLED / "munit-edges2fruit")
SKETCH = "edges"  # the domain that people draw
_VISITORS = 3  # of the models that visitors asked for so many stay in memory
_SIZES = range(16, 513)  # pixels a side; what a visitor's model may make the page compute
_SIZE = 96  # where the model does not say what it was trained at


def own_models(setting: str | None) -> dict[str, str]:
    """The page's own models by the names that visitors see: the operator's, then the bundled ones.

    `setting` names folders or Hub ids, separated by commas; the page opens with the first. All are
    loaded, and stay. ValueError says which of them cannot be.
    """
    named = [part.strip() for part in (setting or BUNDLED_MODEL).split(",") if part.strip()]
    shown: dict[str, str] = {}
    for model in [*named, *_bundled(named)]:
        if shown.setdefault(name_of(model), model) != model:
            raise ValueError(f"There are two models called {name_of(model)}: rename a folder.")
    for model in shown.values():
        _PIPELINES.pin(model)
        open_pipeline(model)
    return shown


def place(own: dict[str, str]) -> None:
    """Put the page's own models where they will work: ZeroGPU wants that at the start."""
    for model in own.values():
        open_pipeline(model).to(device())


def device() -> str:
    """Where models work: a GPU, if there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def find_model(name: str, own: dict[str, str], tell: Tell = lambda *_: None) -> str:
    """The model of a name that a visitor chose or typed, loaded; `tell` is told how far it is.

    One that is not the page's own is looked for on the Hub, never in a folder. ValueError says
    why it cannot be opened.
    """
    if name in own:
        return own[name]
    model = fetch(name, tell)
    tell(0.95, "Loading")
    open_pipeline(model)
    return model


def name_of(model: str) -> str:
    """The name under which visitors know a model: that of its folder, or its id on the Hub."""
    repo, is_here = repo_of(model), Path(model).exists()
    return Path(model).resolve().name if is_here and repo == model else repo


def open_pipeline(model: str) -> TranslationPipeline:
    """The pipeline of a folder or a Hub id, kept. ValueError if the page has no use for it."""
    return _PIPELINES.get(model)


def targets_of(model: str) -> list[str]:
    """The domains that a model translates into; of those that it found, such as have pictures."""
    net = open_pipeline(model).model
    sizes = getattr(net.config, "domain_sizes", None) or [1] * len(net.targets)
    return [name for name, size in zip(net.targets, sizes, strict=True) if size > 0]


def source_of(model: str, target: str) -> str | None:
    """The domain of the pictures that become `target`; None where any picture does."""
    net = open_pipeline(model).model
    index = net.domain_index(target)
    return None if net.domain_in_style else net.config.domain_names[1 - index]


def first_target(model: str) -> str:
    """The target that the page opens with: that of drawings, or else the last one."""
    targets = targets_of(model)
    if open_pipeline(model).model.domain_in_style:
        return targets[0]
    return next((name for name in targets if source_of(model, name) == SKETCH), targets[-1])


def has_mean_styles(model: str) -> bool:
    """Whether a target alone says what comes out: not where found domains were not measured."""
    net = open_pipeline(model).model
    return not net.domain_in_style or net.config.domain_sizes is not None


def size_of(model: str) -> int:
    """The height and width at which the page shows a model its pictures, in pixels."""
    size = open_pipeline(model).model.config.sample_size or _SIZE
    return min(max(size, _SIZES.start), _SIZES.stop - 1)


def _bundled(named: list[str]) -> list[str]:
    """The models that came with the page, without those that the operator named otherwise."""
    names = {name_of(model) for model in named}
    found = sorted(str(path.parent) for path in BUNDLED.glob(f"*/{weights_name()}"))
    return [model for model in found if name_of(model) not in names]


def _load(model: str) -> TranslationPipeline:
    with told_of_visitors(model):
        pipe = TranslationPipeline.from_pretrained(model, precision="auto")
    names = list(pipe.model.config.domain_names)
    if len(names) != 2 and not pipe.model.domain_in_style:
        raise ValueError(
            "The page shows models of two domains, or such as found their domains themselves; "
            f"{repo_of(model)} has {', '.join(names)}."
        )
    return pipe if _PIPELINES.is_pinned(model) else pipe.to(device())  # see `place`


_PIPELINES = Shelf(_load, _VISITORS)
