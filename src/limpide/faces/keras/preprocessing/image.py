"""`keras.preprocessing.image`: files, arrays, and what changes them while a model trains."""

from __future__ import annotations

import os
from collections.abc import Iterator as Iterating
from typing import Any

import numpy as np

from ... import missing
from ...pillow import pillow_door
from ..settings import floatx, normalize_data_format
from ..utils.data_utils import Sequence

EXTENSIONS = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff")
MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}


# --------------------------------------------------------------------------------------- files and arrays
def load_img(
    path: Any,
    grayscale: bool = False,
    color_mode: str = "rgb",
    target_size: Any = None,
    interpolation: str = "nearest",
) -> Any:
    """An image of a file, as pillow's; target_size: (rows, columns)."""
    image_module = pillow_door().Image
    image = image_module.open(path)
    mode = MODES.get("grayscale" if grayscale else color_mode)
    if mode is None:
        raise ValueError('color_mode must be "grayscale", "rgb", or "rgba"')
    image = image if image.mode == mode else image.convert(mode)
    if target_size is not None:
        size = (int(target_size[1]), int(target_size[0]))
        if image.size != size:
            found = getattr(image_module.Resampling, interpolation.upper(), None)
            if found is None:
                raise ValueError(f"Invalid interpolation method {interpolation} specified.")
            image = image.resize(size, found)
    return image


def img_to_array(
    img: Any, data_format: str | None = None, dtype: Any = None, dim_ordering: str | None = None
) -> Any:
    """An image as an array of floats with an axis of channels."""
    x = np.asarray(img, dtype=dtype or floatx())
    first = normalize_data_format(dim_ordering or data_format) == "channels_first"
    if x.ndim == 2:
        return x[None] if first else x[..., None]
    if x.ndim != 3:
        raise ValueError(f"Unsupported image shape: {x.shape}")
    return x.transpose(2, 0, 1) if first else x


