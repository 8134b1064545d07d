"""`munit-hub info`: what a model is, for people or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from munit_hub.cli.checks import quiet_unless_watched
from munit_hub.cli.describe import facts_of, print_json
from munit_hub.cli.options import AsJson, ModelPlace, Revision

if TYPE_CHECKING:
    from munit_hub.loading import Model


def info(
    place: ModelPlace,
    revision: Revision = None,
    as_json: AsJson = False,
) -> None:
    """Tell what a model is: architecture, parameters, domains and measured figures.

    The model is loaded, so what is told is of one that works. The licence and the figures are
    those of its card.

    \b
    munit-hub info its-owner/munit-cat2dog
    munit-hub info cat2dog --json | jq .figures
    """
    quiet_unless_watched()
    from munit_hub.loading import load_model
    from munit_hub.weights import find_card, find_model

    folder = find_model(place, revision=revision)
    facts = _facts(load_model(folder), find_card(place, folder))
    if as_json:
        print_json({"model": place} | facts)
    else:
        print("\n".join(f"{name:<11} {value}" for name, value in _rows(facts).items() if value))


def _facts(model: Model, card: str | None) -> dict[str, Any]:
    from munit_hub.figures import license_and_figures

    license, figures = license_and_figures(card or "")
    config = {name: value for name, value in model.config.items() if not name.startswith("_")}
    return {
        **facts_of(model),
        "targets": list(model.targets),
        "style_dim": model.style_dim,
        "size_multiple": model.size_multiple,
        "min_size": model.min_size,
        "license": license,
        "figures": figures,
        "config": config,
    }


def _rows(facts: dict[str, Any]) -> dict[str, str]:
    size = facts["config"].get("sample_size")
    multiple, smallest = facts["size_multiple"], facts["min_size"]
    return {
        "Model": facts["architecture"],
        "Parameters": f"{facts['parameters']:,}",
        "Domains": ", ".join(facts["domains"]),
        "Translates": f"into {', '.join(facts['targets'])}",
        "Styles": f"{facts['style_dim']} numbers each" if facts["style_dim"] else "none",
        "Trained at": f"{size} x {size} pixels" if size else "",
        "Tensors": f"multiples of {multiple}, at least {smallest} pixels; pictures of any size",
        "Licence": facts["license"] or "",
        "Figures": ", ".join(f"{name} {_said(value)}" for name, value in facts["figures"].items()),
    }


def _said(value: object) -> str:
    """A figure of a card, in which a person may have written anything."""
    return f"{value:g}" if isinstance(value, int | float) else str(value)
