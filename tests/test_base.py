"""What models take from diffusers and what they leave."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from tests.test_loading import tiny_model
from tests.tiny_runs import ROOT

# Building the page makes the pictures that it opens with.
STARTS = """
import inspect, sys
import app
print("torch._dynamo" in sys.modules, inspect.getfile(app) == app.__file__)
import torch
print(torch.compile(lambda x: x + 1, backend="eager")(torch.ones(1)).item())
"""


def test_a_model_goes_to_a_device_a_dtype_and_a_layout():
    model = tiny_model()
    assert model.device == torch.device("cpu")
    assert model.to(torch.float64) is model and model.dtype == torch.float64
    assert model.to("meta").device == torch.device("meta")


def test_a_model_that_diffusers_offloads_is_left_to_it():
    model = tiny_model()
    model.enable_group_offload(onload_device=torch.device("cpu"), offload_type="leaf_level")
    assert model.device == torch.device("cpu")
    assert model.to("meta").device == torch.device("cpu")  # diffusers says so, and moves nothing


@pytest.mark.slow
def test_the_page_opens_without_torchs_compiler():
    pytest.importorskip("gradio")
    done = subprocess.run(
        [sys.executable, "-c", STARTS], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.stdout.split()[-3:] == ["False", "True", "2.0"], done.stderr


def test_an_index_of_any_integer_type_names_a_domain():
    model = tiny_model()
    for index in (1, np.int64(1), torch.tensor(1)):
        assert model.domain_index(index) == 1
    for other in (True, 1.0, -1, np.int64(9), None):
        with pytest.raises(ValueError, match="is unknown; this model has"):
            model.domain_index(other)
