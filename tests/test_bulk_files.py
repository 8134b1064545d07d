"""Folders of pictures: whole results or none, passed over when they are there."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from munit_hub import TranslationPipeline
from munit_hub.bulk import work
from munit_hub.bulk.files import translate_files
from munit_hub.bulk.inputs import Item, find_items
from munit_hub.bulk.work import Translator, Work
from munit_hub.drawings import clean_drawing
from tests.tiny_models import tiny_model
from tests.tiny_work import draw, tree


@pytest.fixture
def items(tmp_path):
    draw(tmp_path / "in" / "a.png", 0)
    draw(tmp_path / "in" / "sub" / "b.jpg", 1, size=(33, 18))
    return find_items([str(tmp_path / "in")], tmp_path / "out")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


ALL = ["a-1.png", "a-2.png", "sub/b-1.png", "sub/b-2.png"]


def results(*options, **more):
    return [(outcome.made, outcome.failure) for outcome in translate_files(*options, **more)]


def times(folder):
    return {name: (folder / name).stat().st_mtime_ns for name in tree(folder)}


def test_the_results_are_those_of_the_pipeline(items, translate, saved_model, out):
    assert results(items, translate, out) == [(2, ""), (2, "")] and tree(out) == ALL
    pipe = TranslationPipeline.from_pretrained(saved_model)
    expected = pipe([i.source for i in items], target="fruit", num_styles=2, seed=0).images
    for item, pictures in zip(items, expected, strict=True):
        for path, picture in zip(item.outputs(out, 2), pictures, strict=True):
            with Image.open(path) as made:
                assert np.array_equal(np.asarray(made), np.asarray(picture))
                assert made.text["Description"].startswith("Made by m into fruit: seed 0, style")


def test_what_is_there_is_passed_over_and_what_is_missing_or_torn_is_made(items, translate, out):
    results(items, translate, out)
    before = times(out)
    assert results(items, translate, out) == [(0, ""), (0, "")] and times(out) == before
    (out / ALL[0]).unlink()
    torn = (out / ALL[3]).read_bytes()
    (out / ALL[3]).write_bytes(torn[:-30])
    assert results(items, translate, out) == [(2, ""), (2, "")]
    assert (out / ALL[3]).read_bytes() == torn and tree(out) == ALL


def test_another_command_writes_over_nothing_unless_told(items, translate, saved_model, out):
    results(items, translate, out)
    draw(out / "a-1.png", 7)  # now a person's
    before = {name: (out / name).read_bytes() for name in ALL}
    other = Translator(Work(saved_model, "fruit", num_styles=2, seed=5))
    for made, failure in results(items, other, out):
        assert made == 0 and "is there, of another command or input; see --overwrite" in failure
    assert {name: (out / name).read_bytes() for name in ALL} == before
    assert results(items, other, out, overwrite=True) == [(2, ""), (2, "")]
    after = {name: (out / name).read_bytes() for name in ALL}
    assert not set(before.values()) & set(after.values())


@pytest.mark.parametrize("change", ["input", "model"])
def test_results_of_another_input_or_model_do_not_pass_for_these(
    items, translate, out, tmp_path, change
):
    results(items, translate, out)
    if change == "input":
        draw(items[0].source, 9)
    else:
        tiny_model(seed=3).save_pretrained(tmp_path / "m")
        translate = Translator(Work(str(tmp_path / "m"), "fruit", num_styles=2))
    assert "of another command or input" in results(items, translate, out)[0][1]


def test_a_broken_picture_is_left_out_and_the_next_is_made(items, translate, out):
    items[0].source.write_bytes(b"no picture")
    (made, failure), last = results(items, translate, out)
    assert made == 0 and failure.startswith(f"{items[0].source} is not a picture")
    assert last == (2, "") and tree(out) == ALL[2:]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_what_stops_in_the_middle_of_a_file_leaves_whole_ones_alone(
    items, translate, out, monkeypatch, error
):
    save, saved = Image.Image.save, []

    def half(picture, path, *args, **options):
        save(picture, path, *args, **options)
        saved.append(path)
        if len(saved) == 2:
            path.write_bytes(path.read_bytes()[:50])
            raise error

    monkeypatch.setattr(Image.Image, "save", half)
    with pytest.raises(type(error) if isinstance(error, OSError) else error):
        results(items, translate, out)
    assert tree(out) == ALL[:1]
    with Image.open(out / ALL[0]) as whole:
        whole.load()


def test_a_reference_is_the_style_of_every_picture(items, saved_model, out, tmp_path):
    exemplar = draw(tmp_path / "exemplar.png", 4)
    translate = Translator(Work(saved_model, "fruit", reference=exemplar))
    assert results(items, translate, out) == [(1, ""), (1, "")]
    pipe = TranslationPipeline.from_pretrained(saved_model)
    expected = pipe(items[1].source, target="fruit", reference=exemplar).images[0][0]
    with Image.open(out / "sub" / "b-1.png") as made:
        assert np.array_equal(np.asarray(made), np.asarray(expected))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"target": "cat"}, "edges, fruit"),
        ({"target": None}, "target must be one of"),
        ({"target": "fruit", "num_styles": 0}, "num_styles must be a whole number"),
        ({"target": "fruit", "precision": "fp8"}, "fp8"),
        ({"target": "fruit", "device": "abacus"}, "abacus"),
        ({"target": "fruit", "drawings": True}, "sample_size; .* tells none"),
    ],
)
def test_options_that_cannot_be_are_told_before_any_picture(saved_model, options, said):
    with pytest.raises(ValueError, match=said):
        Translator(Work(saved_model, **options))


def test_a_model_without_styles_makes_one_result(items, out, tmp_path):
    from munit_hub import UnitModel

    tiny_model(UnitModel).save_pretrained(tmp_path / "u")
    translate = Translator(Work(str(tmp_path / "u"), "fruit", num_styles=3))
    assert results(items, translate, out) == [(1, ""), (1, "")]
    assert tree(out) == ["a-1.png", "sub/b-1.png"]


@pytest.fixture
def learnt_at_32(tmp_path):
    """A model that tells its resolution, and a drawing of a frame, ten times as large."""
    work._tell_of_size.cache_clear()
    model = tiny_model()
    model.register_to_config(sample_size=32)
    model.save_pretrained(tmp_path / "at32")
    drawing = Image.new("RGB", (320, 320), "white")
    ImageDraw.Draw(drawing).rectangle((60, 60, 250, 250), outline="navy", width=9)
    return str(tmp_path / "at32"), drawing


def test_drawings_are_cleaned_to_the_size_that_the_model_learnt(learnt_at_32, caplog):
    model, drawing = learnt_at_32
    plain, cleaned = (Translator(Work(model, "fruit", drawings=d)) for d in (False, True))
    assert [one.size for one in cleaned(drawing)] == [(32, 32)] and not caplog.messages
    (expected,) = plain(clean_drawing(drawing, 32))
    assert np.array_equal(cleaned(drawing)[0], expected)
    assert plain.stamps("x") != cleaned.stamps("x")
    with pytest.raises(ValueError, match="drawing is empty"):
        cleaned(Image.new("RGB", (50, 50), "white"))


def test_a_clip_is_not_cleaned_as_a_drawing(learnt_at_32, tmp_path):
    clip = tmp_path / "in" / "film.mp4"
    clip.parent.mkdir()
    clip.write_bytes(b"never opened")
    translate = Translator(Work(learnt_at_32[0], "fruit", drawings=True))
    found = find_items([str(clip)], tmp_path / "out")
    (outcome,) = translate_files(found, translate, tmp_path / "out")
    assert outcome.failure == "a clip is no drawing: translate it without --drawings."


def test_pictures_far_larger_than_the_model_learnt_are_told_of_once(learnt_at_32, caplog):
    model, drawing = learnt_at_32
    translate = Translator(Work(model, "fruit"))
    assert [translate(drawing)[0].size for _ in range(2)] == [(320, 320)] * 2
    (told,) = caplog.messages
    assert "more than 96 pixels" in told and "--longest-side 32, or drawings with --draw" in told


def test_the_longest_side_is_made_smaller_first(learnt_at_32, caplog):
    model, drawing = learnt_at_32
    plain, smaller = (Translator(Work(model, "fruit", longest_side=n)) for n in (None, 48))
    wide = drawing.resize((320, 160))
    (made,) = smaller(wide)
    (expected,) = plain(wide.resize((48, 24), Image.Resampling.LANCZOS))
    assert np.array_equal(made, expected) and not caplog.messages
    assert [one.size for one in smaller(drawing.resize((20, 40)))] == [(20, 40)]
    assert plain.stamps("x") != smaller.stamps("x")
    assert "of at most 48 pixels a side" in smaller.work.described(0)
    with pytest.raises(ValueError, match="--longest-side must be at least 1, not 0"):
        Translator(Work(model, "fruit", longest_side=0))


def test_an_item_that_cannot_be_opened_is_told(translate, out, tmp_path):
    gone = Item(tmp_path / "gone.png", Path("gone"))
    assert "gone.png cannot be read" in results([gone], translate, out)[0][1]


def test_a_name_near_the_longest_is_made_and_one_beyond_it_told(translate, out, tmp_path):
    draw(tmp_path / "in" / f"{'a' * 246}.png", 0)
    draw(tmp_path / "in" / f"{'b' * 251}.png", 1)
    draw(tmp_path / "in" / "c.png", 2)
    items = find_items([str(tmp_path / "in")], out)
    said = "the names of its results would be too long"
    assert results(items, translate, out) == [(2, ""), (0, said), (2, "")]
