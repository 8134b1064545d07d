"""The protocol: how many of what is measured. docs/metrics.md has the reasons."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_IMAGES = 40  # of each domain: below, no distance means anything


@dataclass(frozen=True)
class Protocol:
    """Numbers of images and outputs; the defaults are those of Huang et al. 2018, section 5.2.

    inputs: of which many outputs are taken. pairs: of the outputs of an input, for LPIPS.
    outputs: of an input, for IS and CIS. best_of: outputs of an input that are compared with the
    truth. images: real and translated ones at most, for distances between sets. seed: of all
    choices and styles.
    """

    inputs: int = 100
    pairs: int = 19
    outputs: int = 100
    best_of: int = 10
    images: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        """What cannot be measured."""
        least = {"inputs": 2, "pairs": 1, "outputs": 2, "best_of": 1, "images": LEAST_IMAGES}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise ValueError(f"{name} must be {low} or more, not {getattr(self, name)}.")
