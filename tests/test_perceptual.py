import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from training.perceptual import PerceptualLoss, Vgg16Features, load_vgg16


@pytest.fixture(scope="module")
def network():
    """VGG16 with random weights that keep the size of what flows through it."""
    torch.manual_seed(0)
    network = Vgg16Features().eval()
    for conv in network.features.values():
        torch.nn.init.kaiming_normal_(conv.weight)
    return network


@pytest.fixture
def images():
    generator = torch.Generator().manual_seed(1)
    return torch.rand(2, 2, 3, 32, 48, generator=generator) * 2 - 1


def test_the_features_are_relu5_3_of_vgg16(network, images):
    layers = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]
    convs = iter(network.features.values())
    h = (images[0] + 1) / 2
    h = (h - torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)) / torch.tensor(
        [0.229, 0.224, 0.225]
    ).view(3, 1, 1)
    for block, (width, count) in enumerate(layers):
        h = F.max_pool2d(h, 2) if block else h
        for _ in range(count):
            conv = next(convs)
            assert conv.out_channels == width and conv.kernel_size == (3, 3)
            h = conv(h).relu()
    torch.testing.assert_close(network(images[0]), h)
    assert h.shape == (2, 512, 2, 3)


def test_the_loss_is_the_squared_distance_of_normalised_features(network, images):
    def normalised(x):
        h = network(x)
        variance, mean = torch.var_mean(h, (2, 3), keepdim=True, correction=0)
        return (h - mean) / (variance + 1e-5).sqrt()

    x, y = images
    wanted = (normalised(x) - normalised(y)).square().mean()
    torch.testing.assert_close(PerceptualLoss(network)(x, y), wanted, rtol=1e-4, atol=0)
    assert PerceptualLoss(network)(x, x) == 0


def test_the_gradient_reaches_the_images_and_not_the_network(network, images):
    x, y = images[0].requires_grad_(), images[1]
    PerceptualLoss(network)(x, y).backward()
    assert x.grad.abs().sum() > 0
    assert all(p.grad is None and not p.requires_grad for p in network.parameters())


def test_one_channel_is_three_alike(network, images):
    grey = images[0][:, :1]
    torch.testing.assert_close(network(grey), network(grey.expand(-1, 3, -1, -1)))


def test_weights_of_a_whole_vgg16_are_read(network, tmp_path):
    state = network.state_dict() | {"head.fc.weight": torch.zeros(2, 2)}
    save_file(state, tmp_path / "model.safetensors")
    loaded = load_vgg16(tmp_path)
    torch.testing.assert_close(loaded.features["28"].weight, network.features["28"].weight)
    del state["features.28.weight"]
    save_file(state, tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match=r"is no VGG16: features.28.weight \(512, 512, 3, 3\) is"):
        load_vgg16(tmp_path)
