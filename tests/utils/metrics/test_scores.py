"""Metrics: values worked by hand, then properties, then Keras."""

import keras
import numpy as np
import pytest
import sklearn.metrics

from utils import metrics
from utils.masks import create_mask

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
    mask = create_mask(logits)
    np.testing.assert_array_equal(mask, [[1, 0]])
    assert mask.dtype == np.uint8
    batch = create_mask(np.stack([logits, -logits]))
    np.testing.assert_array_equal(batch, [[[1, 0]], [[0, 1]]])


@pytest.mark.parametrize("shape", [(4, 4, 1), (4, 4, 256), (4, 3)])
def test_create_mask_wants_two_classes_or_more(shape):
    with pytest.raises(ValueError, match="`logits` must have shape.*Received: shape"):
        create_mask(np.zeros(shape))


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


# Twelve pixels, two wrong: row = true class, column = predicted class.
#   true       predicted
#   0 0 1 1    0 0 1 1
#   0 2 1 1    0 1 1 1
#   2 2 1 1    2 2 1 0
HAND_TRUE = np.array([[0, 0, 1, 1], [0, 2, 1, 1], [2, 2, 1, 1]])
HAND_PREDICTED = np.array([[0, 0, 1, 1], [0, 1, 1, 1], [2, 2, 1, 0]])
HAND = np.array([[3, 0, 0], [1, 5, 0], [0, 1, 2]])
SCALARS = [
    metrics.pixel_accuracy,
    metrics.mean_accuracy,
    metrics.mean_iou,
    metrics.frequency_weighted_iou,
    metrics.mean_dice,
]
PER_CLASS = [metrics.accuracy_per_class, metrics.iou_per_class, metrics.dice_per_class]


def test_twelve_pixels_by_hand():
    confusion = metrics.confusion_matrix(HAND_TRUE, HAND_PREDICTED, num_classes=3)
    np.testing.assert_array_equal(confusion, HAND)
    # True sizes 3, 6, 3; predicted sizes 4, 6, 2; hits 3, 5, 2; unions 4, 7, 3.
    assert metrics.pixel_accuracy(HAND) == pytest.approx(10 / 12)
    np.testing.assert_allclose(metrics.accuracy_per_class(HAND), [1, 5 / 6, 2 / 3])
    assert metrics.mean_accuracy(HAND) == pytest.approx((1 + 5 / 6 + 2 / 3) / 3)
    np.testing.assert_allclose(metrics.iou_per_class(HAND), [3 / 4, 5 / 7, 2 / 3])
    assert metrics.mean_iou(HAND) == pytest.approx((3 / 4 + 5 / 7 + 2 / 3) / 3)
    weighted = (3 * 3 / 4 + 6 * 5 / 7 + 3 * 2 / 3) / 12
    assert metrics.frequency_weighted_iou(HAND) == pytest.approx(weighted)
    np.testing.assert_allclose(metrics.dice_per_class(HAND), [6 / 7, 10 / 12, 4 / 5])
    assert metrics.mean_dice(HAND) == pytest.approx((6 / 7 + 10 / 12 + 4 / 5) / 3)


