"""Measure tones in WAV files of 8 kHz and 16 bits."""

import array
import math
import wave


def channels(path):
    """Samples of each channel."""
    with wave.open(path) as f:
        count = f.getnchannels()
        assert f.getsampwidth() == 2 and f.getframerate() == 8000, path
        samples = array.array('h', f.readframes(f.getnframes()))
    return [samples[i::count] for i in range(count)]


def level(samples, hz):
    """Level of one frequency in dB of full scale, by Goertzel."""
    if not samples:
        return -120.0
    w = 2 * math.cos(2 * math.pi * hz / 8000)
    a = b = 0.0
    for x in samples:
        a, b = x + w * a - b, a
    power = (a * a + b * b - w * a * b) / (len(samples) / 2) ** 2
    return 10 * math.log10(power / 32768 ** 2 + 1e-12)


def _ulaw(byte):
    byte = ~byte & 0xff
    value = ((byte & 15) * 8 + 132 << (byte >> 4 & 7)) - 132
    return -value if byte & 0x80 else value


ULAW = [_ulaw(byte) for byte in range(256)]  # G.711
FULL = 3.33  # dBm0 of a sine as high as 16 bits go


def dbm0(samples, hz=None):
    """Level of a frequency, or of everything."""
    if hz:
        return level(samples, hz) + FULL
    power = sum(x * x for x in samples) / max(len(samples), 1)
    return 10 * math.log10(2 * power / 32768 ** 2 + 1e-12) + FULL


def cadence(samples, db=-40, frame=80):
    """Lengths of sound and silence in turn, in ms; the last one is cut."""
    lengths, was = [0], True
    for at in range(0, len(samples) - frame + 1, frame):
        on = dbm0(samples[at:at + frame]) > db
        if on != was:
            lengths.append(0)
            was = on
        lengths[-1] += frame * 1000 // 8000
    return lengths


def loudest(samples, hz, window=1600):
    """The highest level of a frequency in any window."""
    return max([level(samples[i:i + window], hz)
                for i in range(0, max(len(samples) - window, 1), window)]
               or [-120.0])
