"""A clip -> a clip in every style: frame by frame, with its times and its sound."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from munit_hub.bulk.stamps import KEY
from munit_hub.files import written_beside
from munit_hub.image_processor import at_most

if TYPE_CHECKING:  # PyAV is there for those who have clips
    from av import AudioStream, Packet, VideoFrame, VideoStream
    from av.container import InputContainer, OutputContainer

Translate = Callable[[Image.Image], list[Image.Image]]


class Shape(NamedTuple):
    """A clip's width and height in pixels, and how many times as wide as high a pixel is shown."""

    size: tuple[int, int]
    pixel: Fraction


# Nothing of the picture is to be seen lost: x264's scale of 0 (exact) to 51.
_QUALITY = {"crf": "18"}
_MILLISECOND = Fraction(1, 1000)
# As H.264 numbers matrices and ranges. Where no matrix is told, players take BT.709 from HD on.
_BT709, _LIMITED, _UNTOLD = 1, 1, 2
_HD = 720


def translate_clip(
    source: Path,
    translate: Translate,
    outputs: Sequence[Path],
    stamps: Sequence[str],
    descriptions: Sequence[str],
    longest_side: int | None = None,
) -> None:
    """Write a clip in every style at once: H.264 in MP4, one frame in memory at a time.

    Frames keep their size (made even by repeating the last row or column), the shape of their
    pixels, their times and the clip's sound, where MP4 can hold it as it is. `longest_side` is that
    of what `translate` makes of larger frames. ValueError where the clip cannot be read to the end.
    """
    av = require_av()
    try:
        shape = _shape_of(source)
        shape = shape._replace(size=at_most(shape.size, longest_side))
        with ExitStack() as stack:
            clip = stack.enter_context(av.open(str(source)))
            written = [
                stack.enter_context(av.open(str(stack.enter_context(beside)), "w", format="mp4"))
                for beside in map(written_beside, outputs)
            ]
            for container, stamp, text in zip(written, stamps, descriptions, strict=True):
                container.metadata.update({"comment": f"{KEY} {stamp}", "title": text})
            _translate_streams(clip, translate, written, shape)
    except (av.error.FFmpegError, IndexError, StopIteration) as error:
        if getattr(error, "errno", None) == errno.ENOSPC:  # which is not the clip's fault
            raise
        raise ValueError(f"{source} is not a clip that can be read to its end: {error}") from error


def _shape_of(source: Path) -> Shape:
    with require_av().open(str(source)) as clip:
        track = clip.streams.video[0]
        frame = next(clip.decode(track))
        pixel = track.sample_aspect_ratio or Fraction(1)
        return Shape(_upright(frame).size, 1 / pixel if frame.rotation % 180 else pixel)


def stamp_of_clip(path: Path) -> tuple[str | None, bool]:
    """The stamp of a clip, if it has any; one that opens was written to its end."""
    av = require_av()
    try:
        with av.open(str(path)) as clip:
            said = clip.metadata.get("comment", "")
    except av.error.FFmpegError:
        return None, False
    return said.removeprefix(f"{KEY} ") if said.startswith(KEY) else None, True


def require_av() -> ModuleType:
    """PyAV; ValueError says how to install it."""
    try:
        import av
        import av.error
    except ImportError:
        raise ValueError('Clips need PyAV: pip install "munit_hub[video]".') from None
    return av


def _translate_streams(
    clip: InputContainer, translate: Translate, written: Sequence[OutputContainer], shape: Shape
) -> None:
    pictures = clip.streams.video[0]
    sound = next(iter(clip.streams.audio), None)
    if sound and sound.codec_context.name not in written[0].supported_codecs:
        sound = None
    tracks = [_picture_track(to, pictures, shape) for to in written]
    sounds = [to.add_stream_from_template(sound) for to in written] if sound else []
    for packet in clip.demux([stream for stream in (pictures, sound) if stream]):
        if packet.stream.type == "audio":
            _copy_sound(packet, sounds, written)
            continue
        for frame in pictures.decode(packet):
            _write_frame(frame, translate, tracks, written)
    for track, to in zip(tracks, written, strict=True):
        to.mux(track.encode())


def _picture_track(to: OutputContainer, like: VideoStream, shape: Shape) -> VideoStream:
    track = to.add_stream("libx264", rate=like.average_rate, options=_QUALITY)
    track.width, track.height = (side + side % 2 for side in shape.size)
    track.codec_context.sample_aspect_ratio = shape.pixel
    track.pix_fmt = "yuv420p"  # what every player shows; it keeps colours of two pixels together
    track.codec_context.colorspace, track.codec_context.color_range = _BT709, _LIMITED
    # Frames keep their times, even or not.
    track.codec_context.time_base = like.time_base or _MILLISECOND
    return track


def _copy_sound(
    packet: Packet, sounds: Sequence[AudioStream], written: Sequence[OutputContainer]
) -> None:
    """A packet as it is, once for each clip: writing it changes its times to those of the clip."""
    if packet.dts is None:  # the end
        return
    for track, to in zip(sounds, written, strict=True):
        copy = type(packet)(bytes(packet))
        for name in ("pts", "dts", "duration", "time_base", "is_keyframe"):
            setattr(copy, name, getattr(packet, name))
        copy.stream = track
        to.mux(copy)


def _write_frame(
    frame: VideoFrame,
    translate: Translate,
    tracks: Sequence[VideoStream],
    written: Sequence[OutputContainer],
) -> None:
    for picture, track, to in zip(translate(_upright(frame)), tracks, written, strict=True):
        made = type(frame).from_image(_even(picture.convert("RGB")))
        made = made.reformat(format=track.pix_fmt, dst_colorspace=_BT709, dst_color_range=_LIMITED)
        made.pts, made.time_base = frame.pts, frame.time_base
        to.mux(track.encode(made))


def _upright(frame: VideoFrame) -> Image.Image:
    """A frame as it is to be seen: telephones record lying on their side, and say so."""
    untold = frame.colorspace == _UNTOLD and min(frame.width, frame.height) >= _HD
    picture = frame.to_image(src_colorspace=_BT709) if untold else frame.to_image()
    return picture.rotate(frame.rotation, expand=True)


def _even(picture: Image.Image) -> Image.Image:
    """The picture with an even width and height, where odd with its last pixels repeated."""
    width, height = picture.size
    array = np.asarray(picture)
    return Image.fromarray(np.pad(array, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"))
