"""`keras.utils`."""

from ... import missing
from .data_utils import GeneratorEnqueuer, OrderedEnqueuer, Sequence, SequenceEnqueuer, get_file
from .generic_utils import (
    CustomObjectScope,
    Progbar,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    serialize_keras_object,
)
from .io_utils import HDF5Matrix
from .layer_utils import convert_all_kernels_in_model, print_summary
from .np_utils import normalize, to_categorical
from .training_utils import multi_gpu_model
from .vis_utils import model_to_dot, plot_model

__getattr__ = missing.attributes("keras.utils", globals())
