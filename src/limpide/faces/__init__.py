"""Faces: course code in Theano, TensorFlow 1 and Keras runs on limpide's engine.

`limpide run SCRIPT` runs such code as it stands; see `docs/run.md`.
"""
