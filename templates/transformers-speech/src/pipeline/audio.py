"""Recordings from files and from strangers, as the model hears them: one channel, 16 kHz."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import soundfile
import soxr

SAMPLE_RATE = 16_000
"""Hertz that Whisper was trained at; other rates are resampled."""

FORMATS = ("WAV", "WAVEX", "FLAC")
"""Each further decoder would be one more that a stranger's bytes reach."""

LOWEST_RATE, HIGHEST_RATE = 8_000, 192_000
"""From the telephone to the studio; a header that says otherwise is broken."""

MOST_CHANNELS = 8


class AudioError(ValueError):
    """A recording that cannot be used."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_audio(source: Path | bytes, max_seconds: float) -> np.ndarray:
    """A recording as float samples at 16 kHz, channels averaged.

    Its length is read from the header, and never more than that is decoded: a few kilobytes of
    FLAC can hold hours of silence.
    """
    try:
        with _opened(source) as sound:
            if sound.format not in FORMATS:
                raise AudioError("wrong-format", f"{sound.format}; WAV and FLAC are taken")
            rate = sound.samplerate
            if not LOWEST_RATE <= rate <= HIGHEST_RATE or sound.channels > MOST_CHANNELS:
                raise AudioError("wrong-format", f"{sound.channels} channels at {rate} Hz")
            if sound.frames > max_seconds * rate:
                raise AudioError(
                    "too-long",
                    f"{sound.frames / rate:.1f} s; at most {max_seconds:g} s are taken",
                )
            samples = sound.read(frames=sound.frames, dtype="float32", always_2d=True)
            if len(samples) < sound.frames:
                raise AudioError("corrupt", "it is cut off")
    except soundfile.SoundFileError as error:
        raise AudioError("corrupt", f"no readable WAV or FLAC: {error}") from error
    mono = samples.mean(axis=1)
    if rate == SAMPLE_RATE:
        return np.asarray(mono)
    return np.asarray(soxr.resample(mono, rate, SAMPLE_RATE))


def seconds_of(path: Path) -> float:
    """How long a recording is, as its header says."""
    return float(soundfile.info(path).duration)


def _opened(source: Path | bytes) -> soundfile.SoundFile:
    return soundfile.SoundFile(io.BytesIO(source) if isinstance(source, bytes) else source)
