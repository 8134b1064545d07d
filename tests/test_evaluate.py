import torch

from munit_hub import BicycleGanModel, CycleGanModel
from munit_hub.image_processor import to_pil
from training.evaluate import diversity, sample_grid, sample_sheet

TINY = {"base_width": 4, "num_residual_blocks": 1}


def cell(grid, row, column, size=16, gap=2):
    left, top = column * (size + gap), row * (size + gap)
    return grid.crop((left, top, left + size, top + size)).tobytes()


def grid_of(model):
    x = {name: torch.rand(2, 3, 16, 16) * 2 - 1 for name in "ab"}
    return x, sample_grid(sample_sheet(model.eval(), x, model.sample_style(2)))


def test_both_directions_with_reconstruction_and_cycle():
    torch.manual_seed(0)
    x, grid = grid_of(model := CycleGanModel(**TINY, noise_channels=2))
    assert grid.size == (5 * 18 - 2, 4 * 18 - 2)
    assert cell(grid, 2, 0) == to_pil(x["b"][0]).tobytes()
    with torch.inference_mode():
        assert cell(grid, 1, 1) == to_pil(model.reconstruct(x["a"], "a")[1]).tobytes()


def test_one_direction_shows_the_pair_and_the_translation_in_its_style():
    torch.manual_seed(0)
    x, grid = grid_of(model := BicycleGanModel(**TINY, style_dim=2))
    assert grid.size == (5 * 18 - 2, 2 * 18 - 2)
    assert cell(grid, 1, 1) == to_pil(x["b"][1]).tobytes()
    with torch.inference_mode():
        remade = model(x["a"], style=model.encode_style(x["b"], "b"))
    assert cell(grid, 1, 4) == to_pil(remade[1]).tobytes()


def test_diversity_compares_the_translations_of_one_input():
    levels = torch.tensor([9.0, 9.0, 0.0, 0.5, 0.5, 9.0])  # input, check, three styles, check
    rows = levels.view(1, 6, 1, 1, 1).expand(4, 6, 3, 8, 8)
    assert diversity(rows) == 0.25
    assert diversity(rows[:, [0, 1, 2, 5]]) == 0
