"""`accelerate launch training/train.py --config training/configs/NAME.yaml [--field value ...]`"""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a file, from anywhere

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from accelerate.utils import set_seed

from training.checkpoint import find_checkpoint
from training.command_line import parse_config, save_config
from training.config import DataConfig, TrainConfig
from training.data import TrainingData
from training.found_domains import measure_found_domains
from training.labels import check_labels
from training.loop import prepare, train
from training.objectives.phases import Objective
from training.pictures import open_source
from training.prefetch import usable_cores
from training.provenance import check_same_data, describe_start, record_start
from training.publish import publish
from training.pushing import check_push
from training.recorder import Recorder
from training.rehearsal import rehearse
from training.run import Run
from training.step import NonFiniteError
from training.streams import Share
from training.system import build_objective
from training.trackers import chosen_trackers, start_trackers
from training.waiting import main_first
from training.yardstick import build_yardstick

logger = logging.getLogger(__name__)

INTERRUPTED = 130  # exit code of a run that was stopped and saved


def open_data(config: DataConfig, seed: int, accelerator: Accelerator) -> TrainingData:
    """The sources of a run; the main process builds their caches, the others wait for it."""
    share = Share(seed, accelerator.process_index, accelerator.num_processes)
    with main_first(accelerator):
        sources = tuple(
            open_source(source, domain, config.resolution, config.cache_dir, share)
            for domain, source in config.sources.items()
        )
    return TrainingData(
        sources,
        config.batch_size,
        seed,
        config.flip,
        accelerator.process_index,
        accelerator.num_processes,
        config.paired,
    )


def check_parts(config: TrainConfig, accelerator: Accelerator) -> None:
    """ValueError where the batch cannot be shared by all processes and parts of a step."""
    parts, processes = config.gradient_accumulation_steps, accelerator.num_processes
    if config.data.batch_size % (parts * processes):
        raise ValueError(
            f"data.batch_size must be a multiple of {processes} processes x "
            f"gradient_accumulation_steps={parts}, not {config.data.batch_size}."
        )


def set_up(config: TrainConfig, accelerator: Accelerator) -> None:
    """Seeds, precision of float32, and threads."""
    set_seed(config.seed)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = config.allow_tf32
    if accelerator.device.type == "cpu":  # accelerate launch would leave torch a single thread
        cores = usable_cores() // accelerator.num_processes
        torch.set_num_threads(config.cpu_threads or max(cores, 1))


def check_told(data: TrainingData, objective: Objective) -> None:
    """ValueError where a source tells labels that the model has no domains for."""
    for source in data.sources:
        if source.labels is not None and source.told is not None:
            check_labels(source.labels, objective.model.targets)


def leave_model(run: Run, data: TrainingData, config: TrainConfig, complete: bool) -> None:
    """The averaged model with its card in output_dir, and TUNIT's report of a whole run."""
    output_dir = Path(config.output_dir)
    with run.averaged() as model:
        measure_found_domains(model, data.sources)
        publish(model, output_dir, config, run.step, output_dir)
        if complete and model.domain_in_style:
            from training.found_report import report_run  # slow to import, and TUNIT's alone

            report_run(model, data, config)


def make_accelerator(config: TrainConfig) -> Accelerator:
    """The processes and trackers of a run."""
    if "MASTER_ADDR" in os.environ and "RANK" not in os.environ:  # it was asked for several
        logger.warning(
            "accelerate launch started a single process, as it does with --cpu; for several on a "
            "CPU give it --multi_gpu instead, with ACCELERATE_USE_CPU=true in the environment."
        )
    # Buffers are what all processes make alike: pools and queues of the images of all, norms over
    # them, power iterations on equal weights. Only critics' batch norms are each process's own:
    # nothing reads their running statistics, and a checkpoint has the main process's.
    parallel = DistributedDataParallelKwargs(find_unused_parameters=True, broadcast_buffers=False)
    return Accelerator(
        mixed_precision="no",  # `precision` is ours; accelerate's own setting would come on top
        log_with=chosen_trackers(config) or None,
        kwargs_handlers=[parallel],
    )


def begin(
    arguments: list[str] | None,
    config: TrainConfig,
    data: TrainingData,
    step: int,
    accelerator: Accelerator,
) -> None:
    """Refuse other pictures than before; then write what this start is, and start the trackers."""
    output_dir, start = Path(config.output_dir), describe_start(data, step)
    if step > 0 and not config.allow_other_data:
        check_same_data(output_dir, start)
    if accelerator.is_main_process:  # not before all is known to fit: it replaces what was there
        save_config(arguments, output_dir)
        record_start(output_dir, start)
    start_trackers(accelerator)


def work(arguments: list[str] | None, config: TrainConfig, accelerator: Accelerator) -> bool:
    """Train, or rehearse it; False when it was stopped and saved before its end."""
    checkpoint = find_checkpoint(Path(config.output_dir), config.resume_from_checkpoint)
    check_parts(config, accelerator)
    set_up(config, accelerator)
    objective = build_objective(config)
    data = open_data(config.data, config.seed, accelerator)
    check_told(data, objective)
    yardstick = build_yardstick(data, objective.model, config, accelerator)
    if config.dry_run:
        accelerator.print(rehearse(objective, data, config, accelerator))
        return True
    if config.push_to_hub and accelerator.is_main_process:
        check_push(config)
    run, train_step = prepare(objective, data, config, accelerator, checkpoint)
    begin(arguments, config, data, run.step, accelerator)
    recorder = Recorder(run, data, config, accelerator, yardstick)
    complete = train(run, train_step, data, recorder, config, accelerator)
    if accelerator.is_main_process:
        leave_model(run, data, config, complete)
        recorder.finish(complete)
    if not complete and accelerator.is_main_process:
        print(
            f"Stopped at step {run.step} and saved. Go on with --resume_from_checkpoint latest.",
            file=sys.stderr,
        )
    if not complete:  # the launcher ends the main process once another has left with a code
        accelerator.wait_for_everyone()
    return complete


def main(arguments: list[str] | None = None) -> int:
    """Train as configured; 0 when it ran to the end, 130 when it was stopped and saved."""
    config = parse_config(arguments)
    accelerator = make_accelerator(config)
    complete = work(arguments, config, accelerator)
    # DistributedDataParallel goes before the process group: with the last reference to it, it
    # would end gloo's threads while it holds the lock that they wait for, now and then for ever.
    accelerator.free_memory()
    accelerator.end_training()
    return 0 if complete else INTERRUPTED


def run_script() -> NoReturn:
    """`main` as a process: what goes wrong is a sentence, and SIGTERM ends it as Ctrl-C does."""
    # During the steps both of them save. Before and after, SIGTERM would leave half a cache.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except (ValueError, NonFiniteError, OSError) as error:
        sys.exit(f"train.py: {error}")
    except KeyboardInterrupt:
        print(
            "Stopped. --resume_from_checkpoint latest goes on from what was saved.", file=sys.stderr
        )
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    run_script()
