import numpy as np
import pytest
import torch
from PIL import Image

from munit_hub import MunitModel, TranslationOutput, TranslationPipeline, TunitModel, UnitModel
from munit_hub.image_processor import to_pil, to_tensor
from tests.tiny_models import tiny_model

STYLE_DIM = 5


def tiny_pipeline(**config):
    torch.manual_seed(0)
    tiny = {"base_width": 4, "num_residual_blocks": 1, "mlp_width": 8, "style_dim": STYLE_DIM}
    return TranslationPipeline(MunitModel(**tiny | {"domain_names": ["cat", "dog"]} | config))


def picture(size=(32, 24), seed=0):
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(values)


def pixels(images):
    return [np.asarray(image).tolist() for image in images]


@pytest.fixture(scope="module")
def pipe():
    return tiny_pipeline()


def test_the_pictures_are_what_the_model_decodes(pipe):
    out = pipe(picture(), "dog", num_styles=3, seed=7)
    assert isinstance(out, TranslationOutput)
    assert out.styles.shape == (3, STYLE_DIM)
    with torch.no_grad():
        content = pipe.model.encode_content(to_tensor(picture())[None], "cat")
        decoded = pipe.model.decode(content.expand(3, -1, -1, -1), out.styles, "dog")
    assert pixels(out.images[0]) == pixels(to_pil(x) for x in decoded)
    first, second, third = pixels(out.images[0])
    assert first != second != third != first


def test_images_and_styles_unpack(pipe):
    images, styles = pipe([picture(), picture(seed=1)], target="dog", num_styles=2)
    assert [len(each) for each in images] == [2, 2] and len(styles) == 2


def test_every_kind_of_source_gives_the_same(pipe, tmp_path):
    path = tmp_path / "p.png"
    picture().save(path)
    sources = [path, str(path), picture(), np.asarray(picture()), [picture()], (path,)]
    results = [pixels(pipe(source, "dog", seed=1).images[0]) for source in sources]
    assert all(result == results[0] for result in results)


def test_a_seed_gives_the_same_pictures_alone_or_in_a_list(pipe):
    pictures = [picture((20, 30), 1), picture(), picture((20, 30), 2)]
    together = pipe(pictures, "dog", num_styles=2, seed=3)
    for image, results in zip(pictures, together.images, strict=True):
        alone = pipe(image, "dog", num_styles=2, seed=3)
        assert pixels(alone.images[0]) == pixels(results)
        assert torch.equal(alone.styles, together.styles)


def test_seeds_differ_and_no_seed_differs_each_time(pipe):
    def styles(seed):
        return pipe(picture(), "dog", num_styles=2, seed=seed).styles

    assert torch.equal(styles(1), styles(1))
    assert not torch.equal(styles(1), styles(2))
    assert not torch.equal(styles(None), styles(None))


def test_the_first_styles_of_a_seed_do_not_depend_on_how_many_follow(pipe):
    many = pipe(picture(), "dog", num_styles=20, seed=5)
    for number in (1, 3):
        few = pipe(picture(), "dog", num_styles=number, seed=5)
        assert torch.equal(few.styles, many.styles[:number])


def test_the_global_generator_is_used_only_without_a_seed(pipe):
    state = torch.get_rng_state()
    pipe(picture(), "dog", num_styles=2, seed=5)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("size", [(1, 1), (1, 70), (3, 2), (16, 16), (33, 50), (97, 41)])
def test_results_have_the_size_of_the_input(pipe, size):
    out = pipe(picture(size), "dog", num_styles=2)
    assert [image.size for image in out.images[0]] == [size, size]


def test_more_styles_than_one_pass_decodes(pipe):
    out = pipe(picture(), "dog", num_styles=19, seed=0)
    assert len(out.images[0]) == 19 == len(out.styles)
    last = pipe(picture(), "dog", styles=out.styles[18])
    difference = np.subtract(pixels(last.images[0]), pixels(out.images[0][18:]))
    assert np.abs(difference).max() <= 1  # a pass of one may round otherwise than a pass of three


