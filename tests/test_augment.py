import math

import pytest
import torch

from training.augment import DRAWS, AugmentConfig, augment

STILL = AugmentConfig(
    min_area=1, max_ratio=1, flip=False, brightness=0, contrast=0, saturation=0, hue=0
)


def only(**options):
    return AugmentConfig(**vars(STILL) | options)


def pictures(n=3, channels=3, size=(8, 10)):
    return torch.rand(n, channels, *size, generator=torch.Generator().manual_seed(0)) * 1.6 - 0.8


def rows(n=3, **given):
    """Draws of 0.5, which change nothing, but for the columns given."""
    draws = torch.full((n, DRAWS), 0.5)
    for column, value in given.items():
        draws[:, int(column[1:])] = torch.as_tensor(value)
    return draws


def test_nothing_changes_where_every_strength_is_zero():
    x = pictures()
    torch.testing.assert_close(augment(x, torch.rand(3, DRAWS), STILL), x)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_view_is_a_function_of_its_own_row(channels):
    x, draws = pictures(4, channels), torch.rand(4, DRAWS)
    view = augment(x, draws, AugmentConfig())
    assert view.shape == x.shape and view.abs().max() <= 1
    assert not torch.equal(view, x)
    for i in range(4):
        alone = augment(x[i : i + 1], draws[i : i + 1], AugmentConfig())
        torch.testing.assert_close(alone[0], view[i])


def test_half_of_the_images_are_mirrored():
    x, draws = pictures(2), rows(2, _4=[0.2, 0.7])
    view = augment(x, draws, only(flip=True))
    torch.testing.assert_close(view, torch.stack([x[0].flip(-1), x[1]]))


def test_the_smallest_crop_is_that_part_of_the_image():
    x = pictures(size=(8, 8))
    view = augment(x, rows(_0=0.0, _2=0.0, _3=1.0), only(min_area=0.25))  # bottom left
    corner = torch.nn.functional.interpolate(
        x[..., 3:, :5], scale_factor=2, mode="bilinear", align_corners=False
    )[..., 2:, :8]
    torch.testing.assert_close(view[..., 1:, :-1], corner[..., 1:, :-1])


def test_brightness_contrast_and_saturation():
    x, up = (pictures() * 0.4 + 1) / 2, rows(_5=1.0)
    brighter = (augment(2 * x - 1, up, only(brightness=0.2)) + 1) / 2
    torch.testing.assert_close(brighter, 1.2 * x)
    grey = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    luma = (x * grey).sum(1, keepdim=True)
    mean = luma.mean((2, 3), keepdim=True)
    steeper = (augment(2 * x - 1, rows(_6=1.0), only(contrast=0.2)) + 1) / 2
    torch.testing.assert_close(steeper, mean + 1.2 * (x - mean))
    paler = (augment(2 * x - 1, rows(_7=0.0), only(saturation=0.5)) + 1) / 2
    torch.testing.assert_close(paler, luma + 0.5 * (x - luma))


def test_a_third_of_the_hue_circle_takes_red_to_green():
    colours = torch.tensor([0.6, 0.4, 0.4]).view(1, 3, 1, 1).expand(1, 3, 2, 2)
    turned = (augment(2 * colours - 1, rows(1, _8=1.0), only(hue=1 / 3)) + 1) / 2
    red, green, blue = turned[0, :, 0, 0].tolist()
    assert math.isclose(red, blue, abs_tol=1e-6) and green > red + 0.1


def test_the_whole_image_is_drawn_at_least_as_small_as_asked():
    x = torch.linspace(-1, 1, 64).view(1, 1, 1, 64).expand(200, 1, 64, 64).contiguous()
    draws = torch.rand(200, DRAWS, generator=torch.Generator().manual_seed(0))
    view = augment(x, draws, only(min_area=0.5))
    span = (view[..., -1] - view[..., 0]).mean(dim=(1, 2)) / (x[..., -1] - x[..., 0]).mean()
    assert span.min() > 0.5**0.5 - 0.01 and span.max() <= 1


@pytest.mark.parametrize("options", [{"min_area": 0}, {"max_ratio": 0.5}, {"hue": 1.0}])
def test_strengths_out_of_range_are_named(options):
    with pytest.raises(ValueError, match=f"augment.{next(iter(options))} must be"):
        AugmentConfig(**options)
