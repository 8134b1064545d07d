"""Clips: their frames, times and sound, one frame in memory at a time."""

import builtins
import weakref
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from munit_hub.bulk.clips import stamp_of_clip, translate_clip
from munit_hub.bulk.files import translate_files
from munit_hub.bulk.inputs import Item
from munit_hub.bulk.work import Translator, Work
from tests.tiny_work import tree

pytest.importorskip("av", reason="clips need PyAV")

import av

from tests.clips import frames, packets, write_clip


def two_of(picture):
    return [picture, Image.eval(picture, lambda value: 255 - value)]


def translated(source, folder, translate=two_of):
    outputs = [folder / "out" / f"{n}.mp4" for n in (1, 2)]
    translate_clip(source, translate, outputs, ["s1", "s2"], ["one", "two"])
    return outputs


def test_each_style_is_a_clip_of_the_same_frames_times_and_sound(tmp_path):
    source = write_clip(tmp_path / "a.mp4")
    same, inverted = translated(source, tmp_path)
    for path, of in ((same, lambda x: x), (inverted, lambda x: 255 - x)):
        assert packets(path, "audio") == packets(source, "audio") != []
        pairs = zip(frames(path), frames(source), strict=True)
        for (time, made), (when, given) in pairs:
            assert time == pytest.approx(when) and made.shape == given.shape
            assert np.abs(made.astype(int) - of(given.astype(int))).mean() < 3
    assert stamp_of_clip(inverted) == ("s2", True) and tree(tmp_path / "out") == ["1.mp4", "2.mp4"]


def test_times_that_are_not_regular_are_kept(tmp_path):
    source = write_clip(tmp_path / "a.mkv", times=[0, 1, 5, 6, 20], sound="libopus")
    for path in translated(source, tmp_path):
        times = [time for time, _ in frames(path)]
        assert times == pytest.approx([time for time, _ in frames(source)], abs=1e-3)
        assert times[-1] - times[0] == pytest.approx(20 / 12.5, abs=1e-3)
        assert packets(path, "audio") == packets(source, "audio")


def test_an_odd_size_gets_its_last_row_and_column_twice(tmp_path):
    source = write_clip(tmp_path / "a.mkv", size=(31, 23), sound=None)
    seen = []
    path, _ = translated(source, tmp_path, lambda picture: seen.append(picture) or two_of(picture))
    assert {picture.size for picture in seen} == {(31, 23)}
    assert frames(path)[0][1].shape == (24, 32, 3) and len(frames(path)) == 5


def test_frames_that_are_made_smaller_make_a_smaller_clip(tmp_path):
    source = write_clip(tmp_path / "a.mkv", size=(64, 48), sound=None)
    path = tmp_path / "b.mp4"
    translate_clip(source, lambda picture: [picture.resize((20, 15))], [path], ["s"], ["one"], 20)
    assert {frame.shape for _, frame in frames(path)} == {(16, 20, 3)}


def test_a_clip_that_lies_on_its_side_is_translated_upright(tmp_path):
    source, seen = write_clip(tmp_path / "a.mp4", turned=90), []
    path, _ = translated(source, tmp_path, lambda picture: seen.append(picture) or two_of(picture))
    upright = np.asarray(seen[0])
    assert upright.shape == (32, 24, 3) and upright[:, :10].min() > 200 > 50 > upright[:, 14:].max()
    _, made = frames(path)[0]
    assert made.shape == (32, 24, 3) and made[:, :10].min() > 200


def test_sound_that_mp4_cannot_hold_is_left_out(tmp_path):
    source = write_clip(tmp_path / "a.mov", sound="pcm_mulaw")
    path, _ = translated(source, tmp_path)
    with pytest.raises(ValueError):
        packets(path, "audio")
    assert len(frames(path)) == 5


