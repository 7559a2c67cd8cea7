"""Random transforms: seeds, batches, distributions, labels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from limpide.data import augment
from limpide.data.augment import policies
from limpide.data.augment.draws import Draws
from limpide.data.augment.transforms import Transform
from limpide.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(2)
N = 24
GREY = RNG.integers(0, 256, (N, 20, 20)).astype(np.uint8)
COLOUR = RNG.integers(0, 256, (N, 20, 20, 3)).astype(np.uint8)

TRANSFORMS: dict[str, Transform] = {
    "affine": augment.RandomAffine(20, (0.1, 0.2), (0.8, 1.2), 10),
    "rotation": augment.RandomRotation((0, 90)),
    "horizontal flip": augment.RandomHorizontalFlip(),
    "vertical flip": augment.RandomVerticalFlip(),
    "crop": augment.RandomCrop(20, padding=2, padding_mode="reflect"),
    "invert": augment.RandomInvert(),
    "solarize": augment.RandomSolarize(0.5),
    "posterize": augment.RandomPosterize(2),
    "autocontrast": augment.RandomAutocontrast(0.9),
    "equalize": augment.RandomEqualize(),
    "sharpness": augment.RandomAdjustSharpness(3),
    "jitter": augment.ColorJitter(0.5, (0.2, 3), 0.5),
    "cutout": augment.Cutout(5),
    "autoaugment": augment.AutoAugment(),
    "randaugment": augment.RandAugment(),
    "trivial": augment.TrivialAugmentWide(),
    "compose": augment.Compose(
        [augment.RandomAffine(20), augment.RandomHorizontalFlip(), augment.RandomHorizontalFlip()], seed=5
    ),
}


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("kind", ["grey", "colour", "float"])
def test_batches_and_order_change_nothing(name: str, kind: str) -> None:
    transform = TRANSFORMS[name]
    x = {"grey": GREY, "colour": COLOUR, "float": (COLOUR / 255).astype("float32")}[kind]
    whole = transform(x, index=np.arange(N), epoch=3)
    assert whole.dtype == x.dtype and whole.shape == x.shape
    assert not np.array_equal(whole, x)
    order = RNG.permutation(N)
    parts = [transform(x[rows], index=rows, epoch=3) for rows in np.split(order, [0, 1, 2, 7, 16])]
    assert_array_equal(np.concatenate(parts), whole[order])


@pytest.mark.parametrize("name", ["affine", "jitter", "randaugment", "compose"])
def test_seed_epoch_and_sample_decide(name: str) -> None:
    transform = TRANSFORMS[name]
    same = np.repeat(COLOUR[:1], N, axis=0)
    first = transform(same, index=np.arange(N))
    assert len({image.tobytes() for image in first}) > N // 2
    assert not np.array_equal(first, transform(same, index=np.arange(N), epoch=1))
    assert not np.array_equal(first, transform(same, index=np.arange(N) + N))
    transform.seed += 1
    assert not np.array_equal(first, transform(same, index=np.arange(N)))
    transform.seed -= 1


def test_without_numbers_samples_are_counted() -> None:
    one, two = augment.RandomRotation(30, seed=4), augment.RandomRotation(30, seed=4)
    whole = one(GREY)
    assert_array_equal(np.concatenate([two(GREY[:5]), two(GREY[5:])]), whole)
    assert_array_equal(whole, two(GREY, index=np.arange(N)))


def test_labels_go_along() -> None:
    images, labels = augment.RandomHorizontalFlip(1.0)(GREY, np.arange(N))
    assert_array_equal(images, GREY[:, :, ::-1])
    assert_array_equal(labels, np.arange(N))


def test_every_draw_has_its_own_numbers() -> None:
    draws = Draws(0, 0, np.arange(1000))
    u = np.concatenate([draws.uniform(3), draws.uniform(2)])
    assert len(np.unique(u)) == u.size
    assert np.abs(np.corrcoef(u) - np.eye(5)).max() < 0.12
    for row in u:
        assert stats.kstest(row, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("a", [0.2, 1.0, 4.0])
def test_beta_numbers(a: float) -> None:
    drawn = Draws(1, 0, np.arange(4000)).beta(a)
    assert stats.kstest(drawn, stats.beta(a, a).cdf).pvalue > 1e-3


def test_probabilities_and_ranges() -> None:
    index = np.arange(4000)
    marks = np.zeros((4000, 1, 2), np.uint8)
    marks[:, 0, 0] = 1
    flipped = augment.RandomHorizontalFlip(0.3)(marks, index=index)[:, 0, 1]
    assert abs(flipped.mean() - 0.3) < 0.03
    u = Draws(0, 0, index).between(-2.0, 5.0)
    assert u.min() < -1.99 and u.max() > 4.99
    white = np.ones((4000, 8, 8))
    holes = 1 - augment.Cutout(4)(white, index=index)
    assert set(np.unique(holes.sum(axis=(1, 2)))) == {4.0, 6.0, 8.0, 9.0, 12.0, 16.0}
    assert (holes.mean(axis=0) > 0.05).all()


# -------------------------------------------------------------------------------------------- policies
def test_the_published_table() -> None:
    assert len(policies.CIFAR10) == 25
    names = {name for pair in policies.CIFAR10 for name, _, _ in pair}
    assert names == set(policies.OPERATIONS) - {"Identity", "ShearX"}
    table = policies._magnitudes(10, 150 / 331 * 32, 150 / 331 * 32)
    assert_allclose(table["TranslateX"][9], 14.5, atol=0.01)
    assert_array_equal(table["Posterize"], [8, 8, 7, 7, 6, 6, 5, 5, 4, 4])
    assert_array_equal(table["Solarize"][[0, 9]], [255, 0])
    assert table["ShearY"][9] == 0.3 and table["Rotate"][9] == 30 and table["Color"][9] == 0.9


@pytest.mark.parametrize("name", policies.OPERATIONS)
def test_operations_of_policies_work_on_every_batch(name: str) -> None:
    m = policies._magnitudes(10, 5, 5)[name][np.arange(5)]
    for x in (GREY, COLOUR, COLOUR / 255):
        out = policies.OPERATIONS[name](x[:5], m, "nearest", 0)
        assert out.dtype == x.dtype and out.shape == x[:5].shape


def test_shear_is_pillows() -> None:
    from PIL import Image

    m = 0.25
    theirs = [
        np.asarray(Image.fromarray(image).transform((20, 20), Image.Transform.AFFINE, (1, m, 0, 0, 1, 0)))
        for image in GREY
    ]
    assert_array_equal(policies.OPERATIONS["ShearX"](GREY, np.full(N, m), "nearest", 0), theirs)
    theirs = [
        np.asarray(Image.fromarray(image).transform((20, 20), Image.Transform.AFFINE, (1, 0, -3, 0, 1, 0)))
        for image in GREY
    ]
    assert_array_equal(policies.OPERATIONS["TranslateX"](GREY, np.full(N, 3.7), "nearest", 0), theirs)


def test_randaugment_of_magnitude_0_moves_nothing() -> None:
    out = augment.RandAugment(1, magnitude=0)(COLOUR)
    same = (out == COLOUR).all(axis=(1, 2, 3))
    assert 0.5 < same.mean() < 1  # all but autocontrast and equalize
    with pytest.raises(ArgumentError, match="magnitude is 31, expected 0 to 30"):
        augment.RandAugment(magnitude=31)


# -------------------------------------------------------------------------------------------- mixtures
def test_mixup_mixes_images_and_labels_alike() -> None:
    x = (COLOUR / 255).astype("float32")
    labels = np.arange(N) % 7
    mixed, rows = augment.MixUp(alpha=0.8, num_classes=7, seed=3)(x, labels)
    share = np.array([row[label] for row, label in zip(rows, labels, strict=True)])
    assert_allclose(rows.sum(axis=1), 1, atol=1e-6)
    assert share.min() > 0 and share.std() > 0.1
    s = share[:, None, None, None]
    assert_allclose(mixed, s * x + (1 - s) * np.roll(x, 1, axis=0), atol=1e-6)
    as_bytes, _ = augment.MixUp(alpha=0.8, num_classes=7, seed=3)(COLOUR, labels)
    assert np.abs(as_bytes - mixed * 255).max() < 0.51


def test_cutmix_counts_the_pixels() -> None:
    zeros_ones = np.tile(np.array([0.0, 1.0])[:, None, None], (N // 2, 12, 12))
    labels = np.eye(2, dtype="float32")[np.arange(N) % 2]
    mixed, rows = augment.CutMix(seed=1)(zeros_ones, labels)
    assert_allclose(mixed.mean(axis=(1, 2)), rows[:, 1], atol=1e-6)
    assert rows.std() > 0.1
    assert_allclose(rows.sum(axis=1), 1, atol=1e-6)


def test_some_samples_are_mixed() -> None:
    index = np.arange(1000)
    _, rows = augment.MixUp(num_classes=10, p=0.25)(np.zeros((1000, 1, 1)), index % 10, index=index)
    assert abs((rows.max(axis=1) < 1).mean() - 0.25) < 0.05


def test_mixtures_want_to_know_the_classes() -> None:
    with pytest.raises(ArgumentError, match="num_classes says how many"):
        augment.MixUp()(GREY, np.arange(N))
    with pytest.raises(ShapeError, match=r"labels are float64 of shape \(24,\), expected integers"):
        augment.MixUp()(GREY, np.arange(N) / 2)
    with pytest.raises(ArgumentError, match="alpha is 0"):
        augment.CutMix(alpha=0)


def test_numbers_of_samples_are_checked() -> None:
    with pytest.raises(ArgumentError, match=r"index is int64 of shape \(3,\), expected integers \(24,\)"):
        augment.RandomInvert()(GREY, index=np.arange(3))
