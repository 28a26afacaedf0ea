"""Keras metrics of a confusion matrix: equal to `utils.metrics`, alone and in `fit`."""

import keras
import numpy as np
import pytest

from utils import metrics
from utils.masks import create_mask
from utils.metrics import ConfusionScore
from utils.metrics.keras_metrics import SCORES


def random_batch(seed, num_classes=3):
    """Masks with void pixels, and logits; the last class is never true."""
    rng = np.random.default_rng(seed)
    masks = rng.integers(num_classes - 1, size=(4, 8, 8))
    masks[:, 0] = 255
    return masks, rng.normal(size=(4, 8, 8, num_classes)).astype("float32")


@pytest.mark.parametrize("score", SCORES)
def test_agrees_with_utils_metrics_over_two_batches(score):
    metric = ConfusionScore(score, num_classes=4, void=255)
    confusion = np.zeros((4, 4), int)
    for seed in (0, 1):
        masks, logits = random_batch(seed)
        logits = np.pad(logits, [(0, 0)] * 3 + [(0, 1)], constant_values=-9)
        metric.update_state(masks, logits)
        predicted_masks = create_mask(logits)
        confusion += metrics.confusion_matrix(masks, predicted_masks, num_classes=4)
    expected = getattr(metrics, score)(confusion)
    assert float(metric.result()) == pytest.approx(expected, rel=1e-5)
    metric.reset_state()
    assert float(metric.result()) == 0


def test_mean_iou_is_the_one_of_keras():
    ours = ConfusionScore("mean_iou", 3, void=255)
    theirs = keras.metrics.MeanIoU(3, ignore_class=255, sparse_y_pred=False)
    for metric in (ours, theirs):
        metric.update_state(*random_batch(2))
    assert float(ours.result()) == pytest.approx(float(theirs.result()))
    assert ours.name == "mean_iou"


def test_works_in_compile_and_survives_saving(tmp_path):
    masks, logits = random_batch(3)
    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, keras.layers.Identity()(inputs))
    loss = keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, ignore_class=255
    )
    scores = [ConfusionScore(score, 3, void=255) for score in SCORES]
    model.compile(loss=loss, metrics=scores)
    found = model.evaluate(logits, masks, batch_size=2, verbose=0, return_dict=True)
    confusion = metrics.dataset_confusion(model, [(logits, masks)], num_classes=3)
    for score in SCORES:
        assert found[score] == pytest.approx(
            getattr(metrics, score)(confusion), rel=1e-5
        )
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    kept = again.evaluate(logits, masks, verbose=0, return_dict=True)
    assert kept["mean_dice"] == pytest.approx(found["mean_dice"], rel=1e-5)


def test_an_unknown_score_is_reported():
    with pytest.raises(ValueError, match="`score` must be one of .* Received: 'dice'"):
        ConfusionScore("dice", num_classes=3)
