import pytest
import torch

from training.metrics.neighbours import density_and_coverage, nearest, precision_and_recall

# On a line; the balls to the nearest other one have radii 1, 1, 2 and 4.
REAL = torch.tensor([0.0, 1, 3, 7]).double()[:, None]
MADE = torch.tensor([0.5, 100.0]).double()[:, None]


def test_density_and_coverage_of_points_made_by_hand():
    density, coverage = density_and_coverage(REAL, MADE, k=1)
    assert density == 2 / 2  # 0.5 is in two balls, 100 in none
    assert coverage == 2 / 4


def test_precision_and_recall_of_points_made_by_hand():
    assert precision_and_recall(REAL, MADE, k=1) == (0.5, 1.0)  # made balls have radius 99.5
    assert precision_and_recall(REAL, REAL + 50, k=1) == (0.0, 0.0)


def test_equal_distributions_have_a_density_of_one_and_are_covered():
    x, y = torch.randn(2, 1500, 2, generator=torch.Generator().manual_seed(0)).double()
    density, coverage = density_and_coverage(x, y)  # in several chunks
    assert density == pytest.approx(1, abs=0.06)
    assert coverage == pytest.approx(1 - 2**-5, abs=0.02)  # Naeem et al. 2020, Lemma 2
    assert precision_and_recall(x, x) == (1, 1)


def test_the_nearest_ones_and_their_distances():
    distances, numbers = nearest(MADE, REAL, 2)
    assert sorted(numbers[0].tolist()) == [0, 1] and numbers[1].tolist() == [3, 2]
    assert distances.tolist() == [[0.5, 0.5], [93, 97]]


def test_fewer_points_than_neighbours_are_refused():
    with pytest.raises(ValueError, match="More than 5 features are needed .* not 4"):
        density_and_coverage(REAL, MADE)
