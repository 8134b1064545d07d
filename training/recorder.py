"""What a run shows and keeps while it goes: progress bar, scalars, sample grids, checkpoints."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from torch import Tensor
from tqdm import tqdm

from munit_hub.precision import autocast
from training.best import keep_best
from training.checkpoint import save_checkpoint
from training.config import TrainConfig
from training.data import TrainingData
from training.evaluate import diversity, sample_grid, sample_sheet
from training.found_domains import measure_found_domains
from training.publish import publish
from training.pushing import HubPushes
from training.run import Run
from training.trackers import log_picture
from training.watch import CollapseAlarm, peak_memory
from training.yardstick import Yardstick


class Recorder:
    """Called once after every step, in all processes; writes on the main process only."""

    def __init__(
        self,
        run: Run,
        data: TrainingData,
        config: TrainConfig,
        accelerator: Accelerator,
        yardstick: Yardstick | None = None,
    ):
        self.run, self.data, self.config, self.log = run, data, config, config.log
        self.accelerator, self.yardstick = accelerator, yardstick
        self.autocast = partial(autocast, config.precision, accelerator.device)
        self.pushes = HubPushes(config) if config.push_to_hub else None
        self.main = accelerator.is_main_process
        self.output_dir = Path(config.output_dir)
        self.batch_size = data.batch_size
        self.alarm = CollapseAlarm(self.log.diversity_floor, run.differed)
        images = data.fixed_batch(self.log.sample_images)
        self.images = {name: x.to(accelerator.device) for name, x in images.items()}
        generator = torch.Generator().manual_seed(config.seed)
        model = run.objective.model
        count = self.log.sample_styles if model.style_dim else 1
        # Where the style tells the domain, the fixed images are the references.
        self.styles = None if model.domain_in_style else model.sample_style(count, generator)
        self.bar = tqdm(
            total=config.max_steps,
            initial=run.step,
            unit="step",
            smoothing=0.05,
            disable=not self.main,
        )

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def after_step(self, terms: dict[str, Tensor]) -> None:
        """Advance the bar; write what is due at this step."""
        self.bar.update()
        if self._due(self.log.checkpoint_every):
            self.checkpoint()
        if self._due(self.log.metrics_every):
            self.metrics()
        if not self.main:
            return
        if self._due(self.log.scalars_every):
            self.scalars(terms)
        if self._due(self.log.samples_every):
            self.samples()
        if self.pushes and self.pushes.due(self.run.step):
            self.push(self.pushes)

    def _due(self, every: int) -> bool:
        return every > 0 and self.run.step % every == 0

    def scalars(self, terms: dict[str, Tensor]) -> None:
        """Every term, images a second and memory to the trackers; images a second to the bar."""
        rate = (self.bar.format_dict["rate"] or 0.0) * self.batch_size
        self.bar.set_postfix_str(f"{rate:.1f} images/s", refresh=False)
        memory = peak_memory(self.accelerator.device) / 2**30
        values = {"images_per_second": rate, "peak_memory_gib": memory}
        values |= {name: term.item() for name, term in terms.items()}
        self.accelerator.log(values, step=self.run.step)

    def samples(self) -> None:
        """The sample grid of the averaged model: output_dir/samples/STEP.png, and the trackers."""
        path = self.output_dir / "samples" / f"{self.run.step:08d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.run.averaged() as model, self.autocast():
            sheet = sample_sheet(model, self.images, self.styles)
        grid = sample_grid(sheet)
        grid.save(path)
        log_picture(self.accelerator, "samples", grid, self.run.step)
        found = {domain: diversity(rows) for domain, rows in sheet.items()}
        self.alarm(found, self.run.step)
        named = {f"diversity/{domain}": value for domain, value in found.items()}
        self.accelerator.log(named, step=self.run.step)

    def push(self, pushes: HubPushes) -> None:
        """The averaged model as it is now, to the Hub."""
        try:
            with self.run.averaged() as model:
                measure_found_domains(model, self.data.sources)
                publish(model, pushes.folder, self.config, self.run.step, self.output_dir)
        except Exception as error:  # a full disk, say: training is worth more
            pushes.abandon(self.run.step, error)
        else:
            pushes.start(self.run.step)

    def finish(self, complete: bool) -> None:
        """Push the model of a whole run from output_dir, and tell what reached the Hub."""
        if self.pushes is None:
            return
        if complete:
            self.pushes.finish(self.output_dir, self.run.step)
        print(self.pushes.summary())

    def checkpoint(self) -> None:
        """Everything a resumed run needs; all processes come here: each has its own streams."""
        state = self._state()
        if self.main:
            keep = self.log.checkpoints_total_limit
            save_checkpoint(self.output_dir, self.run.step, state, keep)

    def metrics(self) -> None:
        """The figures of the averaged model; its checkpoint, if it is among the best."""
        state = self._state()
        if self.yardstick is None:  # the main process alone has one
            return
        with self.run.averaged() as model:
            figures = self.yardstick(model)
        named = {f"metrics/{name}": value for name, value in figures.items()}
        self.accelerator.log(named, step=self.run.step)
        if limit := self.log.best_total_limit:
            keep_best(self.output_dir, state, figures, self.log.best_metric, limit)

    def _state(self) -> dict[str, Any]:
        streams = self.data.state(self.run.step)
        return self.run.state() | ({"streams": gather_object([streams])} if streams else {})