def test_each_score_says_for_itself_which_classes_it_leaves_out():
    # Class 1 is only predicted, class 2 only true, class 3 in neither mask.
    confusion = [[2, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    nan = np.nan
    np.testing.assert_allclose(
        metrics.accuracy_per_class(confusion), [2 / 3, nan, 0, nan]
    )
    np.testing.assert_allclose(metrics.iou_per_class(confusion), [1 / 2, 0, 0, nan])
    np.testing.assert_allclose(metrics.dice_per_class(confusion), [2 / 3, 0, 0, nan])
    assert metrics.mean_accuracy(confusion) == pytest.approx(1 / 3)
    assert metrics.mean_dice(confusion) == pytest.approx(2 / 9)
    assert metrics.frequency_weighted_iou(confusion) == pytest.approx(3 / 8)


@pytest.mark.parametrize("score", SCALARS + PER_CLASS)
def test_every_score_of_nothing_is_nan_and_of_perfection_one(score):
    assert np.isnan(score(np.zeros((3, 3), int))).all()
    np.testing.assert_array_equal(
        score(np.diag([5, 1, 200])), np.ones_like(score(HAND))
    )


@pytest.mark.parametrize("score", SCALARS + PER_CLASS)
@pytest.mark.parametrize("confusion", [[1, 2], [[1, 2]], [[1, -2], [0, 1]]])
def test_every_score_wants_a_square_matrix_of_counts(score, confusion):
    with pytest.raises(ValueError, match="`confusion` must .* Received: "):
        score(confusion)


@pytest.mark.parametrize("seed", range(5))
def test_dice_is_never_below_iou_and_follows_from_it(seed):
    confusion = metrics.confusion_matrix(*random_masks(seed), num_classes=4)
    iou, dice = metrics.iou_per_class(confusion), metrics.dice_per_class(confusion)
    assert (dice >= iou).all()
    np.testing.assert_allclose(dice, 2 * iou / (1 + iou))
    np.testing.assert_allclose(metrics.dice_per_class(confusion.T), dice)


@pytest.mark.parametrize("score", SCALARS)
def test_names_of_classes_order_and_scale_of_pixels_do_not_matter(score):
    true_mask, predicted_mask = random_masks(seed=6)
    confusion = metrics.confusion_matrix(true_mask, predicted_mask, num_classes=4)
    renamed = np.array([2, 0, 3, 1])
    turned = metrics.confusion_matrix(
        renamed[true_mask[:, ::-1]], renamed[predicted_mask[:, ::-1]], num_classes=4
    )
    assert score(turned) == pytest.approx(score(confusion))
    assert score(7 * confusion) == pytest.approx(score(confusion))


@pytest.mark.parametrize("num_classes", [2, 5, 150])
def test_agrees_with_scikit_learn_void_pixels_left_out(num_classes):
    true_mask, predicted_mask = random_masks(seed=7, num_classes=num_classes)
    true_mask[0, :3] = 255
    counted = true_mask != 255
    pair = true_mask[counted], predicted_mask[counted]
    confusion = metrics.confusion_matrix(true_mask, predicted_mask, num_classes)
    labels = range(num_classes)
    np.testing.assert_array_equal(
        confusion, sklearn.metrics.confusion_matrix(*pair, labels=labels)
    )
    for average, ours in (("jaccard_score", "iou"), ("f1_score", "dice")):
        theirs = getattr(sklearn.metrics, average)(
            *pair, labels=labels, average=None, zero_division=0
        )
        scores = getattr(metrics, f"{ours}_per_class")(confusion)
        np.testing.assert_allclose(np.nan_to_num(scores), theirs)
    assert metrics.mean_accuracy(confusion) == pytest.approx(
        sklearn.metrics.balanced_accuracy_score(*pair)
    )


@pytest.mark.parametrize("num_classes", [2, 5])
def test_agrees_with_keras_class_by_class_and_with_void(num_classes):
    true_mask, predicted_mask = random_masks(seed=8, num_classes=num_classes)
    true_mask[1, 2:5] = 255
    confusion = metrics.confusion_matrix(true_mask, predicted_mask, num_classes)
    for number, iou in enumerate(metrics.iou_per_class(confusion)):
        theirs = keras.metrics.IoU(num_classes, [number], ignore_class=255)
        theirs.update_state(true_mask, predicted_mask)
        assert float(theirs.result()) == pytest.approx(iou)
    theirs = keras.metrics.MeanIoU(num_classes, ignore_class=255)
    theirs.update_state(true_mask, predicted_mask)
    assert float(theirs.result()) == pytest.approx(metrics.mean_iou(confusion))


def test_matrices_per_image_pool_to_the_matrix_of_all_pixels():
    pair = random_masks(seed=9)
    confusions = metrics.confusion_per_image(*pair, num_classes=4)
    assert confusions.shape == (3, 4, 4)
    np.testing.assert_array_equal(
        confusions.sum(axis=0), metrics.confusion_matrix(*pair, num_classes=4)
    )
    assert metrics.confusion_per_image([], [], num_classes=4).shape == (0, 4, 4)
    with pytest.raises(ValueError, match="same number of masks.*Received: 3 and 2"):
        metrics.confusion_per_image(pair[0], pair[1][:2], num_classes=4)


def test_the_mean_over_images_gives_every_image_one_vote():
    # 10 of 10 right; of the small object in the second image nothing was found.
    confusions = np.array([[[6, 0], [0, 4]], [[9, 0], [1, 0]]])
    assert metrics.per_image_mean(metrics.mean_iou, confusions) == pytest.approx(
        (1 + (9 / 10 + 0) / 2) / 2
    )
    pooled = metrics.mean_iou(confusions.sum(axis=0))
    assert pooled == pytest.approx((15 / 16 + 4 / 5) / 2)


def test_images_without_a_class_are_left_out_of_its_mean():
    confusions = np.array([[[4, 0], [0, 0]], [[1, 1], [0, 2]]])
    np.testing.assert_allclose(
        metrics.per_image_mean(metrics.iou_per_class, confusions), [0.75, 2 / 3]
    )
    nothing = np.zeros((2, 2, 2), int)
    assert np.isnan(metrics.per_image_mean(metrics.mean_iou, nothing))
    assert np.isnan(metrics.per_image_mean(metrics.mean_iou, nothing[:0]))
    with pytest.raises(ValueError, match=r"`confusions` must.*shape \(2, 2\)"):
        metrics.per_image_mean(metrics.mean_iou, nothing[0])


def test_dataset_confusion_keeps_one_matrix_per_image_on_request():
    true_mask, predicted_mask = random_masks(seed=10, num_classes=3)
    logits = np.eye(3, dtype="float32")[predicted_mask]
    parts = [(logits[:2], true_mask[:2]), (logits[2:], true_mask[2:])]
    np.testing.assert_array_equal(
        metrics.dataset_confusion(echo(), parts, num_classes=3, per_image=True),
        metrics.confusion_per_image(true_mask, predicted_mask, num_classes=3),
    )
