"""What all models have in common: safetensors only, named domains, and sizes that they take."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from diffusers import ConfigMixin, ModelMixin
from huggingface_hub import CommitInfo
from torch import Tensor, nn

from munit_hub.domains import domain_index
from munit_hub.fitting import check_fit
from munit_hub.sharing import push_folder
from munit_hub.weights import find_model, weights_name

_FETCHING = ("subfolder", "revision", "cache_dir", "local_files_only", "force_download", "token")
_SHARING = ("push_to_hub", "repo_id", "private", "token", "commit_message", "create_pr")


class TranslationModel(ModelMixin, ConfigMixin):
    """A model between domains, whose config has `domain_names` and may have `num_downsamples`."""

    _supports_gradient_checkpointing = False
    # Whether a style alone says what comes out. Then a picture's own domain makes no difference,
    # and with a style given the target makes none either.
    domain_in_style = False

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike[str], **kwargs: Any
    ) -> Any:
        """The model of a folder or a Hub repository; options as diffusers' `from_pretrained`.

        ValueError where there are no safetensors, or where these or the config are not just what
        the class needs: diffusers would open a pickle instead, or fill in random numbers.
        """
        if kwargs.pop("use_safetensors", None) not in (None, True):
            raise ValueError(
                f"use_safetensors must be True: {cls.__name__} opens no pickle, "
                "only .safetensors files are loaded."
            )
        fetching = {name: kwargs.pop(name) for name in _FETCHING if name in kwargs}
        variant = kwargs.get("variant")
        folder = find_model(pretrained_model_name_or_path, variant=variant, **fetching)
        check_fit(cls, folder, weights_name(variant))
        # Without accelerate, which is for models far larger than ours.
        options = {"low_cpu_mem_usage": False, "use_safetensors": True} | kwargs
        return super().from_pretrained(folder, **options)

    # diffusers asks its hooks first, and with them imports torch's compiler, which is slow.
    def _is_hooked(self) -> bool:
        return any(hasattr(module, "_diffusers_hook") for module in self.modules())

    @property
    def device(self) -> torch.device:
        """Where the parameters are; with diffusers' group offloading, where they are used."""
        return super().device if self._is_hooked() else next(self.parameters()).device

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """Itself on a device, in a dtype or in a layout, as `torch.nn.Module.to`."""
        if self._is_hooked():
            return super().to(*args, **kwargs)
        return nn.Module.to(self, *args, **kwargs)

    def save_pretrained(
        self, save_directory: str | os.PathLike[str], *args: Any, **kwargs: Any
    ) -> None:
        """Save config and weights to a folder; options as diffusers' `save_pretrained`.

        With `push_to_hub=True` the folder is pushed, to `repo_id` or else under its own name.
        ValueError for a pickle, which no model of ours is loaded from.
        """
        if not kwargs.get("safe_serialization", True):
            raise ValueError("safe_serialization must be True: only .safetensors files are saved.")
        sharing = {name: kwargs.pop(name) for name in _SHARING if name in kwargs}
        super().save_pretrained(save_directory, *args, **kwargs)
        if sharing.pop("push_to_hub", False):
            repo_id = sharing.pop("repo_id", Path(save_directory).resolve().name)
            push_folder(save_directory, repo_id, **sharing)

    def push_to_hub(
        self,
        repo_id: str,
        commit_message: str | None = None,
        private: bool | None = None,
        token: str | bool | None = None,
        create_pr: bool = False,
        safe_serialization: bool = True,
        variant: str | None = None,
        subfolder: str | None = None,
        revision: str | None = None,
        card: Mapping[str, Any] | None = None,
    ) -> CommitInfo:
        """Push the model to a repository of the Hub; options as in diffusers and `push_folder`.

        Where the repository has no card it gets ours, of which `card` has the arguments: title,
        license, facts, figures and so on. ValueError says what cannot be, and what to do.
        """
        with TemporaryDirectory() as folder:
            self.save_pretrained(folder, variant=variant, safe_serialization=safe_serialization)
            return push_folder(
                folder,
                repo_id,
                private=private,
                token=token,
                revision=revision,
                commit_message=commit_message,
                create_pr=create_pr,
                subfolder=subfolder,
                card=card,
            )

    @property
    def size_multiple(self) -> int:
        """What the height and width of images must divide by, in pixels."""
        return int(2**self.config.num_downsamples)

    @property
    def min_size(self) -> int:
        """The smallest height and width of images, in pixels.

        The first convolution reflects 3 pixels; the residual blocks reflect 1, and their instance
        norm needs more than one to have a variance.
        """
        return max(4, 2 * self.size_multiple)

    def domain_index(self, domain: str | int) -> int:
        """The index of a domain given by name or index; ValueError names the allowed ones."""
        return domain_index(domain, self.config.domain_names)

    def draw_style(self, target: str | int, generator: torch.Generator | None = None) -> Tensor:
        """A style (1, style_dim) to show a picture of the target in: one of the prior."""
        drawn: Tensor = self.sample_style(1, generator)
        return drawn

    def check_size(self, images: Tensor) -> None:
        """ValueError unless the model takes images (B, C, H, W) of that height and width."""
        height, width = images.shape[-2:]
        multiple, smallest = self.size_multiple, self.min_size
        if height % multiple or width % multiple or min(height, width) < smallest:
            raise ValueError(
                f"Height and width of images must be multiples of {multiple} and at least "
                f"{smallest}, not {height} x {width}."
            )
