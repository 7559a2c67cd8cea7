"""A sound for labs on machines that have neither a file nor a microphone: a voice that says vowels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Resonances of the mouth in hertz, after Peterson and Barney 1952: ee, eh, ah, aw, oo.
VOWELS = ((270, 2290, 3010), (530, 1840, 2480), (730, 1090, 2440), (570, 840, 2410), (300, 870, 2240))
WIDTHS = (80, 100, 120)  # of the resonances, in hertz
SYLLABLE = 0.4  # seconds
PEAK = 20000  # of 32767


def vowels(seconds: float, rate: int = 16000, seed: int = 0) -> NDArray[np.int16]:
    """Samples of a voice of about 120 hertz that says vowels, in an order that the seed decides.

    Harmonics of the pitch, each as loud as the resonances make it; the vowel glides to the next one.
    """
    n = round(seconds * rate)
    time = np.arange(n) / rate
    random = np.random.RandomState(seed)
    count = int(seconds / SYLLABLE) + 2
    said = np.array(VOWELS, float)[random.randint(0, len(VOWELS), count)]
    middles = (np.arange(count) + 0.5) * SYLLABLE
    resonances = [np.interp(time, middles, said[:, k]) for k in range(3)]
    pitch = (
        120
        * np.exp(0.15 * np.sin(2 * np.pi * 0.7 * time))
        * np.interp(time, middles, 1 + 0.1 * random.rand(count))
    )
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    loudness = np.sin(np.pi * (time / SYLLABLE % 1)) ** 0.5
    sound = np.zeros(n)
    for harmonic in range(1, 30):
        frequency = harmonic * pitch
        gain = sum(
            (width / 2) ** 2 / ((frequency - middle) ** 2 + (width / 2) ** 2)
            for middle, width in zip(resonances, WIDTHS, strict=True)
        )
        sound += np.sqrt(gain) / harmonic**0.5 * np.sin(harmonic * phase)
    sound *= loudness
    return np.asarray(np.rint(sound * (PEAK / max(np.abs(sound).max(initial=0), 1e-9))), np.int16)
