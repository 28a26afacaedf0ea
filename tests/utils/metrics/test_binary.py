"""Two classes from one logit: targets, thresholds, the Dice loss, refusals."""

import keras
import numpy as np
import pytest
from keras import ops

from utils.masks import binary_mask, binary_target
from utils.metrics import SoftDice, binary_confusion, dice_per_class, iou_by_threshold

# One image of two rows and three pixels, and a logit for each of them.
TARGETS = np.array([[[0, 1, 1], [0, 1, 0]]])
LOGITS = np.array([[[[-2.0], [0.3], [4.0]], [[0.1], [-1.0], [-9.0]]]])


def random_pair(seed, shape=(3, 6, 5, 1)):
    """Targets and logits without any order in them."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, 2, shape).astype(np.float32)
    return targets, rng.normal(scale=3, size=shape).astype(np.float32)


def test_object_and_border_become_one():
    target = binary_target(np.array([[0, 1, 2]], np.uint8))
    np.testing.assert_array_equal(target, [[1, 0, 1]])
    assert target.dtype == np.uint8


def test_the_border_may_be_left_out_and_more_classes_put_in():
    assert binary_target([0, 1, 2], object_ids=(0,)).tolist() == [1, 0, 0]
    assert binary_target([0, 3, 4], object_ids=(3, 4), num_classes=5).tolist() == [
        0,
        1,
        1,
    ]
    assert binary_target(np.zeros((0, 4))).shape == (0, 4)


def test_the_threshold_is_a_probability():
    np.testing.assert_array_equal(binary_mask(LOGITS), [[[0, 1, 1], [1, 0, 0]]])
    np.testing.assert_array_equal(binary_mask(LOGITS, 0.55), [[[0, 1, 1], [0, 0, 0]]])
    _, logits = random_pair(1)
    p = 1 / (1 + np.exp(-logits[..., 0]))
    for threshold in (0.05, 0.3, 0.5, 0.9):
        np.testing.assert_array_equal(binary_mask(logits, threshold), p > threshold)


def test_huge_logits_do_no_harm():
    logits = np.array([[[-1e30], [1e30], [np.float32(3e38)]]])
    assert binary_mask(logits, 0.99).tolist() == [[0, 1, 1]]


def test_confusion_by_hand():
    # Called pet: the second and third pixel of the first row, rightly; the first of the
    # second row, wrongly. Missed: one.
    np.testing.assert_array_equal(binary_confusion(TARGETS, LOGITS), [[2, 1], [1, 2]])


def test_iou_by_threshold_by_hand():
    # At 0.55 the wrong one is gone: 2 in both, 3 in either. At 0.2 the missed one is
    # found (p = 0.27), so 3 in both and 4 in either.
    ious = iou_by_threshold(TARGETS, LOGITS, [0.5, 0.55, 0.2])
    np.testing.assert_allclose(ious, [2 / 4, 2 / 3, 3 / 4])
    none = iou_by_threshold(
        np.zeros((1, 2, 2), int), np.full((1, 2, 2, 1), -5.0), [0.5]
    )
    assert np.isnan(none).all()


def test_iou_agrees_with_keras():
    targets, logits = random_pair(2)
    thresholds = np.array([0.1, 0.5, 0.7])
    ours = iou_by_threshold(targets[..., 0].astype(int), logits, thresholds)
    for threshold, iou in zip(thresholds, ours, strict=True):
        metric = keras.metrics.BinaryIoU(target_class_ids=[1], threshold=threshold)
        metric.update_state(targets, ops.sigmoid(logits))
        np.testing.assert_allclose(float(metric.result()), iou, rtol=1e-5)


def test_dice_loss_by_hand():
    # Probabilities 1/2 and 0: intersection 1/2, squares 1 and 1/4.
    loss = SoftDice(smooth=0.0)([[[[1.0], [0.0]]]], [[[[0.0], [-200.0]]]])
    np.testing.assert_allclose(float(loss), 1 - 2 * 0.5 / 1.25, rtol=1e-6)


def test_dice_loss_of_sure_answers_is_one_minus_dice():
    targets, logits = random_pair(3, (1, 6, 5, 1))
    confusion = binary_confusion(targets[..., 0].astype(int), logits)
    loss = SoftDice(smooth=0.0)(targets, 1000 * logits)
    np.testing.assert_allclose(float(loss), 1 - dice_per_class(confusion)[1], rtol=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_plain_sums_agree_with_keras(seed):
    targets, logits = random_pair(seed, (1, 6, 5, 1))
    reference = keras.losses.Dice()(targets, ops.sigmoid(logits))
    ours = SoftDice(smooth=0.0, squared=False)(targets, logits)
    np.testing.assert_allclose(float(ours), float(reference), rtol=1e-4)


def test_every_image_has_one_vote():
    targets, logits = random_pair(5)
    loss = SoftDice()
    one_by_one = [
        float(loss(targets[n : n + 1], logits[n : n + 1])) for n in range(len(targets))
    ]
    np.testing.assert_allclose(float(loss(targets, logits)), np.mean(one_by_one), 1e-5)
    kept = SoftDice(reduction=None)(targets, logits)
    np.testing.assert_allclose(kept, one_by_one, rtol=1e-5)


def test_its_gradient_is_that_of_the_paper():
    import tensorflow as tf

    targets, logits = random_pair(6, (1, 3, 4, 1))
    z = tf.Variable(logits)
    with tf.GradientTape() as tape:
        loss = SoftDice(smooth=0.0)(targets, z)
    p = 1 / (1 + np.exp(-logits))
    overlap, sizes = (targets * p).sum(), (targets**2 + p**2).sum()
    by_formula = -2 * (targets * sizes - 2 * p * overlap) / sizes**2 * p * (1 - p)
    np.testing.assert_allclose(tape.gradient(loss, z), by_formula, atol=1e-6)


def test_an_image_without_object_and_none_predicted_costs_nothing():
    empty, sure = np.zeros((1, 4, 4, 1)), np.full((1, 4, 4, 1), -200.0)
    assert float(SoftDice()(empty, sure)) == 0
    assert float(SoftDice()(empty, -sure)) > 0.9


def test_integer_targets_and_extreme_logits_are_fine():
    targets, logits = random_pair(7)
    loss = SoftDice()
    as_ids = loss(targets.astype(np.uint8), logits)
    np.testing.assert_allclose(float(as_ids), float(loss(targets, logits)), rtol=1e-6)
    assert np.isfinite(float(loss(targets, 1e30 * logits)))


def test_the_loss_is_saved_with_its_settings(tmp_path):
    x = keras.Input((2, 2, 1))
    model = keras.Model(x, keras.layers.Conv2D(1, 1)(x))
    model.compile("sgd", SoftDice(smooth=0.5, squared=False))
    model.save(tmp_path / "model.keras")
    loss = keras.models.load_model(tmp_path / "model.keras").loss
    assert isinstance(loss, SoftDice)
    assert (loss.smooth, loss.squared) == (0.5, False)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: binary_target([0.0, 1.0]), "integer class ids. Received: dtype"),
        (lambda: binary_target([0, 1, 255]), r"0 to 2. Received: \[255\]"),
        (lambda: binary_mask(np.zeros((2, 2))), "height, width, 1"),
        (lambda: binary_mask(np.zeros((1, 2, 2, 3))), "height, width, 1"),
        (lambda: binary_mask(LOGITS, 0), "between 0 and 1. Received: 0"),
        (lambda: binary_mask(LOGITS, 1.0), "between 0 and 1"),
        (lambda: binary_mask(LOGITS, float("nan")), "between 0 and 1"),
        (lambda: binary_confusion(TARGETS[:, :1], LOGITS), "the same shape"),
        (lambda: binary_confusion(2 * TARGETS, LOGITS), "ids from 0 to 1"),
        (lambda: SoftDice(smooth=-1), "`smooth` must be a number of at least 0"),
        (lambda: SoftDice(smooth="1"), "`smooth` must be a number of at least 0"),
        (lambda: SoftDice()(TARGETS, LOGITS), "both have shape"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
