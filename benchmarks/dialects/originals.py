"""Run a program in its original library, or in what that has become: PROGRAM ARGS.

Theano is PyTensor, TensorFlow 1 is tensorflow.compat.v1, Keras is Keras 3.
"""

import importlib
import os
import runpy
import sys
import types

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def as_theano() -> None:
    import pytensor
    import pytensor.tensor as tensor
    from pytensor.tensor.special import softmax

    pytensor.config.floatX = "float32"
    theano, T = types.ModuleType("theano"), types.ModuleType("theano.tensor")
    T.__dict__.update({k: v for k, v in vars(tensor).items() if not k.startswith("__")})
    T.nnet = types.SimpleNamespace(sigmoid=tensor.sigmoid, softmax=lambda x: softmax(x, axis=-1))
    theano.shared, theano.function, theano.tensor = pytensor.shared, pytensor.function, T
    theano.config = pytensor.config
    sys.modules |= {"theano": theano, "theano.tensor": T}


def as_tensorflow() -> None:
    tf = importlib.import_module("tensorflow.compat.v1")
    tf.disable_v2_behavior()
    sys.modules["tensorflow"] = tf


def main() -> None:
    program = sys.argv[1]
    name = os.path.basename(program)
    if name.startswith("theano"):
        as_theano()
    elif name.startswith("tensorflow"):
        as_tensorflow()
    sys.argv = sys.argv[1:]
    runpy.run_path(program, run_name="__main__")


main()
