"""A measured model as Markdown, and its figures by the names that people read."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

# Of every figure its name, and whether more or less of it is better.
NAMES = {
    "diversity": ("LPIPS between outputs of an input", "more"),
    "frechet": ("Frechet distance", "less"),
    "kernel": ("Kernel distance", "less"),
    "density": ("Density", "more"),
    "coverage": ("Coverage", "more"),
    "precision": ("Precision", "more"),
    "recall": ("Recall", "more"),
    "is": ("IS (nats)", "more"),
    "cis": ("CIS (nats)", "more"),
    "lpips_to_truth_best": ("LPIPS to the truth, best output", "less"),
    "lpips_to_truth_mean": ("LPIPS to the truth, mean", "less"),
    "psnr": ("PSNR to the truth (dB)", "more"),
    "ssim": ("SSIM to the truth", "more"),
    "distance_to_training": ("Distance to the nearest training image", "as real"),
}
PICTURES = {
    "samples": "Rows: an input{truth}, four of its outputs, the two most alike of ten, and the two "
    "most different.",
    "interpolations": "Rows: an input, and its outputs on the straight line between two styles.",
    "neighbours": "Rows: an output, and the training images nearest to it, nearest first.",
    "styles": "Styles encoded from real images, and the prior's density.",
}


def in_markdown(report: dict[str, Any], pictures: Collection[str]) -> str:
    """The text that belongs to a report.json and the pictures, by name, beside it."""
    a, b = report["direction"]
    truth = ", its truth" if report["paired"] else ""
    parts = [
        f"# {report['model']}, {a} to {b}",
        f"{report['system']} at {report['resolution']}. Inputs: {report['source']}. Real images: "
        f"{report['target']}. Seed {report['protocol']['seed']}.",
        figure_table(report["figures"]),
        *_classifier(report.get("classifier")),
        *_codes(report.get("codes", {})),
        *(
            f"![]({name}.png)\n\n{said.format(truth=truth)}"
            for name, said in PICTURES.items()
            if name in pictures
        ),
        f"Measured at commit {report['commit'] or 'unknown'} on {report['machine']}, "
        + ", ".join(f"{name} {version}" for name, version in report["versions"].items())
        + ".",
    ]
    return "\n\n".join(parts) + "\n"


def figure_table(figures: dict[str, dict[str, Any]]) -> str:
    """The figures as a table."""
    lines = [
        "| figure | better | value | standard error | real images | n | features |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, figure in figures.items():
        shown, better = NAMES[name]
        real = "" if figure["real"] is None else f"{figure['real']:.4g}"
        n = ", ".join(f"{count:,} {of.replace('_', ' ')}" for of, count in figure["n"].items())
        network = ", ".join(filter(None, (figure["features"], figure["resize"])))
        lines.append(
            f"| {shown} | {better} | {figure['value']:.4g} | {figure['standard_error']:.2g} "
            f"| {real} | {n} | {network} |"
        )
    return "\n".join(lines)


def _classifier(classifier: dict[str, Any] | None) -> list[str]:
    if classifier is None:
        return []
    return [
        f"The classifier of IS and CIS learnt from {classifier['n_train']:,} images; its accuracy "
        f"on {classifier['n_held_out']:,} others is {classifier['accuracy']:.3f}."
    ]


def _codes(codes: dict[str, Any]) -> list[str]:
    parts = ["## Codes"] if codes else []
    if styles := codes.get("styles"):
        parts.append(
            f"Styles of {styles['n']:,} real images against N(0, I): the largest distance of a "
            f"distribution function is {max(styles['kolmogorov_smirnov']):.3f} (p "
            f"{min(styles['kolmogorov_smirnov_p']):.2g}), standard deviations are "
            f"{min(styles['standard_deviation']):.2f} to {max(styles['standard_deviation']):.2f}, "
            f"the largest correlation is {styles['largest_correlation']:.2f}."
        )
    if contents := codes.get("contents"):
        distances = ", ".join(
            f"{name.replace('_', ' ')} {value:.4g}"
            for name, value in contents.items()
            if name != "n"
        )
        parts.append(f"Frechet distance of content codes: {distances}.")
    return parts


def figure_lines(figures: dict[str, dict[str, Any]]) -> str:
    """The figures as lines for the terminal."""
    return "\n".join(
        f"{NAMES[name][0]:40} {figure['value']:10.4f} +- {figure['standard_error']:.2g}"
        for name, figure in figures.items()
    )


def figures_for_card(report: dict[str, Any]) -> dict[str, tuple[str, float]]:
    """The figures for the metadata of a card: by type, a name that says what it is, and the value.

    The type names the network where it is not always the same.
    """
    return dict(_for_card(name, figure) for name, figure in report["figures"].items())


def _for_card(name: str, figure: dict[str, Any]) -> tuple[str, tuple[str, float]]:
    network = figure["features"].split(",")[0]
    network = "" if "LPIPS" in network else network
    n = [f"{count} {of.replace('_', ' ')}" for of, count in figure["n"].items()]
    said = ", ".join(filter(None, (network, *n)))
    kind = f"{name}_{network.split()[-1]}" if network else name
    return kind, (f"{NAMES[name][0]} ({said})", round(figure["value"], 4))
