from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.needs import need
from training.metrics.alexnet import AlexNetFeatures
from training.metrics.features import FeatureExtractor, load_features, resized
from training.metrics.inception import FILE_NAME, FidInception, Mixed

WEIGHTS = Path(__file__).parents[2] / "shared" / "weights" / "lpips_alex"


def test_alexnet_gives_256_numbers_whatever_the_batch_and_the_size():
    need(WEIGHTS.is_dir(), "../shared/weights")
    features = load_features("alexnet", WEIGHTS)
    images = torch.rand(3, 3, 40, 64) * 2 - 1
    whole = features(images)
    assert whole.shape == (3, 256) and whole.dtype == torch.float64 and (whole >= 0).all()
    one_by_one = torch.cat([features(x) for x in images.split(1)])
    torch.testing.assert_close(whole, one_by_one, rtol=1e-5, atol=1e-6)
    grey = images[:, :1]
    torch.testing.assert_close(features(grey), features(grey.expand(-1, 3, -1, -1)))
    assert features.described() == (
        "alexnet, spatial means of conv5 after ReLU (256), at 128 pixels, bilinear"
    )


def test_images_go_to_the_device_of_the_network(monkeypatch):
    need(WEIGHTS.is_dir(), "../shared/weights")
    gpu, moved = torch.device("cuda"), []  # whether there is one or not: nothing moves
    for kind in (torch.Tensor, torch.nn.Module):
        monkeypatch.setattr(kind, "to", lambda self, *to: moved.append((type(self), *to)) or self)
    features = load_features("alexnet", WEIGHTS, gpu)
    assert moved == [(AlexNetFeatures, gpu)]
    features(torch.zeros(60, 3, 32, 32))
    assert moved[1:] == [(torch.Tensor, gpu)] * 2


def test_batches_of_a_stream_are_small():
    seen = []
    watcher = FeatureExtractor("", "", "", lambda x: seen.append(len(x)) or x.mean((2, 3)))
    assert watcher(torch.zeros(120, 3, 4, 4)).shape == (120, 3)
    assert seen == [50, 50, 20]


def test_a_smaller_picture_is_an_average_and_not_a_choice_of_pixels():
    stripes = torch.tensor([1.0, -1.0, -1.0, -1.0]).repeat(32).expand(1, 3, 128, 128)
    assert (resized(stripes, 32)[..., 4:-4] + 0.5).abs().max() < 0.2  # their mean, not -1


@pytest.fixture(scope="module")
def inception():
    torch.manual_seed(0)
    return FidInception().eval()


def test_inception_is_as_large_as_the_published_network(inception):
    # Inception v3 without its classifiers: 27,161,264 - 3,326,696 - 2,049,000.
    assert sum(parameter.numel() for parameter in inception.parameters()) == 21_785_568
    assert inception(torch.zeros(1, 3, 299, 299)).shape == (1, 2048)


@pytest.mark.parametrize("suffix", [".pth", ""])
def test_inception_takes_the_public_file_and_a_folder(inception, tmp_path, suffix):
    state = inception.state_dict() | {"fc.weight": torch.zeros(2, 2)}  # the public file has one
    if suffix == ".pth":
        torch.save(state, path := tmp_path / "weights.pth")
    else:
        save_file(state, (path := tmp_path) / FILE_NAME)
    images = torch.rand(1, 3, 96, 96) * 2 - 1
    found = load_features("inception", path)(images)
    with torch.inference_mode():
        torch.testing.assert_close(found, inception(resized(images, 299)).double())


def test_inception_refuses_weights_of_something_else(inception, tmp_path):
    state = inception.state_dict()
    del state["Mixed_7c.branch_pool.conv.weight"]
    save_file(state, tmp_path / FILE_NAME)
    with pytest.raises(ValueError, match="FID's Inception v3: .*Missing.*branch_pool"):
        load_features("inception", tmp_path)


def test_the_mixed_blocks_pool_as_the_2015_graph_does(inception):
    block = Mixed(1, [], "avg", 1).eval()
    torch.nn.init.ones_(block.branch_pool.conv.weight)
    pooled = block(torch.ones(1, 1, 4, 4))
    torch.testing.assert_close(pooled, pooled[..., :1, :1].expand(1, 1, 4, 4))  # borders as well
    assert [inception.Mixed_7b.pool, inception.Mixed_7c.pool] == ["avg", "max"]


def test_dinov2_gives_its_class_token(tmp_path):
    need(find_spec("transformers"), "transformers")
    import transformers

    torch.manual_seed(0)
    config = transformers.Dinov2Config(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=2, image_size=28
    )
    network = transformers.Dinov2Model(config).eval()
    network.save_pretrained(tmp_path)
    images = torch.rand(2, 3, 224, 224)
    found = load_features("dinov2", tmp_path)(images * 2 - 1)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    with torch.inference_mode():
        normalised = (images - mean[:, None, None]) / std[:, None, None]
        torch.testing.assert_close(found, network(normalised).pooler_output.double())


def test_an_unknown_network_is_refused():
    with pytest.raises(
        ValueError, match="Features are of alexnet, inception, dinov2, not of 'vgg'"
    ):
        load_features("vgg", "x")
