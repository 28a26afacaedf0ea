"""Metrics: values worked by hand, then properties, then Keras."""

import keras
import numpy as np
import pytest

from utils import metrics

# Two rows of three pixels; one pixel of class 1 is missed, one is unlabelled.
TRUE = np.array([[0, 1, 1], [0, 1, 255]])
PREDICTED = np.array([[0, 1, 0], [0, 1, 1]])


def random_masks(seed, num_classes=4, shape=(3, 16, 16)):
    """Two masks that agree on most pixels."""
    rng = np.random.default_rng(seed)
    true_mask = rng.integers(num_classes, size=shape)
    noise = rng.integers(num_classes, size=shape)
    return true_mask, np.where(rng.random(shape) < 0.3, noise, true_mask)


def test_confusion_matrix_counts_pixels_by_hand():
    confusion = metrics.confusion_matrix(TRUE, PREDICTED, num_classes=2)
    np.testing.assert_array_equal(confusion, [[2, 0], [1, 2]])
    assert confusion.dtype == np.int64


def test_scores_follow_from_the_matrix_by_hand():
    confusion = [[2, 0], [1, 2]]
    # Class 0: 2 in both masks, 3 in at least one. Class 1: 2 and 3. Right: 4 of 5.
    np.testing.assert_allclose(metrics.iou_per_class(confusion), [2 / 3, 2 / 3])
    assert metrics.mean_iou(confusion) == pytest.approx(2 / 3)
    assert metrics.pixel_accuracy(confusion) == pytest.approx(4 / 5)


def test_a_class_in_neither_mask_has_no_iou_and_is_left_out_of_the_mean():
    confusion = metrics.confusion_matrix([0, 0, 1], [0, 1, 1], num_classes=3)
    np.testing.assert_allclose(metrics.iou_per_class(confusion), [0.5, 0.5, np.nan])
    assert metrics.mean_iou(confusion) == 0.5


def test_a_class_that_is_only_predicted_has_iou_zero():
    confusion = metrics.confusion_matrix([0, 0], [0, 2], num_classes=3)
    np.testing.assert_allclose(metrics.iou_per_class(confusion), [0.5, np.nan, 0])
    assert metrics.mean_iou(confusion) == 0.25


@pytest.mark.parametrize("mask", [[], [255, 255]], ids=["empty", "all void"])
def test_without_labelled_pixels_the_counts_are_zero_and_the_scores_nan(mask):
    confusion = metrics.confusion_matrix(mask, mask, num_classes=2)
    np.testing.assert_array_equal(confusion, np.zeros((2, 2)))
    assert np.isnan(metrics.iou_per_class(confusion)).all()
    assert np.isnan(metrics.mean_iou(confusion))
    assert np.isnan(metrics.pixel_accuracy(confusion))


def test_the_prediction_at_void_pixels_does_not_count():
    confusion = metrics.confusion_matrix([0, 7], [0, 9], num_classes=1, void=7)
    np.testing.assert_array_equal(confusion, [[1]])


def test_a_perfect_prediction_scores_one():
    mask, _ = random_masks(seed=0)
    confusion = metrics.confusion_matrix(mask, mask, num_classes=4)
    np.testing.assert_array_equal(metrics.iou_per_class(confusion), np.ones(4))
    assert metrics.pixel_accuracy(confusion) == metrics.mean_iou(confusion) == 1


def test_iou_is_the_same_for_both_argument_orders():
    one, other = random_masks(seed=1)
    there = metrics.confusion_matrix(one, other, num_classes=4)
    back = metrics.confusion_matrix(other, one, num_classes=4)
    np.testing.assert_array_equal(there, back.T)
    np.testing.assert_array_equal(
        metrics.iou_per_class(there), metrics.iou_per_class(back)
    )


