# devices: c
# env: LIMPIDE_CACHE=cache
import os
import shutil
import sys
from pathlib import Path

real = shutil.which("gcc") or shutil.which("clang") or f"{sys.executable} -m ziglang cc"
script = Path("full-disk-cc")  # works in small, then finds the disk full
full = 'echo "f.c: No space left on device" >&2; exit 1'
script.write_text(f'#!/bin/sh\ncase "$*" in *f.c*) {full};; esac\nexec {real} "$@"\n')
script.chmod(0o700)
os.environ["CC"] = str(script.resolve())

import numpy as np  # noqa: E402

import limpide as lp  # noqa: E402

x = lp.input("x", (3,))
f = lp.function([x], x * 2)
print(f(np.ones(3)))
