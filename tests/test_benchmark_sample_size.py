import numpy as np
import torch

from benchmarks.sample_size import SIZES, curve, plot, table


def test_the_distance_of_equal_distributions_falls_with_the_number_of_images(tmp_path):
    x = torch.randn(2 * max(SIZES), 16, generator=torch.Generator().manual_seed(0)).double()
    found = curve(x, None, draws=3, seed=0)
    means = [np.mean(found[n]) for n in SIZES]
    assert means == sorted(means, reverse=True) and means[0] > 10 * means[-1] > 0
    # Far apart, the number hardly matters.
    apart = curve(x, x + 10, draws=2, seed=0)
    assert np.mean(apart[SIZES[0]]) < 1.05 * np.mean(apart[SIZES[-1]])
    curves = {"alike": found, "apart": apart}
    lines = table(curves).splitlines()
    assert lines[0] == "| n of each | alike | apart |" and len(lines) == 2 + len(SIZES)
    plot(curves, tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 1000
