"""`accelerate launch training/train.py --config training/configs/NAME.yaml [--field value ...]`"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a file, from anywhere

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from accelerate.utils import set_seed

from training.checkpoint import find_checkpoint
from training.command_line import parse_config, save_config
from training.config import DataConfig
from training.data import UnpairedData, open_source
from training.found_domains import measure_found_domains
from training.labels import check_labels
from training.loop import train
from training.provenance import describe_start, record_start
from training.publish import publish
from training.rehearsal import rehearse
from training.step import NonFiniteError
from training.system import build_objective

INTERRUPTED = 130  # exit code of a run that was stopped and saved


def open_data(config: DataConfig, seed: int, accelerator: Accelerator) -> UnpairedData:
    """The sources of a run; the main process builds their caches, the others wait for it."""
    with accelerator.main_process_first():
        sources = tuple(
            open_source(source, domain, config.resolution, config.cache_dir)
            for domain, source in config.sources.items()
        )
    return UnpairedData(
        sources,
        config.batch_size,
        seed,
        config.flip,
        accelerator.process_index,
        accelerator.num_processes,
        config.paired,
    )


def main(arguments: list[str] | None = None) -> int:
    """Train as configured; 0 when it ran to the end, 130 when it was stopped and saved."""
    config = parse_config(arguments)
    checkpoint = find_checkpoint(Path(config.output_dir), config.resume_from_checkpoint)
    accelerator = Accelerator(
        mixed_precision="no",  # `precision` is ours; accelerate's own setting would come on top
        log_with="tensorboard",
        project_dir=config.output_dir,
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
    )
    set_seed(config.seed)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = config.allow_tf32
    if accelerator.device.type == "cpu":  # accelerate launch would leave torch a single thread
        cores = len(os.sched_getaffinity(0)) // accelerator.num_processes
        torch.set_num_threads(config.cpu_threads or max(cores, 1))
    objective = build_objective(config)
    data = open_data(config.data, config.seed, accelerator)
    for source in data.sources:
        if source.labels is not None and source.told is not None:
            check_labels(source.labels, objective.model.targets)
    if config.dry_run:
        accelerator.print(rehearse(objective, data, config, accelerator))
        return 0
    if accelerator.is_main_process:
        save_config(arguments, Path(config.output_dir))
        step = int(checkpoint.name.removeprefix("step-")) if checkpoint else 0
        record_start(Path(config.output_dir), describe_start(data, step))
    accelerator.init_trackers("tensorboard")
    run, complete = train(objective, data, config, accelerator, checkpoint)
    if accelerator.is_main_process:
        with run.averaged() as model:
            measure_found_domains(model, data.sources)
            publish(model, Path(config.output_dir), config, run.step)
            if complete and model.domain_in_style:
                from training.found_report import report_run  # slow to import, and TUNIT's alone

                report_run(model, data, config)
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
    except (ValueError, NonFiniteError, OSError) as error:
        sys.exit(f"train.py: {error}")
