"""What every model answers, whatever the system: one test for all."""

import json
import logging

import pytest
import torch
from PIL import Image

from munit_hub import (
    BicycleGanModel,
    CycleGanModel,
    MunitModel,
    TranslationPipeline,
    TunitModel,
    UnitModel,
)
from munit_hub.loading import MODELS, load_model

TINY = {"base_width": 4, "num_residual_blocks": 2, "domain_names": ["edges", "fruit"]}
TINY_TUNIT = TINY | {"guide_width": 2, "style_dim": 8, "mlp_width": 8, "domain_sizes": [2, 1]}
SYSTEMS = {
    "munit": lambda: MunitModel(**TINY, mlp_width=8),
    "unit": lambda: UnitModel(**TINY),
    "unit-nothing-shared": lambda: UnitModel(**TINY, num_shared_blocks=0),
    "unit-all-shared": lambda: UnitModel(**TINY, num_shared_blocks=2),
    "cyclegan": lambda: CycleGanModel(**TINY, dropout=0.5),
    "cyclegan-noise": lambda: CycleGanModel(**TINY, noise_channels=3),
    "cyclegan-one-way": lambda: CycleGanModel(**TINY, target_names=["fruit"]),
    "bicyclegan": lambda: BicycleGanModel(**TINY),
    "tunit": lambda: TunitModel(**TINY_TUNIT, channels=[3, 3], num_downsamples=2),
}


@pytest.fixture(params=SYSTEMS)
def model(request):
    torch.manual_seed(0)
    return SYSTEMS[request.param]().eval()


def translated(model, x, styles):
    with torch.no_grad():
        return model.translator(x, "edges", "fruit")(styles)


def test_every_class_is_here():
    assert {type(make()).__name__ for make in SYSTEMS.values()} == set(MODELS)


def test_one_picture_takes_many_styles_and_many_take_one_each(model):
    x, styles = torch.rand(3, 3, 32, 48) * 2 - 1, model.sample_style(3)
    assert styles.shape == (3, model.style_dim)
    together = translated(model, x, styles)
    assert together.shape == x.shape and together.abs().max() <= 1
    alone = translated(model, x[:1], styles)
    torch.testing.assert_close(together[0], alone[0], atol=1e-5, rtol=1e-5)


def test_styles_matter_where_there_are_styles(model):
    styles = 3 * torch.randn(2, model.style_dim)
    first, second = translated(model, torch.rand(1, 3, 32, 32), styles)
    assert torch.equal(first, second) == (model.style_dim == 0)


def test_reconstruction_and_style_have_the_pictures_shape(model):
    x = torch.rand(2, 3, 32, 32)
    if len(model.targets) == 2:  # BicycleGAN reconstructs pairs only
        assert model.reconstruct(x, "fruit").shape == x.shape
    assert model.encode_style(x, "fruit").shape == (2, model.style_dim)


def test_saving_keeps_config_and_function(model, tmp_path):
    model.save_pretrained(tmp_path)
    loaded = load_model(tmp_path)  # the pipeline's layout is another, and rounds otherwise
    assert type(loaded) is type(model)
    public = [{k: v for k, v in m.config.items() if k[0] != "_"} for m in (loaded, model)]
    assert public[0] == json.loads(json.dumps(public[1]))
    x, styles = torch.rand(1, 3, 32, 32), model.sample_style(1)
    assert torch.equal(translated(loaded, x, styles), translated(model, x, styles))


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (33, 18), (64, 64)])
def test_the_pipeline_takes_any_size_and_repeats_itself(model, size):
    pipe, picture = TranslationPipeline(model), Image.new("RGB", size, "orange")
    first, again = (pipe(picture, target="fruit", seed=3) for _ in range(2))
    assert first.images[0][0].size == size
    assert first.images[0][0].tobytes() == again.images[0][0].tobytes()


def test_several_styles_of_a_one_output_system_are_one_picture_and_a_word(model, caplog):
    with caplog.at_level(logging.WARNING):
        out = TranslationPipeline(model)(Image.new("RGB", (32, 32)), target="fruit", num_styles=3)
    one_output = model.style_dim == 0
    assert len(out.images[0]) == len(out.styles) == (1 if one_output else 3)
    assert ("makes one picture of each input" in caplog.text) == one_output