def array_to_img(
    x: Any,
    data_format: str | None = None,
    scale: bool = True,
    dtype: Any = None,
    dim_ordering: str | None = None,
) -> Any:
    """An array with an axis of channels as an image; scale: its values stretched to 0 .. 255."""
    x = np.asarray(x, dtype=dtype or floatx())
    if x.ndim != 3:
        raise ValueError(
            f"Expected image array to have rank 3 (single image). Got array with shape: {x.shape}"
        )
    if normalize_data_format(dim_ordering or data_format) == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = x - x.min()
        x = x / (x.max() or 1) * 255
    names = {1: "L", 3: "RGB", 4: "RGBA"}
    if x.shape[2] not in names:
        raise ValueError(f"Unsupported channel number: {x.shape[2]}")
    values = x.astype("uint8")
    return pillow_door().Image.fromarray(values[:, :, 0] if x.shape[2] == 1 else values)


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: Any = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array as an image."""
    array_to_img(x, data_format, scale).save(path, format=file_format, **kwargs)


def list_pictures(directory: Any, ext: str = "jpg|jpeg|bmp|png|ppm") -> list[str]:
    """The images below a folder."""
    ends = tuple(f".{e}" for e in ext.split("|"))
    return [
        os.path.join(root, f)
        for root, _, files in os.walk(directory)
        for f in sorted(files)
        if f.lower().endswith(ends)
    ]


# ------------------------------------------------------------------------------------- geometry and colours
def flip_axis(x: Any, axis: int) -> Any:
    """Backwards along an axis."""
    return np.flip(x, axis)


def transform_matrix_offset_center(matrix: Any, x: float, y: float) -> Any:
    """The same transformation around the middle of an image of x by y."""
    to_middle, back = np.eye(3), np.eye(3)
    to_middle[:2, 2] = x / 2 + 0.5, y / 2 + 0.5
    back[:2, 2] = -x / 2 - 0.5, -y / 2 - 0.5
    return to_middle @ matrix @ back


def apply_transform(
    x: Any, transform_matrix: Any, channel_axis: int = 0, fill_mode: str = "nearest", cval: float = 0.0
) -> Any:
    """Every pixel from where the matrix leads it, on straight lines between the pixels there.

    fill_mode: what lies outside: "constant", "nearest", "reflect" or "wrap".
    """
    image = np.moveaxis(np.asarray(x), channel_axis, -1)
    rows, columns = image.shape[:2]
    grid = np.stack(np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")).reshape(2, -1)
    at = transform_matrix[:2, :2] @ grid + np.asarray(transform_matrix)[:2, 2:3]
    moved = _between(image, at[0].reshape(rows, columns), at[1].reshape(rows, columns), fill_mode, cval)
    return np.moveaxis(moved.astype(image.dtype), -1, channel_axis)


def _between(image: Any, r: Any, c: Any, fill_mode: str, cval: float) -> Any:
    low_r, low_c = np.floor(r).astype(np.int64), np.floor(c).astype(np.int64)
    share_r, share_c = (r - low_r)[..., None], (c - low_c)[..., None]
    total: Any = 0.0
    for dr, weight_r in ((0, 1 - share_r), (1, share_r)):
        for dc, weight_c in ((0, 1 - share_c), (1, share_c)):
            i, inside_i = _inside(low_r + dr, image.shape[0], fill_mode)
            j, inside_j = _inside(low_c + dc, image.shape[1], fill_mode)
            value = image[i, j].astype(np.float64)
            if fill_mode == "constant":
                value = np.where((inside_i & inside_j)[..., None], value, cval)
            total = total + value * weight_r * weight_c
    return total


def _inside(i: Any, size: int, fill_mode: str) -> tuple[Any, Any]:
    within = (i >= 0) & (i < size)
    if fill_mode == "wrap":
        return i % size, within
    if fill_mode == "reflect":
        folded = np.mod(i, 2 * size)
        return np.where(folded < size, folded, 2 * size - 1 - folded), within
    if fill_mode not in ("nearest", "constant"):
        raise ValueError(f"fill_mode is {fill_mode!r}, not 'constant', 'nearest', 'reflect' or 'wrap'")
    return np.clip(i, 0, size - 1), within


def apply_affine_transform(
    x: Any, theta: float = 0, tx: float = 0, ty: float = 0, shear: float = 0, zx: float = 1, zy: float = 1,
    row_axis: int = 0, col_axis: int = 1, channel_axis: int = 2, fill_mode: str = "nearest",
    cval: float = 0.0, **_: Any,
) -> Any:  # fmt: skip
    """An image turned by theta and sheared (degrees), moved (pixels) and zoomed."""
    matrix = np.eye(3)
    if theta:
        a = np.deg2rad(theta)
        matrix = matrix @ [[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]]
    if tx or ty:
        matrix = matrix @ [[1, 0, tx], [0, 1, ty], [0, 0, 1]]
    if shear:
        s = np.deg2rad(shear)
        matrix = matrix @ [[1, -np.sin(s), 0], [0, np.cos(s), 0], [0, 0, 1]]
    if zx != 1 or zy != 1:
        matrix = matrix @ [[zx, 0, 0], [0, zy, 0], [0, 0, 1]]
    if np.array_equal(matrix, np.eye(3)):
        return x
    matrix = transform_matrix_offset_center(matrix, x.shape[row_axis], x.shape[col_axis])
    return apply_transform(x, matrix, channel_axis, fill_mode, cval)


def random_rotation(
    x: Any,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
) -> Any:
    """An image turned by up to rg degrees."""
    theta = np.random.uniform(-rg, rg)
    return apply_affine_transform(
        x,
        theta=theta,
        row_axis=row_axis,
        col_axis=col_axis,
        channel_axis=channel_axis,
        fill_mode=fill_mode,
        cval=cval,
    )


def random_shift(
    x: Any,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
) -> Any:
    """An image moved by up to these shares of its size."""
    tx, ty = (
        np.random.uniform(-hrg, hrg) * x.shape[row_axis],
        np.random.uniform(-wrg, wrg) * x.shape[col_axis],
    )
    return apply_affine_transform(
        x,
        tx=tx,
        ty=ty,
        row_axis=row_axis,
        col_axis=col_axis,
        channel_axis=channel_axis,
        fill_mode=fill_mode,
        cval=cval,
    )


def random_shear(
    x: Any,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
) -> Any:
    """An image sheared by up to `intensity` degrees."""
    shear = np.random.uniform(-intensity, intensity)
    return apply_affine_transform(
        x,
        shear=shear,
        row_axis=row_axis,
        col_axis=col_axis,
        channel_axis=channel_axis,
        fill_mode=fill_mode,
        cval=cval,
    )


def random_zoom(
    x: Any,
    zoom_range: Any,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
) -> Any:
    """An image zoomed by factors in the range."""
    zx, zy = (1, 1) if tuple(zoom_range) == (1, 1) else np.random.uniform(zoom_range[0], zoom_range[1], 2)
    return apply_affine_transform(
        x,
        zx=zx,
        zy=zy,
        row_axis=row_axis,
        col_axis=col_axis,
        channel_axis=channel_axis,
        fill_mode=fill_mode,
        cval=cval,
    )


def random_channel_shift(x: Any, intensity: float, channel_axis: int = 0) -> Any:
    """Every channel with up to `intensity` added, kept in the range of the image."""
    shape = [1] * x.ndim
    shape[channel_axis] = x.shape[channel_axis]
    return np.clip(x + np.random.uniform(-intensity, intensity, shape), x.min(), x.max())


def apply_brightness_shift(x: Any, brightness: float) -> Any:
    """An image of channels last made brighter or darker."""
    low, high = x.min(), x.max()
    scaled = (x - low) / ((high - low) or 1) * 255
    return np.clip(scaled * brightness, 0, 255)


def random_brightness(x: Any, brightness_range: Any) -> Any:
    """An image made brighter or darker by a factor in the range."""
    return apply_brightness_shift(x, np.random.uniform(brightness_range[0], brightness_range[1]))


# -------------------------------------------------------------------------------------------- generator
class ImageDataGenerator:
    """Batches of images that are changed at random, and standardised; the words are Keras 2's."""

    def __init__(
        self, featurewise_center: bool = False, samplewise_center: bool = False,
        featurewise_std_normalization: bool = False, samplewise_std_normalization: bool = False,
        zca_whitening: bool = False, zca_epsilon: float = 1e-6, rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0, brightness_range: Any = None, shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0, fill_mode: str = "nearest", cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False, rescale: Any = None, preprocessing_function: Any = None,
        data_format: str | None = None,
        validation_split: float = 0.0, dtype: Any = None, dim_ordering: str | None = None,
    ):  # fmt: skip
        self.__dict__.update(
            {k: v for k, v in locals().items() if k not in ("self", "dim_ordering", "data_format")}
        )
        self.data_format = normalize_data_format(dim_ordering or data_format)
        first = self.data_format == "channels_first"
        self.channel_axis, self.row_axis, self.col_axis = (1, 2, 3) if first else (3, 1, 2)
        if isinstance(zoom_range, (int, float)):
            self.zoom_range: Any = [1 - zoom_range, 1 + zoom_range]
        elif len(zoom_range) != 2:
            raise ValueError(
                f"`zoom_range` should be a float or a tuple or list of two floats. Received arg: {zoom_range}"
            )
        if zca_whitening:
            self.featurewise_center, self.featurewise_std_normalization = True, False
        self.mean: Any = None
        self.std: Any = None
        self.principal_components: Any = None

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def flow(
        self, x: Any, y: Any = None, batch_size: int = 32, shuffle: bool = True, sample_weight: Any = None,
        seed: Any = None,
        save_to_dir: Any = None, save_prefix: str = "", save_format: str = "png", subset: Any = None,
    ) -> Any:  # fmt: skip
        """Batches of arrays, without an end."""
        return NumpyArrayIterator(
            x,
            y,
            self,
            batch_size,
            shuffle,
            sample_weight,
            seed,
            self.data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
        )

    def flow_from_directory(
        self, directory: Any, target_size: Any = (256, 256), color_mode: str = "rgb", classes: Any = None,
        class_mode: Any = "categorical", batch_size: int = 32, shuffle: bool = True, seed: Any = None,
        save_to_dir: Any = None, save_prefix: str = "", save_format: str = "png", follow_links: bool = False,
        subset: Any = None, interpolation: str = "nearest",
    ) -> Any:  # fmt: skip
        """Batches of the images below a folder, whose folders are the classes."""
        return DirectoryIterator(
            directory, self, target_size, color_mode, classes, class_mode, batch_size, shuffle, seed,
            self.data_format,
            save_to_dir, save_prefix, save_format, follow_links, subset, interpolation,
        )  # fmt: skip

    def flow_from_dataframe(
        self, dataframe: Any, directory: Any = None, x_col: str = "filename", y_col: Any = "class",
        target_size: Any = (256, 256),
        color_mode: str = "rgb", classes: Any = None, class_mode: Any = "categorical", batch_size: int = 32,
        shuffle: bool = True, seed: Any = None, has_ext: bool = True, **kwargs: Any,
    ) -> Any:  # fmt: skip
        """Batches of the images that a table names."""
        names = [str(n) for n in dataframe[x_col]]
        labels = (
            None
            if class_mode is None
            else list(dataframe[y_col])
            if isinstance(y_col, str)
            else dataframe[list(y_col)].to_numpy()
        )
        files = [os.path.join(directory or "", n) for n in names]
        return FileIterator(
            self,
            files,
            labels,
            classes,
            target_size,
            color_mode,
            class_mode,
            batch_size,
            shuffle,
            seed,
            self.data_format,
        )

    # ------------------------------------------------------------------------------------- one image
    def get_random_transform(self, img_shape: Any, seed: Any = None) -> dict[str, Any]:
        """The numbers of one random change."""
        if seed is not None:
            np.random.seed(seed)
        rows, columns = img_shape[self.row_axis - 1], img_shape[self.col_axis - 1]
        zx, zy = (
            (1, 1)
            if list(self.zoom_range) == [1, 1]
            else np.random.uniform(self.zoom_range[0], self.zoom_range[1], 2)
        )
        return {
            "theta": _around(self.rotation_range),
            "tx": _shift(self.height_shift_range, rows),
            "ty": _shift(self.width_shift_range, columns),
            "shear": _around(self.shear_range),
            "zx": zx,
            "zy": zy,
            "flip_horizontal": bool(np.random.random() < 0.5 and self.horizontal_flip),
            "flip_vertical": bool(np.random.random() < 0.5 and self.vertical_flip),
            "channel_shift_intensity": _around(self.channel_shift_range) or None,
            "brightness": (
                None if self.brightness_range is None else np.random.uniform(*self.brightness_range)
            ),
        }

    def apply_transform(self, x: Any, transform_parameters: dict[str, Any]) -> Any:
        """One image changed by such numbers."""
        p = transform_parameters
        row, column, channel = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        x = apply_affine_transform(
            x, p.get("theta", 0), p.get("tx", 0), p.get("ty", 0), p.get("shear", 0), p.get("zx", 1),
            p.get("zy", 1),
            row, column, channel, self.fill_mode, self.cval,
        )  # fmt: skip
        if p.get("channel_shift_intensity") is not None:
            x = np.clip(x + p["channel_shift_intensity"], x.min(), x.max())
        if p.get("flip_horizontal"):
            x = np.flip(x, column)
        if p.get("flip_vertical"):
            x = np.flip(x, row)
        return x if p.get("brightness") is None else apply_brightness_shift(x, p["brightness"])

    def random_transform(self, x: Any, seed: Any = None) -> Any:
        """One image changed at random."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def standardize(self, x: Any) -> Any:
        """One image rescaled, centred, standardised, as it was asked for."""
        if self.preprocessing_function is not None:
            x = self.preprocessing_function(x)
        if self.rescale:
            x = x * self.rescale
        if self.samplewise_center:
            x = x - np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (np.std(x, keepdims=True) + 1e-6)
        if self.featurewise_center:
            x = x if self.mean is None else x - self.mean
        if self.featurewise_std_normalization:
            x = x if self.std is None else x / (self.std + 1e-6)
        if self.zca_whitening and self.principal_components is not None:
            x = (x.reshape(-1) @ self.principal_components).reshape(x.shape)
        return x

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: Any = None) -> None:
        """Find the mean, the deviation and the principal components of images."""
        x = np.asarray(x, floatx())
        if x.ndim != 4:
            raise ValueError(f"Input to `.fit()` should have rank 4. Got array with shape: {x.shape}")
        if seed is not None:
            np.random.seed(seed)
        x = np.copy(x)
        if augment:
            x = np.concatenate([np.stack([self.random_transform(i) for i in x]) for _ in range(rounds)])
        axes = (0, self.row_axis, self.col_axis)
        shape = [1, 1, 1]
        shape[self.channel_axis - 1] = x.shape[self.channel_axis]
        if self.featurewise_center:
            self.mean = x.mean(axis=axes).reshape(shape)
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = x.std(axis=axes).reshape(shape)
            x /= self.std + 1e-6
        if self.zca_whitening:
            flat = x.reshape(len(x), -1)
            u, s, _ = np.linalg.svd(flat.T @ flat / len(flat))
            self.principal_components = (u * (1.0 / np.sqrt(s + self.zca_epsilon))) @ u.T


def _around(edge: float) -> float:
    """A number on [-edge, edge)."""
    return float(np.random.uniform(-edge, edge)) if edge else 0.0


def _shift(given: Any, size: int) -> float:
    """How many pixels an image is moved by."""
    if given is None or (np.ndim(given) == 0 and not given):
        return 0.0
    if np.ndim(given):
        return float(np.random.choice(given) * np.random.choice([-1, 1]))
    moved = float(np.random.uniform(-given, given))
    return moved * size if given < 1 else moved


class Iterator(Sequence):
    """Batches by number, and one after the other without an end."""

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: Any):
        self.n, self.batch_size, self.shuffle, self.seed = n, batch_size, shuffle, seed
        self.batch_index = self.total_batches_seen = 0
        self.index_array: Any = None
        self._order: Iterating[Any] = self._forever()

    nb_sample = samples_ = property(lambda self: self.n)

    def reset(self) -> None:
        """Begin again."""
        self.batch_index = 0
        self._order = self._forever()

    def _set_index_array(self) -> None:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def on_epoch_end(self) -> None:
        self._set_index_array()

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def __getitem__(self, idx: int) -> Any:
        if idx >= len(self):
            raise ValueError(f"Asked to retrieve element {idx}, but the Sequence has length {len(self)}")
        if self.index_array is None:
            self._set_index_array()
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)
        self.total_batches_seen += 1
        return self._get_batches_of_transformed_samples(
            self.index_array[self.batch_size * idx : self.batch_size * (idx + 1)]
        )

    def _forever(self) -> Iterating[Any]:
        while True:
            if self.seed is not None:
                np.random.seed(self.seed + self.total_batches_seen)
            self._set_index_array()
            for i in range(len(self)):
                self.batch_index = i + 1
                self.total_batches_seen += 1
                yield self.index_array[self.batch_size * i : self.batch_size * (i + 1)]

    def __iter__(self) -> Any:
        return self

    def __next__(self, *args: Any, **kwargs: Any) -> Any:
        return self.next()

    def next(self) -> Any:
        """The next batch."""
        return self._get_batches_of_transformed_samples(next(self._order))

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        raise NotImplementedError


class NumpyArrayIterator(Iterator):
    """Batches of arrays."""

    def __init__(
        self, x: Any, y: Any, image_data_generator: Any, batch_size: int = 32, shuffle: bool = False,
        sample_weight: Any = None,
        seed: Any = None, data_format: str | None = None, save_to_dir: Any = None, save_prefix: str = "",
        save_format: str = "png",
        subset: Any = None,
    ):  # fmt: skip
        x = np.asarray(x, floatx())
        if x.ndim != 4:
            raise ValueError(
                "Input data in `NumpyArrayIterator` should have rank 4. You passed an array with shape"
                f" {x.shape}"
            )
        if y is not None and len(x) != len(y):
            raise ValueError(
                "`x` (images tensor) and `y` (labels) should have the same length. Found: x.shape ="
                f" {x.shape}, y.shape = {np.shape(y)}"
            )
        if subset is not None:
            at = int(len(x) * image_data_generator.validation_split)
            part = slice(None, at) if subset == "validation" else slice(at, None)
            x, y = x[part], None if y is None else np.asarray(y)[part]
        self.x, self.y = x, None if y is None else np.asarray(y)
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        self.image_data_generator, self.data_format = image_data_generator, data_format
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        super().__init__(len(x), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        own = self.image_data_generator
        batch = np.stack([own.standardize(own.random_transform(self.x[i])) for i in index_array]).astype(
            floatx()
        )
        _saved(self, batch, index_array)
        if self.y is None:
            return batch
        found = (batch, self.y[index_array])
        return found if self.sample_weight is None else (*found, self.sample_weight[index_array])


def _saved(iterator: Any, batch: Any, index_array: Any) -> None:
    """The images of a batch as files, where that was asked for."""
    if not iterator.save_to_dir:
        return
    for i, x in zip(index_array, batch, strict=True):
        name = f"{iterator.save_prefix}_{i}_{np.random.randint(10**4)}.{iterator.save_format}"
        array_to_img(x, iterator.data_format).save(os.path.join(iterator.save_to_dir, name))


class FileIterator(Iterator):
    """Batches of image files. labels: a class or a number for each, or None."""

    def __init__(
        self, generator: Any, files: list[str], labels: Any, classes: Any, target_size: Any,
        color_mode: str, class_mode: Any,
        batch_size: int, shuffle: bool, seed: Any, data_format: str, interpolation: str = "nearest",
    ):  # fmt: skip
        if color_mode not in MODES:
            raise ValueError(f'Invalid color mode: {color_mode}; expected "rgb", "rgba", or "grayscale".')
        if class_mode not in ("categorical", "binary", "sparse", "input", "other", "raw", None):
            raise ValueError(
                f'Invalid class_mode: {class_mode}; expected one of "categorical", "binary", "sparse",'
                ' "input" or None.'
            )
        self.image_data_generator, self.files, self.target_size = generator, files, tuple(target_size)
        self.color_mode, self.class_mode, self.data_format, self.interpolation = (
            color_mode,
            class_mode,
            data_format,
            interpolation,
        )
        self.save_to_dir: Any = None
        self.filenames = getattr(self, "filenames", files)
        if class_mode in ("categorical", "binary", "sparse"):
            names = list(classes) if classes else sorted(set(labels))
            self.class_indices = {name: i for i, name in enumerate(names)}
            self.classes: Any = np.array([self.class_indices[c] for c in labels], np.int32)
            self.num_classes = self.nb_class = len(names)
        elif labels is not None:
            self.classes = np.asarray(labels)
        depth = {"grayscale": 1, "rgb": 3, "rgba": 4}[color_mode]
        self.image_shape = (
            (depth, *self.target_size) if data_format == "channels_first" else (*self.target_size, depth)
        )
        self.samples = len(files)
        super().__init__(len(files), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        own = self.image_data_generator
        images = []
        for i in index_array:
            image = load_img(
                self.files[i],
                color_mode=self.color_mode,
                target_size=self.target_size,
                interpolation=self.interpolation,
            )
            images.append(own.standardize(own.random_transform(img_to_array(image, self.data_format))))
        batch = np.stack(images).astype(floatx())
        _saved(self, batch, index_array)
        if self.class_mode is None:
            return batch
        if self.class_mode == "input":
            return batch, batch.copy()
        y = self.classes[index_array]
        if self.class_mode == "categorical":
            y = np.eye(self.num_classes, dtype=floatx())[y]
        return batch, y.astype(floatx()) if self.class_mode in ("binary", "sparse") else y


class DirectoryIterator(FileIterator):
    """Batches of the images below a folder, whose folders are the classes."""

    def __init__(
        self, directory: Any, image_data_generator: Any, target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None, class_mode: Any = "categorical", batch_size: int = 32, shuffle: bool = True,
        seed: Any = None,
        data_format: str | None = None, save_to_dir: Any = None, save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False, subset: Any = None, interpolation: str = "nearest",
    ):  # fmt: skip
        names = (
            list(classes)
            if classes
            else sorted(d for d in os.listdir(directory) if os.path.isdir(os.path.join(directory, d)))
        )
        files: list[str] = []
        labels: list[str] = []
        for name in names:
            found = sorted(
                os.path.join(root, f)
                for root, _, inside in os.walk(os.path.join(directory, name), followlinks=follow_links)
                for f in inside
                if f.lower().endswith(EXTENSIONS)
            )
            if subset is not None:
                at = int(len(found) * image_data_generator.validation_split)
                found = found[:at] if subset == "validation" else found[at:]
            files += found
            labels += [name] * len(found)
        self.directory = directory
        self.filenames = [os.path.relpath(f, directory) for f in files]
        super().__init__(
            image_data_generator, files, labels, names, target_size, color_mode, class_mode, batch_size,
            shuffle, seed,
            normalize_data_format(data_format), interpolation,
        )  # fmt: skip
        self.class_indices = {name: i for i, name in enumerate(names)}
        self.num_classes = self.nb_class = len(names)
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")


__getattr__ = missing.attributes("keras.preprocessing.image", globals())
