"""Small clips, written by PyAV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def write_clip(
    path: Path,
    *,
    times=range(5),
    size=(32, 24),
    rate=Fraction(25, 2),
    sound: str | None = "aac",
    turned=0,
    pixel=Fraction(1),
    matrix=2,  # not told
) -> Path:
    """A clip of frames at `times` in units of 1 / rate, and of silence.

    Their upper half is white, the lower one gets brighter; all are to be shown `turned` degrees
    counterclockwise.
    """
    with av.open(str(path), "w") as clip:
        pictures = clip.add_stream("libx264", rate=rate)
        pictures.width, pictures.height = size
        pictures.pix_fmt = "yuv444p" if size[0] % 2 else "yuv420p"
        pictures.codec_context.time_base = 1 / rate
        pictures.set_display_rotation(turned)
        pictures.codec_context.sample_aspect_ratio = pixel
        pictures.codec_context.colorspace = matrix
        track = clip.add_stream(sound, rate=48000, layout="mono") if sound else None
        for number, time in enumerate(times):
            grey = np.full((size[1], size[0], 3), min(40 * number, 255), np.uint8)
            grey[: size[1] // 2] = 255
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            if matrix != 2:
                frame = frame.reformat(format=pictures.pix_fmt, dst_colorspace=matrix)
            frame.pts, frame.time_base = time, 1 / rate
            clip.mux(pictures.encode(frame))
        clip.mux(pictures.encode())
        if track:
            _write_silence(clip, track)
    return path


def _write_silence(clip, track) -> None:
    to_format = av.AudioResampler(track.codec_context.format, "mono", track.rate)
    for number in range(10):
        silence = np.zeros((1, track.codec_context.frame_size or 1024), np.float32)
        frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = track.rate, number * silence.shape[1]
        clip.mux([p for fitting in to_format.resample(frame) for p in track.encode(fitting)])
    clip.mux(track.encode())


def packets(path: Path, kind: str) -> list[bytes]:
    """What a clip's sound or pictures consist of, as it is written."""
    with av.open(str(path)) as clip:
        (stream,) = [stream for stream in clip.streams if stream.type == kind]
        return [bytes(packet) for packet in clip.demux(stream) if packet.size]


def frames(path: Path) -> list[tuple[float, np.ndarray]]:
    """The times in seconds and the pixels of a clip's frames."""
    with av.open(str(path)) as clip:
        return [(f.time, f.to_ndarray(format="rgb24")) for f in clip.decode(clip.streams.video[0])]
