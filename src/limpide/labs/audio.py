"""A compressor of sound: an auto-encoder that learns to say 160 numbers with 10.

Four seconds of sound, 16,000 numbers a second, are cut into 400 frames of 160: a hundredth of a second each.
Divided by 32,000 they are the vectors x:

    z = relu(W x)      the encoder, 10 x 160: ten numbers that have to be enough
    y = V z            the decoder, 160 x 10: the frame regenerated
    L = sum (y - x)^2

The gradient is worked out by hand and by lp.grad; stochastic gradient descent takes one frame at a time.

    limpide lab audio --epochs 300
    limpide lab audio --wav voice.wav
    limpide lab audio --microphone
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

import limpide as lp
from limpide import nn, optim
from limpide.data import audio
from limpide.errors import ArgumentError, DataError

from .kit import pictures, sound
from .kit.lesson import Lesson, Texts
from .kit.options import Epochs, Lang, Out, Seed
from .kit.shell import start

Array = NDArray[Any]
Wav = Annotated[Path | None, typer.Option(help="WAV, FLAC or OGG file to learn from.")]
Microphone = Annotated[bool, typer.Option("--microphone", help="Record the sound from the microphone.")]
Seconds = Annotated[float, typer.Option(min=0.1, max=600, help="Length of the sound that is used.")]

SAMPLES = 16000  # a second
FRAME = 160  # samples: 10 milliseconds
CODE = 10  # numbers that stand for a frame
SCALE = 32000  # 16-bit numbers over this are about -1 to 1
RATE = 0.01  # the learning rate
RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
STEPS = 500  # on one frame, ...
CAREFUL = 0.001  # ... and how large they are: alone, a loud frame is steep
DEEPER = ((), (128,), (128, 64))  # neurons of the layers between a frame and its code
BATCH = 20  # frames, of the deeper ones
BLOCK = 0.5  # seconds that arrive at a time
PASSES = 200  # through a block while the next one arrives


# ------------------------------------------------------------------------- the gradient, worked out by hand
def gradients_by_hand(X: Any, W: Any, V: Any) -> Any:
    """dL/dW and dL/dV, summed over frames X (n, 160)."""
    A = X @ W.T
    Z = np.maximum(A, 0)
    E = Z @ V.T - X
    dV = 2 * E.T @ Z
    dW = 2 * ((E @ V) * (A > 0)).T @ X
    return dW, dV


def squared_error(X: Any, W: Any, V: Any) -> Any:
    Y = np.maximum(X @ W.T, 0) @ V.T
    return np.sum((Y - X) ** 2)


# ------------------------------------------------------------------------------------------- the model
class AutoEncoder:
    """160 - 10 - 160, as the formulas have it."""

    def __init__(self, seed: int):
        random = np.random.default_rng(seed)
        W = random.normal(0, np.sqrt(2 / FRAME), (CODE, FRAME))
        V = random.normal(0, 0.05, (FRAME, CODE))  # small: at first y is almost 0, and L the sound's energy
        self.W = lp.parameter(W.astype(np.float32), name="W")
        self.V = lp.parameter(V.astype(np.float32), name="V")

    def step(self, x: Any, rate: Any) -> Any:
        """Gradient descent on one frame; the error before it."""
        y = self.V @ lp.relu(self.W @ x)
        loss = lp.sum((y - x) ** 2)
        dW, dV = lp.grad(loss, [self.W, self.V])
        self.W.assign(self.W - rate * dW)
        self.V.assign(self.V - rate * dV)
        return loss

    @lp.compile
    def epoch(self, frames: Any, order: Any, rate: Any) -> Any:
        """One step on each of the frames that `order` numbers; the mean of their errors."""

        def one_frame(total: Any, i: Any) -> tuple[Any, None]:
            return total + self.step(frames[i], rate), None

        total, _ = lp.scan(one_frame, 0.0, order)
        return total / len(order)

    @lp.compile
    def regenerate(self, frames: Any) -> Any:
        return lp.relu(frames @ self.W.T) @ self.V.T

    def error(self, frames: Array) -> float:
        """The mean error of a frame."""
        return error_of(frames, self.regenerate(frames).numpy())


def error_of(frames: Array, regenerated: Array) -> float:
    return float(np.mean(np.sum((regenerated - frames) ** 2, axis=1)))


def frames_of(samples: Array) -> Array:
    """Samples of 16 bits as frames (n, 160) of numbers from about -1 to 1."""
    frames = audio.frames(samples, FRAME) / np.float32(SCALE)
    if len(frames) == 0 or not frames.any():
        raise DataError("audio", f"{len(samples)} samples hold no sound of {FRAME} samples or more")
    return frames


def samples_of(frames: Array) -> NDArray[np.int16]:
    """The way back."""
    return np.asarray(np.clip(np.rint(frames * SCALE), -32768, 32767), np.int16).ravel()


def best_linear(frames: Array) -> float:
    """The signal-to-noise ratio, in decibels, that no linear code of ten numbers can exceed.

    Source: Eckart and Young 1936: what is left of the singular values without the ten largest.
    """
    energy = np.linalg.svd(frames.astype(np.float64), compute_uv=False) ** 2
    return float(10 * np.log10(energy.sum() / max(energy[CODE:].sum(), 1e-30)))


# ------------------------------------------------------------------------------------------ the lesson
def main(
    epochs: Epochs = 300,
    wav: Wav = None,
    microphone: Microphone = False,
    seconds: Seconds = 4.0,
    seed: Seed = 0,
    out: Out = None,
    lang: Lang = None,
) -> None:
    """A compressor of sound: an auto-encoder 160-10-160, its gradient by hand and by lp.grad.

    Without --wav or --microphone a synthesised voice says vowels. The regenerated sounds are written as WAV.
    """
    if wav is not None and microphone:
        raise ArgumentError("audio", "the sound comes from --wav or from --microphone, not from both")
    with Lesson("audio", TEXTS, lang, out) as lesson:
        lesson.say("intro")
        samples = heard(lesson, wav, microphone, seconds, seed)
        frames = frames_of(samples)
        show_sound(lesson, samples, frames)
        compare_gradients(lesson, frames, seed)
        learn_one_frame(lesson, frames, seed)
        learn_all(lesson, frames, epochs, seed)
        sweep_rates(lesson, frames, max(1, epochs // 3), seed)
        go_deeper(lesson, frames, epochs, seed)
        stream(lesson, arriving(samples, microphone), seed)


def heard(lesson: Lesson, wav: Path | None, microphone: bool, seconds: float, seed: int) -> Array:
    """16-bit samples (n,) of one channel."""
    if microphone:
        lesson.say("speak", seconds=seconds)
        return audio.record(seconds, SAMPLES)
    if wav is None:
        lesson.say("vowels")
        return sound.vowels(seconds, SAMPLES, seed)
    samples, _ = audio.read(wav, SAMPLES, dtype="int16")
    one = samples if samples.ndim == 1 else np.rint(samples.mean(axis=1)).astype(np.int16)
    return np.asarray(one[: round(seconds * SAMPLES)])


def show_sound(lesson: Lesson, samples: Array, frames: Array) -> None:
    lesson.heading("sound")
    lesson.say("framed", seconds=len(samples) / SAMPLES, samples=len(samples), frames=len(frames))
    lesson.document("sound.wav", lambda path: audio.write(path, samples_of(frames), SAMPLES))
    made, (whole, close) = pictures.figure(8.0, 4.4, 2, 1)
    seconds = np.arange(frames.size) / SAMPLES
    whole.plot(seconds, frames.ravel(), color=pictures.COLOURS[0], linewidth=0.4)
    whole.set_xlabel(lesson.text("time"))
    number = loudest(frames)
    close.plot(frames[number], color=pictures.COLOURS[1], marker=".", markersize=3, linewidth=0.8)
    close.set_xlabel(lesson.text("one_frame", number=number + 1))
    made.suptitle(lesson.text("drawn_sound"))
    lesson.picture("sound", made)


def compare_gradients(lesson: Lesson, frames: Array, seed: int) -> None:
    """By hand in NumPy, and by lp.grad: on one frame, then on all."""
    lesson.heading("gradient")
    lesson.say("gradient_text")
    lesson.show(inspect.getsource(gradients_by_hand))
    model = AutoEncoder(seed)
    W, V = model.W.numpy(), model.V.numpy()

    @lp.compile
    def by_grad(X: Any, W: Any, V: Any) -> Any:
        return lp.grad(squared_error(X, W, V), [W, V])

    rows = []
    for key, some in (("on_one", frames[loudest(frames)][None]), ("on_all", frames)):
        pairs = zip(("dL/dW", "dL/dV"), gradients_by_hand(some, W, V), by_grad(some, W, V), strict=True)
        for name, hand, ours in pairs:
            apart = np.abs(ours.numpy() - hand).max() / max(np.abs(hand).max(), 1e-30)
            rows.append([lesson.text(key), name, f"{np.abs(hand).max():.3g}", f"{apart:.1e}"])
    lesson.table(["frames", "what", "largest", "apart"], rows)
    lesson.say("same")


def loudest(frames: Array) -> int:
    return int(np.argmax(np.sum(frames**2, axis=1)))


def learn_one_frame(lesson: Lesson, frames: Array, seed: int) -> None:
    lesson.heading("one")
    model, x = AutoEncoder(seed), frames[loudest(frames)][None]
    errors = [float(model.epoch(x, np.zeros(1, int), CAREFUL)) for _ in range(STEPS)]
    lesson.say("one_text", steps=STEPS, first=errors[0], last=errors[-1])
    title = lesson.text("one_curve")
    labels = title, lesson.text("step"), lesson.text("error")
    lesson.picture("one_frame", pictures.curves({"L": errors}, *labels))


def orders(n: int, epochs: int, seed: int) -> Iterator[Array]:
    """The order of the frames in each epoch."""
    return (np.random.default_rng([seed, epoch]).permutation(n) for epoch in range(epochs))


def learn_all(lesson: Lesson, frames: Array, epochs: int, seed: int) -> None:
    lesson.heading("all")
    lesson.say("all_text", frames=len(frames), rate=RATE)
    model = AutoEncoder(seed)
    errors = [model.error(frames)]
    order = orders(len(frames), epochs, seed)
    with lesson.training(epochs) as training:
        for _ in training:
            model.epoch(frames, next(order), RATE)
            errors.append(model.error(frames))
            training.news(f"L {errors[-1]:.4f}")
    regenerated = model.regenerate(frames).numpy()
    ratio = audio.signal_to_noise(frames, regenerated)
    lesson.say("all_result", first=errors[0], last=errors[-1], ratio=ratio, factor=errors[0] / errors[-1])
    lesson.say("bound", bound=best_linear(frames))
    lesson.document("regenerated.wav", lambda path: audio.write(path, samples_of(regenerated), SAMPLES))
    title, epoch = lesson.text("all_curve"), lesson.text("epoch")
    lesson.picture("loss", pictures.curves({"L": errors[1:]}, title, epoch, lesson.text("error")))
    lesson.picture("regenerated", draw_frames(lesson, frames, regenerated))
    lesson.save("weights", {"W": model.W.numpy(), "V": model.V.numpy()})


def draw_frames(lesson: Lesson, frames: Array, regenerated: Array) -> Any:
    """Four frames, loud and less loud, and what is made of them."""
    order = np.argsort(-np.sum(frames**2, axis=1))
    made, axes = pictures.figure(9.0, 4.6, 2, 2)
    for cell, place in zip(axes.ravel(), np.linspace(0, len(order) // 2, 4).astype(int), strict=True):
        number = order[place]
        cell.plot(frames[number], color=pictures.COLOURS[6], linewidth=1, label=lesson.text("x"))
        cell.plot(regenerated[number], color=pictures.COLOURS[1], linewidth=1, label=lesson.text("y"))
        cell.set_title(lesson.text("one_frame", number=number + 1))
    axes[0, 0].legend(frameon=False)
    return made


def sweep_rates(lesson: Lesson, frames: Array, epochs: int, seed: int) -> None:
    lesson.heading("rates")
    lesson.say("rates_text", epochs=epochs)
    curves: dict[str, Sequence[float]] = {}
    rows = []
    for rate in RATES:
        model = AutoEncoder(seed)
        errors = [float(model.epoch(frames, order, rate)) for order in orders(len(frames), epochs, seed)]
        ratio = audio.signal_to_noise(frames, model.regenerate(frames).numpy())
        sane = bool(np.isfinite(errors[-1])) and np.isfinite(ratio)
        rows.append(
            [f"{rate:g}", *((f"{errors[-1]:.3f}", f"{ratio:.2f}") if sane else (lesson.text("lost"), "-"))]
        )
        if sane:
            curves[f"{rate:g}"] = errors
    lesson.table(["rate", "error", "decibels"], rows)
    if curves:
        title, epoch = lesson.text("rates_curve"), lesson.text("epoch")
        figure = pictures.curves(curves, title, epoch, lesson.text("error"))
        figure.axes[0].set_yscale("log")
        lesson.picture("rates", figure)


def network(hidden: Sequence[int], seed: int, code: int = CODE) -> nn.Sequential:
    """Encoder and decoder with such layers between frame and code; no ReLU on the code and on the frame."""
    encoder, decoder = [FRAME, *hidden, code], [code, *reversed(hidden), FRAME]
    layers: list[nn.Module] = []
    for sizes in (encoder, decoder):
        for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:], strict=False)):
            layers.append(nn.Linear(inputs, outputs, init="he_normal", seed=seed + len(layers)))
            if i < len(sizes) - 2:
                layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def frame_error(outputs: Any, frames: Any) -> Any:
    """The squared error, summed over a frame."""
    return lp.mean(lp.sum((outputs - frames) ** 2, axis=1))


def fitted(hidden: Sequence[int], frames: Array, epochs: int, seed: int) -> nn.Sequential:
    model = network(hidden, seed)
    steps = epochs * -(-len(frames) // BATCH)
    model.compile(optim.Adam(lr=optim.schedules.cosine(2e-3, steps)), loss=frame_error)
    model.fit(frames, frames, batch_size=BATCH, epochs=epochs, seed=seed, verbose=0)
    return model


def go_deeper(lesson: Lesson, frames: Array, epochs: int, seed: int) -> None:
    lesson.heading("deeper")
    lesson.say("deeper_text", epochs=epochs, batch=BATCH)
    rows, best = [], frames
    for hidden in DEEPER:
        first = error_of(frames, network(hidden, seed).predict(frames))
        model = fitted(hidden, frames, epochs, seed)
        best = model.predict(frames)
        last, ratio = error_of(frames, best), audio.signal_to_noise(frames, best)
        sizes = "-".join(map(str, [FRAME, *hidden, CODE]))
        count = sum(p.numpy().size for p in model.parameters())
        rows.append(
            [sizes, f"{count:,}", f"{first:.3f}", f"{last:.3f}", f"{first / last:.1f}", f"{ratio:.2f}"]
        )
    lesson.table(["layers", "parameters", "before", "after", "factor", "decibels"], rows)
    lesson.say("by_heart")
    lesson.document("regenerated_deeper.wav", lambda path: audio.write(path, samples_of(best), SAMPLES))


def arriving(samples: Array, microphone: bool) -> Iterator[Array]:
    """Blocks of half a second, as they come: of the samples, or from the microphone.

    While one is used, the next one is being recorded.
    """
    size = round(BLOCK * SAMPLES)
    if not microphone:
        yield from audio.frames(samples, min(size, len(samples)))
        return
    recording = audio.Recording(BLOCK, SAMPLES)
    for _ in range(max(1, len(samples) // size)):
        block = recording.samples()
        recording = audio.Recording(BLOCK, SAMPLES)
        yield block


def stream(lesson: Lesson, blocks: Iterator[Array], seed: int) -> None:
    """Learn from the last half second while the next one arrives."""
    lesson.heading("stream")
    lesson.say("stream_text", milliseconds=1000 * BLOCK, passes=PASSES)
    model, rows = AutoEncoder(seed), []
    for number, block in enumerate(blocks):
        frames = audio.frames(block, FRAME) / np.float32(SCALE)
        before = model.error(frames)
        model.epoch(frames, np.arange(len(frames)), 0.0)  # compiles, where that is still to be done
        started = time.perf_counter()
        for order in orders(len(frames), PASSES, seed + number):
            model.epoch(frames, order, RATE)
        spent = time.perf_counter() - started
        known = audio.signal_to_noise(frames, model.regenerate(frames).numpy())
        after = f"{model.error(frames):.3f}"
        span = f"{number * BLOCK:.1f} - {(number + 1) * BLOCK:.1f} s"
        rows.append([span, f"{before:.3f}", after, f"{known:.2f}", f"{100 * spent / BLOCK:.1f} %"])
    lesson.table(["block", "unheard", "heard", "decibels", "spent"], rows)


def explained(level: int) -> Any:
    """The report on the step on one frame, for `limpide explain audio`."""
    return lp.compile(AutoEncoder(0).step).explain(np.zeros(FRAME, np.float32), RATE, level=level)


TEXTS: Texts = {
    "title": ("A compressor of sound", "Un compresseur de son"),
    "intro": (
        "An auto-encoder has to give back what it is shown, through a layer that is too narrow: 160 numbers, "
        "then 10, then 160 again. What can be regenerated from the ten is what the network has understood of "
        "the sound. Ten numbers instead of 160 are a sixteenth of the data.",
        "Un auto-encodeur doit rendre ce qu'on lui montre, à travers une couche trop étroite : 160 nombres, "
        "puis 10, puis de nouveau 160. Ce qui peut être régénéré à partir des dix est ce que le réseau a "
        "compris du son. Dix nombres au lieu de 160, c'est un seizième des données.",
    ),
    "speak": (
        "Speak now: {seconds:g} seconds are recorded.",
        "Parlez : {seconds:g} secondes sont enregistrées.",
    ),
    "vowels": (
        "Neither --wav nor --microphone: a synthesised voice says vowels.",
        "Ni --wav ni --microphone : une voix synthétique dit des voyelles.",
    ),
    "sound": ("1. The sound", "1. Le son"),
    "framed": (
        "{seconds:.1f} seconds, {samples} whole numbers from -32768 to 32767, cut into {frames} frames of "
        "160 and divided by 32,000. Every frame is a vector x of 160 numbers: 10 milliseconds.",
        "{seconds:.1f} secondes, {samples} entiers de -32768 à 32767, coupés en {frames} trames de 160 et "
        "divisés par 32 000. Chaque trame est un vecteur x de 160 nombres : 10 millisecondes.",
    ),
    "drawn_sound": ("The sound, and its loudest frame", "Le son, et sa trame la plus forte"),
    "time": ("seconds", "secondes"),
    "one_frame": ("frame {number}", "trame {number}"),
    "gradient": ("2. The gradient, by hand and by lp.grad", "2. Le gradient, à la main et par lp.grad"),
    "gradient_text": (
        "With e = y - x: dL/dV = 2 e zᵀ, and dL/dW = 2 (Vᵀ e) xᵀ in the rows where W x > 0, 0 elsewhere, as "
        "the slope of relu is 1 or 0. For all frames at once the sums are products of matrices:",
        "Avec e = y - x : dL/dV = 2 e zᵀ, et dL/dW = 2 (Vᵀ e) xᵀ dans les lignes où W x > 0, 0 ailleurs, car "
        "la pente de relu est 1 ou 0. Pour toutes les trames à la fois, les sommes sont des produits de "
        "matrices :",
    ),
    "frames": ("frames", "trames"),
    "on_one": ("one", "une"),
    "on_all": ("all", "toutes"),
    "what": ("gradient", "gradient"),
    "largest": ("largest, by hand", "maximum, à la main"),
    "apart": ("lp.grad differs by (relative)", "écart de lp.grad (relatif)"),
    "same": (
        "Both agree, up to the rounding of float32.",
        "Les deux sont d'accord, aux arrondis de float32 près.",
    ),
    "one": ("3. One frame", "3. Une seule trame"),
    "one_text": (
        "{steps} steps of descent on the loudest frame alone: the error falls from {first:.3f} to "
        "{last:.1e}. Slowly at first, as long as V is small and so is the gradient of W; then at once. Ten "
        "numbers are more than enough for a single frame: one would do.",
        "{steps} pas de descente sur la seule trame la plus forte : l'erreur descend de {first:.3f} à "
        "{last:.1e}. Lentement d'abord, tant que V est petite et donc le gradient de W aussi ; puis d'un "
        "coup. Dix nombres sont plus qu'assez pour une seule trame : un seul suffirait.",
    ),
    "one_curve": ("The error on one frame", "L'erreur sur une trame"),
    "step": ("step", "pas"),
    "error": ("error of a frame, L", "erreur d'une trame, L"),
    "all": ("4. All frames", "4. Toutes les trames"),
    "all_text": (
        "Now a step on each of the {frames} frames in turn, in a new order every epoch, with the learning "
        "rate {rate}. An epoch is one native call.",
        "À présent un pas sur chacune des {frames} trames à tour de rôle, dans un ordre nouveau à chaque "
        "époque, avec le pas d'apprentissage {rate}. Une époque est un seul appel natif.",
    ),
    "all_result": (
        "The error falls from {first:.3f} to {last:.3f}, by a factor of {factor:.1f}. Signal to noise of "
        "regenerated.wav: {ratio:.2f} dB. Listen to it next to sound.wav.",
        "L'erreur descend de {first:.3f} à {last:.3f}, d'un facteur {factor:.1f}. Rapport signal sur bruit "
        "de regenerated.wav : {ratio:.2f} dB. Écoutez-le à côté de sound.wav.",
    ),
    "bound": (
        "It cannot go on to zero: no linear code of ten numbers can exceed {bound:.2f} dB on these frames, "
        "as their singular values tell.",
        "Elle ne peut pas aller jusqu'à zéro : aucun code linéaire de dix nombres ne peut dépasser "
        "{bound:.2f} dB sur ces trames, comme le disent leurs valeurs singulières.",
    ),
    "all_curve": ("The mean error over all frames", "L'erreur moyenne sur toutes les trames"),
    "x": ("sound", "son"),
    "y": ("regenerated", "régénéré"),
    "rates": ("5. The learning rate", "5. Le pas d'apprentissage"),
    "rates_text": (
        "The same start, {epochs} epochs each: too small a rate gets nowhere, too large a one jumps across "
        "the valley until nothing is finite.",
        "Le même départ, {epochs} époques chacun : un pas trop petit n'arrive nulle part, un pas trop grand "
        "saute par-dessus la vallée jusqu'à ce que plus rien ne soit fini.",
    ),
    "rates_curve": ("Learning rates", "Pas d'apprentissage"),
    "rate": ("learning rate", "pas"),
    "decibels": ("dB", "dB"),
    "lost": ("diverges", "diverge"),
    "deeper": ("6. Deeper", "6. Plus profond"),
    "deeper_text": (
        "More layers between frame and code, still ten numbers in the middle; biases too, and Adam for "
        "{epochs} epochs in batches of {batch}. Nobody works out these gradients by hand: lp.grad does, in "
        "model.fit.",
        "Plus de couches entre la trame et le code, toujours dix nombres au milieu ; des biais aussi, et "
        "Adam pendant {epochs} époques par lots de {batch}. Personne ne calcule ces gradients à la main : "
        "lp.grad le fait, dans model.fit.",
    ),
    "layers": ("encoder (the decoder mirrors it)", "encodeur (le décodeur en miroir)"),
    "parameters": ("parameters", "paramètres"),
    "before": ("error before", "erreur avant"),
    "after": ("after", "après"),
    "factor": ("factor", "facteur"),
    "by_heart": (
        "With tens of thousands of parameters for a few hundred frames, much of this is learnt by heart: on "
        "other sounds it would be worse. regenerated_deeper.wav is the last one's.",
        "Avec des dizaines de milliers de paramètres pour quelques centaines de trames, une bonne part est "
        "apprise par cœur : sur d'autres sons, ce serait moins bon. regenerated_deeper.wav est celui du "
        "dernier.",
    ),
    "stream": ("7. Learning while the sound arrives", "7. Apprendre pendant que le son arrive"),
    "stream_text": (
        "Rather than go through the same seconds many times, learn from new ones: {passes} times through "
        "the last {milliseconds:g} milliseconds while the next are being recorded. The last column is the "
        "part of that time which was needed.",
        "Plutôt que de repasser souvent par les mêmes secondes, apprendre de nouvelles : {passes} passages "
        "sur les {milliseconds:g} dernières millisecondes pendant que les suivantes sont enregistrées. La "
        "dernière colonne est la part de ce temps qu'il a fallu.",
    ),
    "block": ("block", "bloc"),
    "unheard": ("error before learning it", "erreur avant de l'apprendre"),
    "heard": ("after", "après"),
    "spent": ("time used", "temps pris"),
}

if __name__ == "__main__":
    start(main, "audio")
