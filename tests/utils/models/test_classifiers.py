"""The small classifier: its weights by hand, its parts, what is refused."""

import numpy as np
import pytest

from utils.augmentation import RandomInvert
from utils.models import small_convnet

PICTURES = np.random.default_rng(8).random((3, 16, 16, 3)).astype("float32")


def test_the_weights_by_hand():
    kernels = 9 * (3 * 16 + 16 * 32 + 32 * 64)
    biases = 16 + 32 + 64
    flat = (2 * 2 * 64) * 64 + 64 + 64 * 5 + 5  # a map of 2×2 is left of 16×16
    model = small_convnet(5, (16, 16))
    assert model.count_params() == kernels + biases + flat
    average = small_convnet(5, (16, 16), head="average")
    assert average.count_params() == kernels + 4 * biases + 64 * 5 + 5


@pytest.mark.parametrize("size", [(8, 8), (16, 24), (33, 17)])
@pytest.mark.parametrize("head", ["flat", "average"])
def test_logits_have_one_number_per_class(size, head):
    model = small_convnet(4, size, head=head)
    assert model(np.zeros((2, *size, 3), "float32"), training=False).shape == (2, 4)


def test_augmentation_adds_no_weight_and_is_off_in_inference():
    model = small_convnet(5, (16, 16), augmentation=RandomInvert(1))
    plain = small_convnet(5, (16, 16))
    assert model.count_params() == plain.count_params()
    plain.set_weights(model.get_weights()[: len(plain.get_weights())])
    expected = plain(PICTURES, training=False)
    np.testing.assert_allclose(model(PICTURES, training=False), expected, atol=1e-6)
    inverted = plain(1 - PICTURES, training=False)
    np.testing.assert_allclose(model(PICTURES, training=True), inverted, atol=1e-5)


def test_it_rescales_itself():
    model = small_convnet(5, (16, 16))
    rescaling = next(layer for layer in model.layers if layer.name.startswith("resc"))
    np.testing.assert_allclose(rescaling(np.array([0.0, 0.5, 1.0])), [-1, 0, 1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_classes": 0}, "`num_classes` must be a positive integer. Received: 0"),
        ({"num_classes": 5, "image_size": (7, 64)}, "`image_size` must be at least"),
        ({"num_classes": 5, "head": "round"}, "`head` must be.*Received: 'round'"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        small_convnet(**arguments)
