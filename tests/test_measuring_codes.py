import pytest
import torch

from training.measuring.codes import normality, plot_styles
from training.metrics.jackknife import standard_errors


def test_samples_of_the_prior_look_like_the_prior(tmp_path):
    codes = torch.randn(2000, 3, generator=torch.Generator().manual_seed(0))
    found = normality(codes)
    assert max(found["kolmogorov_smirnov"]) < 0.04 and min(found["kolmogorov_smirnov_p"]) > 0.01
    assert min(found["normal_shape_p"]) > 0.01 and found["largest_correlation"] < 0.1
    plot_styles(codes, "fruit", tmp_path / "styles.png")
    assert (tmp_path / "styles.png").stat().st_size > 1000


def test_every_way_to_differ_from_the_prior_is_seen():
    codes = torch.randn(2000, 3, generator=torch.Generator().manual_seed(0))
    codes[:, 0] *= 0.5  # a normal shape, but not N(0, 1)
    codes[:, 1] = codes[:, 1].sign() + 0.1 * codes[:, 2]  # two modes
    found = normality(codes)
    assert found["kolmogorov_smirnov_p"][0] < 1e-6 < found["normal_shape_p"][0]
    assert found["kolmogorov_smirnov_p"][1] < 1e-6 and found["normal_shape_p"][1] < 1e-6
    assert found["standard_deviation"][0] == pytest.approx(0.5, rel=0.05)
    assert found["largest_correlation"] > 0.05


def test_the_jackknife_knows_the_standard_error_of_a_mean():
    x = torch.randn(1000, 2, generator=torch.Generator().manual_seed(0)).double()
    found = [
        standard_errors(lambda x, y: {"mean": (x - y)[:, 0].mean().item()}, (x, 0 * x), seed)
        for seed in range(30)
    ]
    mean = torch.tensor([one["mean"] for one in found]).square().mean().sqrt()
    assert mean.item() == pytest.approx(x[:, 0].std().item() / 1000**0.5, rel=0.15)
