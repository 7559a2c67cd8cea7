"""The names of Keras' public API of three generations, as the page of the face lists them."""

from __future__ import annotations

LAYERS = """
Activation ActivityRegularization Add AlphaDropout AtrousConvolution1D AtrousConvolution2D AutoEncoder Average
AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization Bidirectional Concatenate Conv1D Conv2D
Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM2D ConvLSTM2DCell ConvRNN2D Convolution1D Convolution2D
Convolution3D Cropping1D Cropping2D Cropping3D CuDNNGRU CuDNNLSTM Deconvolution2D Deconvolution3D Dense
DepthwiseConv2D Dot Dropout ELU Embedding Flatten GRU GRUCell GaussianDropout GaussianNoise
GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
GlobalMaxPooling3D Highway Input InputLayer InputSpec LSTM LSTMCell Lambda Layer LeakyReLU LocallyConnected1D
LocallyConnected2D Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum MaxoutDense Merge Minimum Multiply
PReLU ParametricSoftplus Permute RNN ReLU RepeatVector Reshape SReLU SeparableConv1D SeparableConv2D
SeparableConvolution2D SimpleRNN SimpleRNNCell Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D
StackedRNNCells Subtract ThresholdedReLU TimeDistributed TimeDistributedDense UpSampling1D UpSampling2D
UpSampling3D Wrapper ZeroPadding1D ZeroPadding2D ZeroPadding3D add average concatenate dot
maximum merge minimum
multiply subtract
"""

BACKEND = """
abs all any arange argmax argmin backend batch_dot batch_flatten batch_get_value batch_normalization
batch_set_value bias_add binary_crossentropy cast cast_to_floatx categorical_crossentropy clear_session clip
concatenate constant conv1d conv2d conv2d_transpose conv3d conv3d_transpose cos count_params ctc_batch_cost
ctc_decode ctc_label_dense_to_sparse cumprod cumsum deconv2d depthwise_conv2d dot dropout dtype elu epsilon
equal eval exp expand_dims eye flatten floatx foldl foldr function gather get_session get_uid get_value
get_variable_shape gradients greater greater_equal hard_sigmoid identity image_data_format image_dim_ordering
in_test_phase in_top_k in_train_phase int_shape is_keras_tensor is_placeholder is_sparse is_tensor
l2_normalize learning_phase less less_equal local_conv1d local_conv2d log logsumexp
manual_variable_initialization map_fn max maximum mean min minimum moving_average_update name_scope ndim
normalize_batch_in_training not_equal one_hot ones ones_like permute_dimensions placeholder pool2d pool3d pow
print_tensor prod random_binomial random_normal random_normal_variable random_uniform
random_uniform_variable relu repeat repeat_elements reset_uids reshape resize_images
resize_volumes reverse rnn
round separable_conv1d separable_conv2d set_epsilon set_floatx set_image_data_format set_image_dim_ordering
set_learning_phase set_session set_value shape sigmoid sign sin slice softmax softplus softsign
sparse_categorical_crossentropy spatial_2d_padding spatial_3d_padding sqrt square squeeze stack std
stop_gradient sum switch tanh temporal_padding tile to_dense transpose truncated_normal update update_add
update_sub var variable zeros zeros_like
"""

OTHERS = {
    "keras": "Input Model Sequential backend",
    "keras.activations": "elu exponential get hard_sigmoid linear relu selu sigmoid softmax "
    "softplus softsign tanh",
    "keras.applications": "DenseNet121 DenseNet169 DenseNet201 InceptionResNetV2 InceptionV3 "
    "MobileNet MobileNetV2 "
    "NASNetLarge NASNetMobile ResNet50 VGG16 VGG19 Xception",
    "keras.applications.imagenet_utils": "decode_predictions preprocess_input",
    "keras.callbacks": "BaseLogger CSVLogger Callback EarlyStopping History LambdaCallback "
    "LearningRateScheduler "
    "ModelCheckpoint ProgbarLogger ReduceLROnPlateau RemoteMonitor TensorBoard TerminateOnNaN",
    "keras.constraints": "MaxNorm MinMaxNorm NonNeg UnitNorm max_norm maxnorm non_neg nonneg "
    "unit_norm unitnorm",
    "keras.datasets": "boston_housing cifar10 cifar100 fashion_mnist imdb mnist reuters",
    "keras.engine.topology": "Container Input InputLayer InputSpec Layer Merge merge",
    "keras.initializations": "get glorot_normal glorot_uniform he_normal he_uniform identity "
    "lecun_uniform normal one "
    "orthogonal uniform zero",
    "keras.initializers": "Constant Identity Initializer Ones Orthogonal RandomNormal "
    "RandomUniform TruncatedNormal "
    "VarianceScaling Zeros glorot_normal glorot_uniform he_normal he_uniform lecun_normal lecun_uniform",
    "keras.layers.containers": "Graph Sequential",
    "keras.losses": "binary_crossentropy categorical_crossentropy categorical_hinge cosine_proximity hinge "
    "kullback_leibler_divergence logcosh mean_absolute_error mean_absolute_percentage_error "
    "mean_squared_error "
    "mean_squared_logarithmic_error poisson sparse_categorical_crossentropy squared_hinge",
    "keras.metrics": "binary_accuracy categorical_accuracy fbeta_score matthews_correlation precision recall "
    "sparse_categorical_accuracy sparse_top_k_categorical_accuracy top_k_categorical_accuracy",
    "keras.models": "Graph Model Sequential clone_model load_model model_from_config "
    "model_from_json model_from_yaml "
    "save_model",
    "keras.objectives": "binary_crossentropy categorical_crossentropy mae mape mse msle",
    "keras.optimizers": "Adadelta Adagrad Adam Adamax Nadam Optimizer RMSprop SGD TFOptimizer",
    "keras.preprocessing.image": "DirectoryIterator ImageDataGenerator Iterator "
    "NumpyArrayIterator apply_transform "
    "array_to_img flip_axis img_to_array list_pictures load_img random_rotation random_shear "
    "random_shift random_zoom",
    "keras.preprocessing.sequence": "TimeseriesGenerator make_sampling_table pad_sequences skipgrams",
    "keras.preprocessing.text": "Tokenizer hashing_trick one_hot text_to_word_sequence tokenizer_from_json",
    "keras.regularizers": "L1L2 Regularizer WeightRegularizer activity_l1 activity_l2 l1 l1_l2 l1l2 l2",
    "keras.utils": "CustomObjectScope HDF5Matrix Sequence convert_all_kernels_in_model "
    "custom_object_scope get_file "
    "multi_gpu_model normalize plot_model print_summary to_categorical",
    "keras.utils.generic_utils": "Progbar deserialize_keras_object get_custom_objects serialize_keras_object",
    "keras.utils.layer_utils": "convert_all_kernels_in_model print_summary",
    "keras.utils.np_utils": "categorical_probas_to_classes convert_kernel normalize to_categorical",
    "keras.utils.vis_utils": "model_to_dot plot_model",
    "keras.utils.visualize_util": "plot",
    "keras.wrappers.scikit_learn": "KerasClassifier KerasRegressor",
}

SYMBOLS = {"keras.layers": LAYERS.split(), "keras.backend": BACKEND.split()} | {
    module: names.split() for module, names in OTHERS.items()
}
