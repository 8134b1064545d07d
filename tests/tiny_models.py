"""A tiny random model of every system, the same for the same seed."""

import torch

from munit_hub import BicycleGanModel, CycleGanModel, MunitModel, TunitModel, UnitModel

WIDTH = {"base_width": 4, "num_residual_blocks": 1}
TUNIT = {"guide_width": 2, "style_dim": 4, "mlp_width": 8, "num_downsamples": 1}
DOMAINS = {"channels": [3, 3], "domain_names": ["edges", "fruit"]}
OPTIONS = {
    MunitModel: {"mlp_width": 8},
    UnitModel: {},
    CycleGanModel: {},
    BicycleGanModel: {},
    TunitModel: TUNIT,
}


def tiny_model(model_class=MunitModel, seed=0):
    """A random model from edges to fruit; of TUNIT, domains with some mean style each."""
    torch.manual_seed(seed)
    model = model_class(**WIDTH, **DOMAINS, **OPTIONS[model_class])
    if model_class is TunitModel:
        model.measure_domains([torch.rand(16, 3, 32, 32) * 2 - 1])
    return model.eval()


def same_weights(one, other):
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(key == k and torch.equal(value, v) for (key, value), (k, v) in pairs)