def test_the_content_is_encoded_once_for_all_styles(monkeypatch):
    pipe = tiny_pipeline()
    calls = []
    encode = pipe.model.encode_content
    monkeypatch.setattr(
        pipe.model, "encode_content", lambda *args: calls.append(args) or encode(*args)
    )
    pipe([picture(), picture()], "dog", num_styles=19)
    assert len(calls) == 2


def test_a_decoder_encodes_once_and_gives_what_a_call_gives(monkeypatch):
    pipe = tiny_pipeline()
    called = []
    encode = pipe.model.encode_content
    monkeypatch.setattr(pipe.model, "encode_content", lambda *a: called.append(1) or encode(*a))
    decode = pipe.decoder(picture((30, 21)), "dog")
    styles = torch.randn(9, STYLE_DIM)
    made = [decode(styles.tolist()), decode(styles)]
    assert called == [1]
    expected = pixels(pipe(picture((30, 21)), "dog", styles=styles).images[0])
    assert [pixels(images) for images in made] == [expected] * 2
    with pytest.raises(ValueError, match=f"styles must be of shape.*{STYLE_DIM}"):
        decode([[0.0]])


def test_the_style_of_a_picture_is_the_one_that_a_reference_gives(pipe):
    references = [picture(seed=1), picture((40, 40), 2)]
    expected = pipe(picture(), "dog", reference=references).styles
    found = pipe.encode_style(references, "dog")
    assert torch.equal(found, expected) and not torch.equal(found[0], found[1])
    with pytest.raises(ValueError, match="bird.*cat, dog"):
        pipe.encode_style(picture(), "bird")


def test_given_styles_give_the_pictures_that_they_gave_before(pipe):
    out = pipe(picture(), "dog", num_styles=3, seed=1)
    for styles in (out.styles, out.styles.numpy(), out.styles.tolist()):
        assert pixels(pipe(picture(), "dog", styles=styles).images[0]) == pixels(out.images[0])
    one = pipe(picture(), "dog", styles=out.styles[0])
    assert len(one.images[0]) == 1 and one.styles.shape == (1, STYLE_DIM)


def test_the_styles_are_ordinary_tensors(pipe):
    for out in (pipe(picture(), "dog"), pipe(picture(), "dog", reference=picture(seed=1))):
        weight = torch.ones(STYLE_DIM, requires_grad=True)
        (out.styles * weight).sum().backward()
        assert torch.equal(weight.grad, out.styles.sum(0))


def test_references_give_their_styles_in_the_target_domain(pipe):
    references = [picture(seed=1), picture((20, 44), seed=2)]
    out = pipe([picture()], "dog", reference=references)
    with torch.no_grad():
        expected = [pipe.model.encode_style(to_tensor(r)[None], "dog") for r in references]
    assert torch.equal(out.styles, torch.cat(expected))
    assert len(out.images[0]) == 2
    alone = pipe(picture(), "dog", reference=references[1])
    assert torch.equal(alone.styles, out.styles[1:])


def test_a_tiny_reference_has_a_style(pipe):
    assert pipe(picture(), "dog", reference=picture((1, 3))).styles.isfinite().all()


def test_source_is_the_other_domain_unless_given(pipe):
    styles = torch.zeros(STYLE_DIM)
    assert pixels(pipe(picture(), "dog", styles=styles).images[0]) == pixels(
        pipe(picture(), 1, 0, styles=styles).images[0]
    )
    within = pipe(picture(), "dog", source="dog", styles=styles)
    assert pixels(within.images[0]) != pixels(pipe(picture(), "dog", styles=styles).images[0])


def test_a_model_of_three_domains_needs_the_source():
    pipe = tiny_pipeline(channels=[3, 3, 3], domain_names=["cat", "dog", "owl"])
    assert pipe(picture(), "owl", source="cat").images[0][0].size == (32, 24)
    with pytest.raises(ValueError, match="source must be one of .*: cat, dog, owl"):
        pipe(picture(), "owl")