def test_matrices_of_parts_add_up_to_the_matrix_of_the_whole():
    true_mask, predicted_mask = random_masks(seed=2)
    parts = [
        metrics.confusion_matrix(*pair, num_classes=4)
        for pair in zip(true_mask, predicted_mask, strict=True)
    ]
    whole = metrics.confusion_matrix(true_mask, predicted_mask, num_classes=4)
    np.testing.assert_array_equal(sum(parts), whole)


def test_agrees_with_keras():
    true_mask, predicted_mask = random_masks(seed=3)
    confusion = metrics.confusion_matrix(true_mask, predicted_mask, num_classes=4)
    reference = keras.metrics.MeanIoU(num_classes=4)
    reference.update_state(true_mask, predicted_mask)
    assert metrics.mean_iou(confusion) == pytest.approx(float(reference.result()))
    accuracy = keras.metrics.Accuracy()
    accuracy.update_state(true_mask, predicted_mask)
    assert metrics.pixel_accuracy(confusion) == pytest.approx(float(accuracy.result()))


@pytest.mark.parametrize(
    ("true_mask", "predicted_mask", "message"),
    [
        ([0, 1], [0, 1, 1], r"same shape.*Received: \(2,\) and \(3,\)"),
        ([0, 3], [0, 1], r"`true_mask`.*0 to 1.*Received: \[3\]"),
        ([0, -1], [0, 1], r"`true_mask`.*Received: \[-1\]"),
        ([0, 1], [0, 255], r"`predicted_mask`.*Received: \[255\]"),
        ([0, 1], [0.0, 0.5], r"`predicted_mask`.*integer.*Received: float64"),
    ],
)
def test_bad_masks_are_reported_never_dropped(true_mask, predicted_mask, message):
    with pytest.raises(ValueError, match=message):
        metrics.confusion_matrix(true_mask, predicted_mask, num_classes=2)


@pytest.mark.parametrize("confusion", [[1, 2], [[1, 2]], [[1, -2], [0, 1]]])
@pytest.mark.parametrize(
    "score", [metrics.pixel_accuracy, metrics.iou_per_class, metrics.mean_iou]
)
def test_scores_want_a_square_matrix_of_counts(score, confusion):
    with pytest.raises(ValueError, match="`confusion` must .* Received: "):
        score(confusion)


def test_create_mask_takes_the_largest_logit():
    logits = np.array([[[0.0, 2.0, 1.0], [3.0, -1.0, 3.0]]])
    mask = metrics.create_mask(logits)
    np.testing.assert_array_equal(mask, [[1, 0]])
    assert mask.dtype == np.uint8
    batch = metrics.create_mask(np.stack([logits, -logits]))
    np.testing.assert_array_equal(batch, [[[1, 0]], [[0, 1]]])


@pytest.mark.parametrize("shape", [(4, 4, 1), (4, 4, 256), (4, 3)])
def test_create_mask_wants_two_classes_or_more(shape):
    with pytest.raises(ValueError, match="`logits` must have shape.*Received: shape"):
        metrics.create_mask(np.zeros(shape))


def echo():
    """A model whose logits are its images."""
    images = keras.Input((None, None, 3))
    return keras.Model(images, keras.layers.Identity()(images))


def test_dataset_confusion_pools_batches_of_different_size():
    true_mask, predicted_mask = random_masks(seed=4, num_classes=3)
    true_mask[0, 0, 0] = 255
    logits = np.eye(3, dtype="float32")[predicted_mask]
    parts = [(logits[:2], true_mask[:2], "a weight"), (logits[2:], true_mask[2:])]
    np.testing.assert_array_equal(
        metrics.dataset_confusion(echo(), parts, num_classes=3),
        metrics.confusion_matrix(true_mask, predicted_mask, num_classes=3),
    )


def test_dataset_confusion_wants_batches():
    single = [(np.zeros((4, 4, 3)), np.zeros((4, 4), dtype=int))]
    with pytest.raises(ValueError, match=r"must yield batches.*shape \(4, 4, 3\)"):
        metrics.dataset_confusion(echo(), single, num_classes=3)