def test_half_precision_stays_close(model):
    x, styles = torch.rand(1, 3, 32, 32), model.sample_style(1)
    full = translated(model, x, styles)
    half = translated(model.to(torch.bfloat16), x.bfloat16(), styles.bfloat16())
    assert half.dtype == torch.bfloat16
    assert (half.float() - full).abs().mean() < 0.03


def test_the_model_moves_with_all_it_makes(model):
    check_on(model, "meta")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_model_gives_the_same_on_a_gpu(model):
    x, styles = torch.rand(2, 3, 32, 48), model.sample_style(2)
    here = translated(model, x, styles)
    check_on(model, "cuda")
    there = translated(model, x.cuda(), styles.cuda())
    assert (there.cpu() - here).abs().mean() < 1e-2  # TF32 convolutions


def check_on(model, device):
    """Every call on a device answers there; a tensor made elsewhere would not go with the others.

    The device `meta` has shapes and no numbers, and is everywhere.
    """
    model.to(device)
    x = torch.empty(2, 3, 32, 48, device=device)
    made = [model(x, "edges", "fruit"), translated(model, x, model.sample_style(2))]
    if len(model.targets) == 2:
        made.append(model.reconstruct(x, "fruit"))
    styles = [model.sample_style(2), model.encode_style(x, "fruit")]
    assert {tensor.device.type for tensor in made + styles} == {device}
    assert {tensor.shape for tensor in made} == {x.shape}
    assert {tensor.shape for tensor in styles} == {(2, model.style_dim)}


SMALLEST = [
    *((lambda n=n: MunitModel(**TINY, mlp_width=8, num_downsamples=n), 16) for n in (0, 1, 2, 3)),
    (lambda: MunitModel(**TINY, mlp_width=8, num_downsamples=4), 32),
    *((lambda n=n: UnitModel(**TINY, num_downsamples=n), size) for n, size in ((0, 4), (1, 4))),
    *((lambda n=n: UnitModel(**TINY, num_downsamples=n), size) for n, size in ((2, 8), (4, 32))),
    (lambda: CycleGanModel(**TINY), 8),
    (lambda: BicycleGanModel(**TINY), 16),
    (lambda: TunitModel(**TINY_TUNIT, channels=[3, 3]), 32),
    (lambda: TunitModel(**TINY_TUNIT, channels=[3, 3], num_downsamples=5), 64),
]


@pytest.mark.parametrize(("make", "size"), SMALLEST)
def test_the_smallest_image_works_and_a_smaller_one_is_one_sentence(make, size):
    model = make().eval()
    smallest, styles = torch.rand(1, 3, size, size), model.sample_style(1)
    step = model.size_multiple
    assert model.min_size == size
    assert translated(model, smallest, styles).shape == smallest.shape
    assert model.encode_style(smallest, "fruit").shape == styles.shape
    for wrong in ((size - step, size), (size, size - step)):
        sentence = f"multiples of {step} and at least {size}, not {wrong[0]} x {wrong[1]}"
        with pytest.raises(ValueError, match=sentence):
            translated(model, torch.rand(1, 3, *wrong), styles)


@pytest.mark.parametrize(("make", "size"), SMALLEST)
def test_a_picture_of_one_pixel_is_translated_by_any_depth(make, size):
    out = TranslationPipeline(make())(Image.new("RGB", (1, 1), "orange"), target="fruit")
    assert out.images[0][0].size == (1, 1)


def test_an_image_whose_size_the_model_cannot_halve_is_one_sentence(model):
    with pytest.raises(ValueError, match="multiples of 4 and at least .*, not 32 x 30"):
        model.translator(torch.rand(1, 3, 32, 30), "edges", "fruit")(model.sample_style(1))


def test_every_target_is_reached_and_no_other(model):
    x, styles = torch.rand(1, 3, 32, 32), model.sample_style(1)
    for source, target in (("edges", "fruit"), ("fruit", "edges")):
        if target in model.targets:
            assert model.translator(x, source, target)(styles).shape == x.shape
        else:
            with pytest.raises(ValueError, match=r"This model translates .* only, not "):
                model.translator(x, source, target)


def test_an_unknown_domain_is_one_sentence(model):
    with pytest.raises(ValueError, match="Domain 'dog' is unknown; this model has edges, fruit"):
        model.translator(torch.rand(1, 3, 32, 32), "edges", "dog")