def test_a_grey_domain_reads_and_gives_grey():
    pipe = tiny_pipeline(channels=[1, 3])
    assert pipe(picture(), "cat").images[0][0].mode == "L"
    to_dog = pipe(picture(), "dog", seed=0).images[0]
    assert to_dog[0].mode == "RGB"
    assert pixels(to_dog) == pixels(pipe(picture().convert("L"), "dog", seed=0).images[0])
    assert pipe(picture(), "cat", reference=picture(seed=1)).images[0][0].mode == "L"


def test_interpolation_is_a_straight_line_with_both_ends(pipe):
    s0, s1 = torch.randn(2, STYLE_DIM)
    out = pipe.interpolate(picture(), "dog", styles=(s0, s1), steps=5)
    assert len(out.images) == 1 and len(out.images[0]) == 5
    assert torch.equal(out.styles[0], s0) and torch.equal(out.styles[4], s1)
    torch.testing.assert_close(out.styles[1], 0.75 * s0 + 0.25 * s1)
    stacked = pipe.interpolate(picture(), "dog", torch.stack([s0, s1]), 5, source="cat")
    assert pixels(stacked.images[0]) == pixels(out.images[0])


@pytest.mark.parametrize("wrap", [np.asarray, lambda p: p, lambda p: [np.asarray(p)]])
def test_a_model_without_styles_ignores_a_reference_of_any_kind(wrap, caplog):
    pipe = TranslationPipeline(UnitModel(base_width=4, num_residual_blocks=1))
    out = pipe(picture(), "b", reference=wrap(picture(seed=1)))
    assert pixels(out.images[0]) == pixels(pipe(picture(), "b").images[0])
    assert caplog.text.count("makes one picture of each input") == 1


@pytest.mark.parametrize("styles", [torch.zeros(2, 0), torch.zeros(2, 8), None])
def test_interpolating_without_styles_gives_the_one_picture_and_a_word(styles, caplog):
    pipe = TranslationPipeline(UnitModel(base_width=4, num_residual_blocks=1))
    out = pipe.interpolate(picture(), "b", styles, steps=5)
    assert pixels(out.images[0]) == pixels(pipe(picture(), "b").images[0])
    assert out.styles.shape == (1, 0)
    assert caplog.text.count("makes one picture of each input") == 1


def test_from_pretrained_gives_the_same_pictures(pipe, tmp_path):
    pipe.model.save_pretrained(tmp_path)
    again = TranslationPipeline.from_pretrained(tmp_path)
    expected = pipe(picture(), "dog", num_styles=2, seed=0).images[0]
    assert pixels(again(picture(), "dog", num_styles=2, seed=0).images[0]) == pixels(expected)
    assert again.to("cpu") is again


