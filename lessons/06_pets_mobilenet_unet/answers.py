"""Other right answers: TensorFlow instead of NumPy, a loop instead of an index."""

import numpy as np
import tensorflow as tf


# %% 6.3 with TensorFlow
def mask_of(logits):
    return tf.argmax(logits, axis=-1, output_type=tf.int32)


# %% 6.4 class by class
def pixel_weights(mask, class_weights):
    weights = np.zeros(np.shape(mask))
    for number, weight in enumerate(class_weights):
        weights[mask == number] = weight
    return weights
