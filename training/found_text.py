"""A report on found domains as Markdown."""

from __future__ import annotations

from typing import Any


def in_markdown(found: dict[str, Any]) -> str:
    """The text that belongs to a report.json and the pictures beside it."""
    parts = [
        f"# The domains of {found['model']}",
        f"In {found['n']:,} pictures ({found['pictures']}), seed {found['seed']}.",
        *(f"**Warning**: {warning}" for warning in found["warnings"]),
        *(_agreement(found["labels"]) if "labels" in found else []),
        "## Test images in the mean style of every domain with pictures\n\n![](by-domain.png)",
        "## Test images in the style of the images above them\n\n![](by-reference.png)",
        *_map(found["styles_on_map"]),
        "## The domains, pictures nearest to the mean style first",
        *(_domain(name, size, found) for name, size in found["domains"].items()),
    ]
    return "\n\n".join(parts) + "\n"


def _agreement(labels: dict[str, Any]) -> list[str]:
    table = [
        "| Hungarian accuracy | NMI | ARI | n |",
        "|---|---|---|---|",
        f"| {labels['hungarian_accuracy']:.3f} | {labels['nmi']:.3f} | {labels['ari']:.3f} "
        f"| {labels['n']:,} |",
    ]
    return ["## Against the labels", "\n".join(table), "![](confusion.png)"]


def _map(points: int) -> list[str]:
    if not points:
        return []
    return [f"## t-SNE of {points:,} styles, coloured by domain\n\n![](styles.png)"]


def _domain(name: str, size: int, found: dict[str, Any]) -> str:
    matched = found.get("labels", {}).get("matching", {}).get(name)
    title = f"### Domain {name}: {size:,} pictures"
    title += f", matched with {matched}" if matched else ""
    trained = f"{found['training_domains'][name]:,} of the training set."
    return f"{title}\n\n{trained}" + (f"\n\n![](domain-{name}.png)" if size else "")
