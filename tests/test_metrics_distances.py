import pytest
import torch

from training.metrics.frechet import class_wise_frechet, frechet_distance
from training.metrics.kernel import kernel_distance


def samples(n, dimensions, seed, shift=0.0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, dimensions, generator=generator).double() + shift


def test_the_class_wise_distance_is_that_of_every_class():
    real = {"a": samples(30, 3, 0), "b": samples(20, 3, 1)}
    made = {"b": samples(25, 3, 2), "a": samples(30, 3, 0) + 2}
    found = class_wise_frechet(real, made)
    assert found["a"] == pytest.approx(3 * 2**2) and list(found) == ["a", "b"]
    assert found["b"] == frechet_distance(real["b"], made["b"])


def test_classes_that_are_on_one_side_only_are_named():
    real = {"a": samples(5, 2, 0), "lone": samples(5, 2, 0)}
    with pytest.raises(ValueError, match="of the same classes: lone"):
        class_wise_frechet(real, {"a": samples(5, 2, 1)})


def test_the_kernel_distance_of_two_points_is_the_kernels():
    a, b = torch.tensor([1.0, 2.0]).double(), torch.tensor([-1.0, 0.5]).double()
    found = kernel_distance(a.expand(20, 2), b.expand(30, 2))

    def kernel(x, y):
        return (x @ y / 2 + 1) ** 3

    expected = kernel(a, a) + kernel(b, b) - 2 * kernel(a, b)
    assert found.value == pytest.approx(expected.item()) and found.subset_size == 2
    assert found.standard_error == pytest.approx(0, abs=1e-12)


def test_the_kernel_distance_is_unbiased_and_its_error_tells_how_far_off_it_may_be():
    found = [
        kernel_distance(samples(60, 4, seed), samples(60, 4, 1000 + seed)) for seed in range(200)
    ]
    values = torch.tensor([one.value for one in found])
    error_of_mean = values.std() / len(values) ** 0.5
    assert values.mean().abs() < 3 * error_of_mean  # a biased estimate of so few is far above 0
    told = torch.tensor([one.standard_error for one in found]).square().mean().sqrt()
    assert told.item() == pytest.approx(values.std().item(), rel=0.2)


def test_sets_that_are_too_small_are_refused():
    with pytest.raises(ValueError, match="20 features are needed, not 19 and 40"):
        kernel_distance(samples(19, 2, 0), samples(40, 2, 1))
    with pytest.raises(ValueError, match="at least 2 features are needed, not 1 and 40"):
        frechet_distance(samples(1, 2, 0), samples(40, 2, 1))
