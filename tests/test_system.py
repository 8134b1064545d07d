import pytest
import torch

from training.config import DataConfig, OptimizerConfig, TrainConfig
from training.objectives.adversary import CriticConfig
from training.objectives.munit import MunitConfig, MunitModelConfig
from training.run import Run
from training.sources import SourceConfig
from training.system import build_objective


def config(resolution=32, channels=3, width=4, **options):
    sources = {name: SourceConfig("x", channels=channels) for name in ("edges", "fruit")}
    model = MunitModelConfig(base_width=width, num_residual_blocks=1, mlp_width=8)
    return TrainConfig(
        "",
        DataConfig(sources, resolution),
        max_steps=4,
        munit=MunitConfig(model, CriticConfig(base_width=4, num_layers=1, num_scales=1)),
        **options,
    )


def run_of(given):
    return Run(build_objective(given), given, torch.device("cpu"))


def test_domains_and_channels_come_from_the_data():
    model = build_objective(config(channels=1)).model
    assert list(model.config.domain_names) == ["edges", "fruit"]
    assert list(model.config.channels) == [1, 1] and model.config.sample_size == 32


@pytest.mark.parametrize("resolution", [30, 8])
def test_a_resolution_that_does_not_fit_is_named(resolution):
    with pytest.raises(ValueError, match=f"multiple of 4 and at least 16, not {resolution}"):
        build_objective(config(resolution))


def test_channels_that_no_picture_has_are_named():
    with pytest.raises(ValueError, match="channels must be 1 or 3 in every source"):
        build_objective(config(channels=2))


def test_an_unknown_network_is_named():
    rates = OptimizerConfig(learning_rates={"critic": 1e-3})
    with pytest.raises(ValueError, match="names 'critic'; the networks are model, critics"):
        run_of(config(optimizer=rates))


def test_a_checkpoint_of_another_width_is_one_sentence():
    state = run_of(config(width=4)).state()
    with pytest.raises(
        ValueError, match="the checkpoint is of another architecture: size mismatch"
    ):
        run_of(config(width=8)).load_state(state)


def test_a_resumed_run_takes_the_decay_it_is_given():
    state = run_of(config(ema_decay=0.999)).state()
    resumed = run_of(config(ema_decay=0.9))
    resumed.load_state(state)
    assert resumed.ema.decay == 0.9
