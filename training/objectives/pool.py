"""The pool of past translations, which keeps a critic from forgetting what it has seen."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.objectives.together import of_all_processes, own


class TranslationPool(nn.Module):
    """The last so many translations into a domain. Its images are buffers: a checkpoint has them.

    Source: Shrivastava et al. 2017, section 2.3; Zhu et al. 2017, section 4.
    """

    images: Tensor
    filled: Tensor

    def __init__(self, size: int, channels: int, resolution: int):
        super().__init__()
        self.register_buffer("images", torch.zeros(size, channels, resolution, resolution))
        self.register_buffer("filled", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def forward(self, translated: Tensor, draws: Tensor) -> Tensor:
        """What the critic is shown for translations (B, C, H, W): them, or past ones.

        While the pool fills, it takes every image. After that, half of the images take the place
        of a past one, which is shown instead. draws (B, 2) from U(0, 1): whether, and which.
        Every process sees the translations of all and so has the same pool.
        """
        if len(self.images) == 0:
            return translated.float().clone()
        return own(self._exchanged(of_all_processes(translated.float()), of_all_processes(draws)))

    def _exchanged(self, shown: Tensor, draws: Tensor) -> Tensor:
        size = len(self.images)
        for image, (coin, place) in zip(shown, draws.tolist(), strict=True):
            if self.filled < size:
                self.images[int(self.filled)] = image
                self.filled += 1
            elif coin < 0.5:
                slot = self.images[int(place * size)]
                past = slot.clone()
                slot.copy_(image)
                image.copy_(past)
        return shown