def test_a_long_clip_is_no_more_memory_than_a_short_one(tmp_path):
    source = write_clip(tmp_path / "a.mp4", times=range(60))
    seen, most = [], []

    def watched(picture):
        made = two_of(picture)
        seen.extend(map(weakref.ref, [picture, *made]))
        most.append(sum(ref() is not None for ref in seen))
        return made

    translated(source, tmp_path, watched)
    assert len(most) == 60 and max(most) <= 6


@pytest.mark.parametrize("content", [b"no clip", b""])
def test_what_is_no_clip_leaves_nothing(tmp_path, content):
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.mp4 is not a clip that can be read to its end"):
        translated(tmp_path / "a.mp4", tmp_path)
    assert tree(tmp_path) == ["a.mp4"]


def test_a_stop_in_the_middle_leaves_no_half_clip(tmp_path):
    seen = []

    def stopped(picture):
        seen.append(picture)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return two_of(picture)

    with pytest.raises(KeyboardInterrupt):
        translated(write_clip(tmp_path / "a.mp4"), tmp_path, stopped)
    assert tree(tmp_path) == ["a.mp4"]


def test_a_clip_among_files_is_passed_over_once_it_is_there(tmp_path, translate):
    item = Item(write_clip(tmp_path / "a.mp4"), Path("a"))
    out = tmp_path / "out"
    assert [o.made for o in translate_files([item], translate, out)] == [2]
    assert [o.made for o in translate_files([item], translate, out)] == [0]
    write_clip(out / "a-1.mp4")
    (outcome,) = translate_files([item], translate, out)
    assert "a-1.mp4 is there, of another command or input" in outcome.failure


def test_a_clip_is_made_smaller_by_the_same_work(tmp_path, saved_model):
    item = Item(write_clip(tmp_path / "a.mp4", size=(64, 48)), Path("a"))
    translate = Translator(Work(saved_model, "fruit", longest_side=20))
    (outcome,) = translate_files([item], translate, tmp_path / "out")
    assert not outcome.failure
    assert {frame.shape for _, frame in frames(tmp_path / "out" / "a-1.mp4")} == {(16, 20, 3)}


def test_without_pyav_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **options):
        if name.split(".")[0] == "av":
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match=r'pip install "munit_hub\[video\]"'):
        translated(tmp_path / "a.mp4", tmp_path)


def test_what_is_large_and_untold_is_seen_as_players_show_it(tmp_path):
    source = tmp_path / "a.mp4"
    with av.open(str(source), "w") as clip:
        track = clip.add_stream("libx264", rate=25)
        track.width, track.height, track.pix_fmt = 720, 720, "yuv420p"
        red = av.VideoFrame.from_image(Image.new("RGB", (720, 720), (200, 40, 60)))
        clip.mux(track.encode(red.reformat(format="yuv420p", dst_colorspace=1)))
        clip.mux(track.encode())
    with av.open(str(source)) as clip:
        assert clip.streams.video[0].codec_context.colorspace == 2  # nobody told
    seen = []
    translated(source, tmp_path, lambda picture: seen.append(picture) or two_of(picture))
    assert np.abs(np.asarray(seen[0]).astype(int) - (200, 40, 60)).max() < 6


def test_pixels_keep_their_shape_and_colours_their_matrix(tmp_path):
    red = Image.new("RGB", (32, 24), (200, 30, 60))
    for turned, wanted in ((0, Fraction(4, 3)), (90, Fraction(3, 4))):
        source = write_clip(
            tmp_path / f"{turned}.mp4", turned=turned, pixel=Fraction(4, 3), matrix=1, sound=None
        )
        path, _ = translated(source, tmp_path / str(turned), lambda picture: [red, red])
        with av.open(str(path)) as clip:
            (stream,) = clip.streams
            assert stream.sample_aspect_ratio == wanted
            assert (stream.codec_context.colorspace, stream.codec_context.color_range) == (1, 1)
            shown = np.asarray(next(clip.decode(stream)).to_image()).astype(int)
        assert np.abs(shown - (200, 30, 60)).max() < 6
