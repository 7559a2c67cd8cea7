"""Names that were taken away are there again, and what was shown on a screen is written."""

from __future__ import annotations

from pathlib import Path

from faces.run.conftest import Run

NAMES = """
import collections, time, inspect, string, fractions, sys, os
import numpy as np
assert np.float is float and np.int is int and np.bool(1) and np.NaN != np.NaN
assert np.asscalar(np.array([3])) == 3
assert np.cast['float32'](3).dtype == 'float32' and np.product([2, 3]) == 6 and np.rank(np.eye(2)) == 2
assert np.array([[1], [2, 3]]).dtype == object and np.asarray([1, 2]).dtype == int
assert np.fromstring(b'ab', np.uint8).tolist() == [97, 98]
assert np.fromstring('1 2', sep=' ').tolist() == [1, 2]
assert np.random.random_integers(1, 1) == 1 and np.in1d([1, 2], [2]).tolist() == [False, True]
assert np.reshape(np.arange(4), newshape=(2, 2)).shape == (2, 2)
try:
    np.array([[1], [2, 3]], 'float32')
except ValueError:
    pass
else:
    raise AssertionError
from numpy.linalg import linalg
assert collections.Mapping and collections.Callable and time.clock() >= 0 and fractions.gcd(4, 6) == 2
assert inspect.getargspec(lambda a, b=1: 0).args == ['a', 'b']
assert string.letters and string.join(['a', 'b']) == 'a b'
sys.setdefaultencoding('utf-8')

import scipy.misc, scipy.signal, scipy.integrate, scipy.ndimage
image = np.arange(64, dtype=np.uint8).reshape(8, 8)
scipy.misc.imsave('small.png', image)
assert scipy.misc.imread('small.png').shape == (8, 8)
assert scipy.misc.imread('small.png', flatten=True).dtype == 'float32'
assert scipy.misc.imresize(image, (4, 2)).shape == (4, 2) and scipy.misc.imresize(image, 0.5).shape == (4, 4)
assert scipy.misc.imresize(image, 50).shape == (4, 4) and scipy.misc.comb(4, 2) == 6
assert len(scipy.signal.gaussian(5, 1)) == 5 and scipy.integrate.simps([1, 1, 1]) == 2

from sklearn.cross_validation import train_test_split, KFold, StratifiedKFold
assert [len(test) for _, test in KFold(6, n_folds=3)] == [2, 2, 2]
assert len(StratifiedKFold([0, 1] * 4, 2)) == 2
from sklearn.grid_search import GridSearchCV
from sklearn.preprocessing import OneHotEncoder, Imputer
assert OneHotEncoder(sparse=False).fit_transform([[0], [1]]).tolist() == [[1, 0], [0, 1]] and Imputer()
from sklearn.preprocessing import StandardScaler
scaler = StandardScaler().fit(np.eye(3))
assert scaler.inverse_transform(scaler.transform(np.eye(3))[0]).round(6).tolist() == [1, 0, 0]
from sklearn.externals import joblib
import Image
assert Image.ANTIALIAS == Image.LANCZOS and Image.open('small.png').tobytes() == image.tobytes()
from PIL import Image as Again
assert Again is Image
print('all there')
"""


def test_names_are_there_again(run: Run) -> None:
    done = run(NAMES)
    assert done.out == "all there\n", done.err


FIGURES = """
import matplotlib
matplotlib.use('TkAgg')
import matplotlib.pyplot as plt
plt.style.use('seaborn')
fig = plt.figure()
ax = fig.add_subplot(111, axisbg='white')
ax.hist([1, 2, 2], normed=True)
ax.set_color_cycle(['r', 'g'])
plt.hold(True)
plt.imshow([[1, 2], [3, 4]], cmap='spectral')
fig.canvas.set_window_title('a title')
plt.show()
three = plt.figure().gca(projection='3d')
plt.cm.get_cmap('Vega10')
plt.figure()
plt.show()
assert plt.get_fignums() == []
plt.ion()
for i in range(3):
    plt.plot([i])
    plt.show()
    plt.draw()
    plt.pause(10)
from PIL import Image
Image.new('F', (2, 2)).show()
"""


def test_figures_are_files(run: Run, tmp_path: Path) -> None:
    done = run(FIGURES)
    assert done.code == 0, done.err
    names = sorted(path.name for path in (tmp_path / "script-output").iterdir())
    assert names == [*(f"script-figure-{k}.png" for k in (1, 2, 3, 4)), "script-image-1.png"]
    assert "limpide: wrote script-output/script-figure-1.png\n" in done.err
    assert len(done.facts["figures"]) == 5


def test_a_script_that_draws_nothing_makes_no_folder(run: Run, tmp_path: Path) -> None:
    run("import matplotlib.pyplot as plt\nplt.plot([1])\n")
    assert not (tmp_path / "script-output").exists()
