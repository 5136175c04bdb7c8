"""Sounds for the examples, by the standard library alone.

    sound.py resample IN.wav OUT.wav    to 8 kHz, mono, 16 bits
    sound.py tone OUT.wav               a chord that stands in for speech
"""

import array
import math
import sys
import wave

RATE = 8000
TONE_S = 1.5
CHORD_HZ = (440, 554, 659)
TAPS = 48


def write(path, samples):
    with wave.open(path, 'wb') as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(array.array('h', samples).tobytes())


def read(path):
    with wave.open(path, 'rb') as file:
        assert file.getsampwidth() == 2
        samples = array.array('h', file.readframes(file.getnframes()))
        return samples[::file.getnchannels()], file.getframerate()


def low_pass(rate):
    """A windowed sinc that keeps what 8 kHz can carry."""
    cut = 0.45 * RATE / rate
    taps = []
    for i in range(-TAPS, TAPS + 1):
        ideal = 2 * cut if i == 0 else math.sin(
            2 * math.pi * cut * i) / (math.pi * i)
        window = 0.54 + 0.46 * math.cos(math.pi * i / TAPS)
        taps.append(ideal * window)
    total = sum(taps)
    return [tap / total for tap in taps]


def resample(path, to):
    samples, rate = read(path)
    taps = low_pass(rate)
    padded = [0] * TAPS + list(samples) + [0] * (TAPS + 1)
    out = []
    for n in range(len(samples) * RATE // rate):
        at = n * rate // RATE
        value = sum(map(float.__mul__, taps,
                        map(float, padded[at:at + 2 * TAPS + 1])))
        out.append(max(-32768, min(32767, round(value))))
    write(to, out)


def tone(to):
    count = int(TONE_S * RATE)
    out = []
    for n in range(count):
        fade = min(1, n / 400, (count - n) / 4000)
        value = sum(math.sin(2 * math.pi * hz * n / RATE) for hz in CHORD_HZ)
        out.append(round(3000 * fade * value))
    write(to, out)


if __name__ == '__main__':
    if sys.argv[1] == 'resample':
        resample(sys.argv[2], sys.argv[3])
    else:
        tone(sys.argv[2])
