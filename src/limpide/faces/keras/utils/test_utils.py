"""`keras.utils.test_utils`: data for tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import missing


def get_test_data(
    num_train: int = 1000, num_test: int = 500, input_shape: Any = (10,), output_shape: Any = (2,),
    classification: bool = True, num_classes: int = 2, nb_train: Any = None, nb_test: Any = None,
    nb_class: Any = None,
) -> Any:  # fmt: skip
    """Noisy data whose labels can be learnt: ((x, y), (x_test, y_test))."""
    train, test = nb_train or num_train, nb_test or num_test
    classes, samples = nb_class or num_classes, (nb_train or num_train) + (nb_test or num_test)
    x: Any
    y: Any
    if classification:
        y = np.random.randint(0, classes, (samples,))
        x = y.reshape(-1, *(1,) * len(input_shape)) + np.random.normal(0, 0.7, (samples, *input_shape))
    else:
        y = np.random.random((samples, 1)) * 5
        x = y.reshape(-1, *(1,) * len(input_shape)) + np.random.normal(0, 0.7, (samples, *input_shape))
        y = y.reshape(-1, *(1,) * len(output_shape)) + np.random.normal(0, 0.7, (samples, *output_shape))
    return (x[:train], y[:train]), (x[train : train + test], y[train : train + test])


__getattr__ = missing.attributes("keras.utils.test_utils", globals())
