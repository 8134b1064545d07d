"""`accelerate launch training/train.py --config training/configs/NAME.yaml [--field value ...]`"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a file, from anywhere

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from accelerate.utils import set_seed
from jsonargparse import ArgumentParser

from munit_hub.model_card import write_model_card
from training.config import DataConfig, TrainConfig
from training.data import UnpairedData, open_source
from training.loop import Run, train

INTERRUPTED = 130  # exit code of a run that was stopped and saved


def parse_config(arguments: list[str] | None = None) -> TrainConfig:
    """The run that the command line describes; unknown keys and wrong types exit with 2."""
    parser = ArgumentParser(prog="train.py", description=__doc__)
    parser.add_argument("--config", action="config", help="a YAML file; flags override it")
    parser.add_class_arguments(TrainConfig)
    given = parser.instantiate(parser.parse_args(arguments))
    del given["config"]
    return TrainConfig(**vars(given))


def open_data(config: DataConfig, seed: int, accelerator: Accelerator) -> UnpairedData:
    """The two sources of a run; the main process builds their caches, the others wait for it."""
    if len(config.sources) != 2:
        raise ValueError(f"data.sources must name two domains, not {list(config.sources)}.")
    with accelerator.main_process_first():
        first, second = (
            open_source(source, domain, config.resolution, config.cache_dir)
            for domain, source in config.sources.items()
        )
    return UnpairedData(
        (first, second),
        config.batch_size,
        seed,
        config.flip,
        accelerator.process_index,
        accelerator.num_processes,
    )


def publish(run: Run, config: TrainConfig) -> None:
    """Write the averaged model and its card to `output_dir`, in the Hub's form."""
    with run.averaged() as model:
        model.save_pretrained(config.output_dir)
    facts = {
        "Steps": str(run.step),
        "Batch": str(config.data.batch_size),
        "Resolution": f"{config.data.resolution} pixels",
        "Learning rate": f"{config.optimizer.learning_rate:g} ({config.optimizer.schedule})",
        "Moving average": f"{config.ema_decay:g}",
        "Seed": str(config.seed),
        "PyTorch": torch.__version__,
    }
    write_model_card(
        config.output_dir,
        title=config.card.title,
        license=config.card.license,
        facts=facts,
        attribution=config.card.attribution,
    )


def main(arguments: list[str] | None = None) -> int:
    """Train as configured; 0 when it ran to the end, 130 when it was stopped and saved."""
    config = parse_config(arguments)
    accelerator = Accelerator(
        log_with="tensorboard",
        project_dir=config.output_dir,
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
    )
    set_seed(config.seed)
    if accelerator.device.type == "cpu":  # accelerate launch would leave torch a single thread
        cores = len(os.sched_getaffinity(0)) // accelerator.num_processes
        torch.set_num_threads(config.cpu_threads or max(cores, 1))
    data = open_data(config.data, config.seed, accelerator)
    channels = [source.channels for source in config.data.sources.values()]
    objective = getattr(config, config.system).build(
        channels, list(config.data.sources), config.data.resolution
    )
    accelerator.init_trackers("tensorboard")
    run, complete = train(objective, data, config, accelerator)
    if accelerator.is_main_process:
        publish(run, config)
    accelerator.end_training()
    if not complete:
        print(
            f"Stopped at step {run.step} and saved. Go on with --resume_from_checkpoint latest.",
            file=sys.stderr,
        )
    return 0 if complete else INTERRUPTED


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ValueError as error:
        sys.exit(f"train.py: {error}")