def test_half_precision_models_translate(tmp_path):
    pipe = tiny_pipeline()
    pipe.model.to(torch.bfloat16)
    out = pipe(picture(), "dog", num_styles=2, seed=0)
    assert out.styles.dtype == torch.float32 and len(out.images[0]) == 2


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_seed_is_a_seed_on_every_device():
    pipe = tiny_pipeline()
    here = pipe(picture(), "dog", num_styles=3, seed=0)
    there = pipe.to("cuda")(picture(), "dog", num_styles=3, seed=0)
    assert torch.equal(here.styles, there.styles)
    difference = np.subtract(pixels(here.images[0]), pixels(there.images[0]))
    assert np.abs(difference).mean() < 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target": "cow"}, "Domain 'cow' is unknown; .* cat, dog"),
        ({"source": "cow"}, "Domain 'cow' is unknown; .* cat, dog"),
        ({"target": 2}, "Domain 2 is unknown"),
        ({"num_styles": 0}, "num_styles must be a whole number from 1 to 1000, not 0"),
        ({"num_styles": 1001}, "num_styles .* not 1001"),
        ({"num_styles": 2.0}, "num_styles .* not 2.0"),
        ({"num_styles": "3"}, "num_styles .* not '3'"),
        ({"num_styles": True}, "num_styles .* not True"),
        ({"seed": -1}, "seed must be a whole number from 0"),
        ({"seed": 2**63}, "seed must be"),
        ({"seed": "x"}, "seed must be"),
        ({"styles": torch.zeros(2, 4)}, r"styles must be of shape \(5,\) or .* not \(2, 4\)"),
        ({"styles": torch.zeros(1, 2, 5)}, "styles must be of shape"),
        ({"styles": torch.zeros(0, 5)}, "styles must be of shape"),
        ({"styles": "red"}, "styles must be numbers"),
        ({"styles": [[1.0], [1.0, 2.0]]}, "styles must be numbers"),
        ({"styles": [float("nan")] * 5}, "styles must be finite"),
        ({"styles": [1e39] * 5}, "styles must be"),
        ({"styles": [0.0] * 5, "seed": 1}, "seed and styles exclude each other"),
        ({"styles": [0.0] * 5, "num_styles": 2}, "num_styles and styles exclude"),
        ({"styles": [0.0] * 5, "reference": picture()}, "styles and reference exclude"),
        ({"reference": picture(), "num_styles": 2, "seed": 1}, "num_styles and seed and ref"),
        ({"images": []}, "images is empty"),
        ({"reference": []}, "reference is empty"),
        ({"images": None}, "images must be a path"),
        ({"images": [picture(), 5]}, r"images\[1\] must be a path"),
        ({"reference": [picture(), 5]}, r"reference\[1\] must be a path"),
        ({"images": "nothing.png"}, r"nothing\.png does not exist"),
        ({"max_pixels": 100}, "images is too large at 32 x 24 .* 100 pixels"),
        ({"images": picture((5, 5)), "reference": picture(), "max_pixels": 100}, "reference is"),
    ],
)
def test_what_cannot_be_done_is_refused(pipe, arguments, message):
    with pytest.raises(ValueError, match=message):
        pipe(**{"images": picture(), "target": "dog"} | arguments)


@pytest.mark.parametrize(
    ("styles", "steps", "message"),
    [
        (torch.zeros(2, 5), 1, "steps must be a whole number from 2"),
        (torch.zeros(3, 5), 4, "styles must be two"),
        (torch.zeros(2, 3, 5), 4, "styles must be two of shape"),
        (([0.0] * 5, [0.0] * 4), 4, r"shape \(5,\)"),
        (7, 4, "styles must be two"),
    ],
)
def test_interpolations_that_cannot_be_done_are_refused(pipe, styles, steps, message):
    with pytest.raises(ValueError, match=message):
        pipe.interpolate(picture(), "dog", styles, steps)


def test_a_lower_precision_is_chosen_and_differs_by_few_levels(pipe):
    exact = np.asarray(pipe(picture(), "dog", seed=1).images[0][0], int)
    for precision in ("bf16", "auto"):
        rough = TranslationPipeline(pipe.model, precision)(picture(), "dog", seed=1)
        assert np.abs(np.asarray(rough.images[0][0], int) - exact).mean() < 3
    with pytest.raises(ValueError, match="precision='half' is unknown; allowed: auto, fp32, bf16"):
        TranslationPipeline(pipe.model, "half")


def test_a_model_in_training_is_put_in_eval_mode():
    model = tiny_model(TunitModel).train()
    before = {name: buffer.clone() for name, buffer in model.named_buffers()}
    TranslationPipeline(model)(Image.new("RGB", (32, 32)), reference=Image.new("RGB", (32, 32)))
    assert all(torch.equal(before[name], buffer) for name, buffer in model.named_buffers())


def test_styles_may_be_a_list_of_tensors(pipe):
    picture, styles = Image.new("RGB", (20, 16)), pipe.model.sample_style(2)
    made = pipe(picture, "dog", styles=list(styles))
    assert torch.equal(made.styles, styles) and len(made.images[0]) == 2
