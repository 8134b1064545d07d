from copy import deepcopy
from dataclasses import replace

import pytest
import torch

from tests.tiny_objectives import tiny_batch
from training.config import DataConfig, OptimizerConfig, TrainConfig
from training.objectives.adversary import CriticConfig
from training.objectives.munit import MunitConfig, MunitModelConfig
from training.run import Run
from training.sources import SourceConfig
from training.system import build_objective, check_critics


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


def config_of(system, resolution, **critic):
    """A configuration of that system with the published critics but for `critic`."""
    sources = {name: SourceConfig("x") for name in ("edges", "fruit")}
    data = DataConfig(sources, resolution, paired=system == "bicyclegan")
    given = TrainConfig("", data, 4, system=system)
    section = getattr(given, system)
    section.model.base_width, section.model.num_residual_blocks = 2, 1
    section.critic = replace(section.critic, base_width=2, **critic)
    return given


@pytest.mark.parametrize(
    ("system", "layers", "scales", "refused", "fits"),
    [
        ("munit", 4, 3, [16, 32, 48], 64),
        ("unit", 4, 3, [32], 64),
        ("bicyclegan", 3, 2, [16, 32], 48),
        ("cyclegan", 3, 1, [16], 24),
    ],
)
def test_a_resolution_that_the_critics_do_not_take_is_named(system, layers, scales, refused, fits):
    for size in refused:
        said = f"data.resolution {size} is too small for critics of {system}.critic.num_layers "
        said += f"{layers} and {system}.critic.num_scales {scales}: raise it"
        with pytest.raises(ValueError, match=said):
            build_objective(config_of(system, size))
    objective = build_objective(config_of(system, fits))
    x, z = tiny_batch(objective, torch.Generator(), count=1, size=fits)
    objective("critics", x, z, {})  # as in the first step


@pytest.mark.parametrize("norm", ["batch", "spectral"])
def test_a_check_of_the_critics_changes_nothing(norm):
    given = config_of("munit", 64, norm=norm)
    given.data.batch_size = 2  # of a single number there are no statistics
    objective = given.munit.build([3, 3], ["edges", "fruit"], 64)
    before, drawn = deepcopy(objective.state_dict()), torch.get_rng_state()
    check_critics(objective, given)
    assert torch.equal(torch.get_rng_state(), drawn)
    assert all(torch.equal(tensor, before[name]) for name, tensor in objective.state_dict().items())
    assert all(tensor.device.type == "cpu" for tensor in objective.state_dict().values())


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
