from contextlib import nullcontext

import pytest
import torch
from safetensors.torch import save_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from munit_hub import BicycleGanModel, MunitModel, TunitModel, UnitModel
from tests.test_loop import TWO
from tests.test_train_tunit import tunit  # noqa: F401, a fixture
from tests.tiny_models import tiny_model
from tests.tiny_runs import finish, last_state, launch
from training.best import BEST
from training.checkpoint import checkpoints_of
from training.metrics.alexnet import AlexNetFeatures
from training.metrics.features import resized
from training.metrics.frechet import frechet_distance
from training.metrics.lpips import load_lpips
from training.train import main
from training.yardstick import BATCH_SIZE, Yardstick

COUNT = BATCH_SIZE + 3
WIDTHS = (64, 192, 384, 256, 256)  # of the maps that LPIPS compares


@pytest.fixture(scope="module")
def alexnet(tmp_path_factory):
    """Random weights in the form of LPIPS: no test needs the meaning of a distance."""
    generator = torch.Generator().manual_seed(0)
    tensors = {
        name: 0.05 * torch.randn(tensor.shape, generator=generator)
        for name, tensor in AlexNetFeatures().state_dict().items()
    }
    heads = {
        f"lin{i}.weight": torch.rand(1, width, 1, 1, generator=generator)
        for i, width in enumerate(WIDTHS)
    }
    path = tmp_path_factory.mktemp("alexnet") / "alexnet.safetensors"
    save_file(tensors | heads, path)
    return str(path)


@pytest.fixture
def images():
    generator = torch.Generator().manual_seed(0)
    return {
        n: torch.rand(COUNT, 3, 32, 32, generator=generator) * 2 - 1 for n in ("edges", "fruit")
    }


def measured(model, images, alexnet):
    lpips = load_lpips(alexnet)
    return Yardstick(images, model, lpips, nullcontext), lpips


@pytest.mark.parametrize(
    ("model_class", "names"),
    [
        (MunitModel, ["frechet", "lpips", "frechet/fruit", "frechet/edges", "lpips/fruit",
                      "lpips/edges"]),
        (UnitModel, ["frechet", "frechet/fruit", "frechet/edges"]),
        (BicycleGanModel, ["frechet", "lpips", "frechet/fruit", "lpips/fruit"]),
    ],
)  # fmt: skip
def test_every_target_is_measured_in_every_way_that_it_has(model_class, names, images, alexnet):
    model = tiny_model(model_class)
    yardstick, _ = measured(model, images, alexnet)
    before = torch.get_rng_state()
    found = yardstick(model)
    assert list(found) == yardstick.names == names
    assert found == yardstick(model) and torch.equal(before, torch.get_rng_state())
    assert all(value > 0 for value in found.values())


def test_tunit_is_measured_by_the_styles_of_its_other_pictures(images, alexnet):
    model = tiny_model(TunitModel)
    yardstick, _ = measured(model, {"pile": images["fruit"]}, alexnet)
    found = yardstick(model)
    assert list(found) == ["frechet", "lpips", "frechet/pile", "lpips/pile"]
    assert found["frechet"] == found["frechet/pile"] > 0 and found["lpips"] > 0


def test_the_figures_are_of_as_many_translations_a_few_at_a_time(images, alexnet, monkeypatch):
    model = tiny_model()
    yardstick, lpips = measured(model, images, alexnet)
    made = []
    translator = model.translator

    def watched(x, a, b):
        translate = translator(x, a, b)
        return lambda style: made.append(translate(style)) or made[-1]

    monkeypatch.setattr(model, "translator", watched)
    found = yardstick(model)
    assert [len(x) for x in made] == [BATCH_SIZE, BATCH_SIZE, 3, 3] * 2
    first = torch.cat((made[0], made[2]))  # into fruit, in the first style
    features = [lpips.features(resized(x, 128))[-1].mean((2, 3)) for x in (images["fruit"], first)]
    expected = frechet_distance(*(x.double() for x in features))
    assert found["frechet/fruit"] == pytest.approx(expected, rel=1e-4)
    pairs = lpips(*(resized(torch.cat(x), 128) for x in (made[0:3:2], made[1:4:2])))
    assert found["lpips/fruit"] == pytest.approx(pairs.mean().item(), rel=1e-4)


@pytest.mark.parametrize("wanted", ["metric_weights=nowhere", "best_metric=fid"])
def test_what_cannot_be_measured_is_told_before_anything_runs(arguments, tmp_path, alexnet, wanted):
    flags = ["--log.metrics_every=1", f"--log.metric_weights={alexnet}", f"--log.{wanted}"]
    sentence = {
        "metric_weights=nowhere": "log.metrics_every needs log.metric_weights: nowhere is no lpips",
        "best_metric=fid": "log.best_metric='fid' is unknown; allowed: frechet, lpips, frechet/",
    }[wanted]
    with pytest.raises(ValueError, match=sentence):
        main([*arguments, *flags])
    assert not (tmp_path / "run").exists()


def test_measuring_changes_no_weight_and_the_best_lie_beside_the_newest(
    arguments, tmp_path, alexnet
):
    off = [*arguments, "--log.samples_every=0", f"--output_dir={tmp_path / 'off'}"]
    on = [*off, f"--output_dir={tmp_path / 'on'}", "--log.metrics_every=1"]
    on += [f"--log.metric_weights={alexnet}", "--log.metric_images=3", "--log.best_total_limit=2"]
    assert main(off) == main(on) == 0
    before, after = last_state(tmp_path / "off"), last_state(tmp_path / "on")
    for name, value in before["objective"].items():
        assert torch.equal(value, after["objective"][name]), name
    assert len(checkpoints_of(tmp_path / "on", BEST)) == 2
    assert not (tmp_path / "off" / BEST).exists()
    events = EventAccumulator(str(tmp_path / "on" / "tensorboard")).Reload()
    assert [event.step for event in events.Scalars("metrics/frechet/fruit")] == [1, 2, 3, 4]


@pytest.mark.slow
def test_one_of_two_processes_measures_and_the_other_waits(
    arguments, tmp_path, alexnet, monkeypatch
):
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    flags = ["--log.metrics_every=1", f"--log.metric_weights={alexnet}", "--log.metric_images=3"]
    code, output = finish(launch(*arguments, *flags, "--log.best_total_limit=4", command=TWO))
    assert code == 0, output
    assert len(checkpoints_of(tmp_path / "run", BEST)) == 4


@pytest.mark.slow
def test_a_run_of_tunit_is_measured_too(tunit, tmp_path, alexnet):  # noqa: F811
    flags = ["--log.metrics_every=4", "--log.metric_images=4", "--log.best_metric=lpips"]
    assert main([*tunit, *flags, f"--log.metric_weights={alexnet}"]) == 0
    assert len(checkpoints_of(tmp_path / "run", BEST)) == 1
