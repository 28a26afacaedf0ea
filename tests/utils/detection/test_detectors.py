"""Proposals, both kinds of detectors, and the pictures they learn from."""

import keras
import numpy as np
import pytest

from utils.datasets import scenes
from utils.detection import box_iou, one_stage, two_stage

SIZE = (100, 120)
BOXES = np.array([[10.0, 20, 50, 60], [60, 5, 110, 95]])
CLASSES = np.array([1, 0])


def as_answer(target):
    """Turns targets of the grid into the answer of a network that knows them."""
    answer = target.copy()
    answer[..., [0, 5, 6]] = 30 * target[..., [0, 5, 6]] - 15
    inside = np.clip(target[..., 1:3], 1e-6, 1 - 1e-6)
    answer[..., 1:3] = np.log(inside / (1 - inside))
    return answer


def test_sliding_proposals_go_from_edge_to_edge():
    boxes = two_stage.sliding_proposals(SIZE, [(50, 40), (100, 120)], steps=3)
    assert boxes.shape == (18, 4)
    assert boxes[0].tolist() == [0, 0, 40, 50] and boxes[8].tolist() == [
        80,
        50,
        120,
        100,
    ]
    assert (boxes[9:] == [0, 0, 120, 100]).all()
    assert two_stage.sliding_proposals(SIZE, []).shape == (0, 4)


def test_labels_are_those_of_the_object_overlapped_most():
    candidates = np.concatenate([BOXES + 2, [[0, 0, 9, 9], [10, 20, 50, 39]]])
    labels, boxes = two_stage.label_proposals(candidates, BOXES, CLASSES, background=2)
    assert labels.tolist() == [1, 0, 2, 2]  # the last has 19/40 of its object
    np.testing.assert_array_equal(boxes[:2], BOXES)
    np.testing.assert_array_equal(boxes[2:], candidates[2:])
    labels, _ = two_stage.label_proposals(candidates, [], [], background=2)
    assert labels.tolist() == [2] * 4


def test_deltas_by_hand_and_back():
    # The centre moves by 4 of 10 right and 10 of 20 down; width doubled, height kept.
    deltas = two_stage.box_deltas([[0, 0, 10, 20]], [[-1, 10, 19, 30]])
    np.testing.assert_allclose(deltas, [[0.4, 0.5, np.log(2), 0]])
    rng = np.random.default_rng(13)
    start = rng.uniform(0, 40, (20, 4)) + [0, 0, 50, 50]
    goal = rng.uniform(0, 40, (20, 4)) + [0, 0, 50, 50]
    moved = two_stage.apply_deltas(start, two_stage.box_deltas(start, goal), SIZE)
    np.testing.assert_allclose(moved, goal)
    wild = two_stage.apply_deltas(start, np.full((20, 4), 1e3), SIZE)
    assert np.isfinite(wild).all() and (wild <= [120, 100, 120, 100]).all()


def test_grid_targets_by_hand():
    # Centres (30, 40) and (85, 50) of 120×100 in four cells of 30×25 a side.
    target = one_stage.grid_targets(BOXES, CLASSES, SIZE, grid=4, num_classes=2)
    assert np.argwhere(target[..., 0]).tolist() == [[1, 1], [2, 2]]
    sides = np.log([40 / 120, 40 / 100])
    np.testing.assert_allclose(target[1, 1], [1, 0, 0.6, *sides, 0, 1], atol=1e-6)
    assert not target[0].any()


def test_of_two_objects_in_one_cell_the_larger_stays():
    boxes = [[0, 0, 80, 80], [30, 30, 50, 50]]
    for order in ([0, 1], [1, 0]):
        target = one_stage.grid_targets(
            np.array(boxes)[order], np.array([0, 1])[order], SIZE, 2, 2
        )
        assert target[..., 0].sum() == 1 and target[0, 0, 5:].tolist() == [1, 0]


@pytest.mark.parametrize("grid", [1, 4, 7])
def test_grid_decodes_what_it_encoded(grid):
    target = one_stage.grid_targets(BOXES, CLASSES, SIZE, grid, num_classes=2)
    found = one_stage.decode_grid(as_answer(target), SIZE)
    kept = [k for k in range(2) if (grid > 1 or k == 1)]  # the larger one
    order = np.argsort(found["classes"])
    np.testing.assert_allclose(found["boxes_xyxy"][order], BOXES[kept][::-1], atol=1e-3)
    assert found["scores"].min() > 0.99


def test_an_empty_grid_decodes_to_nothing():
    target = one_stage.grid_targets([], [], SIZE, grid=3, num_classes=2)
    found = one_stage.decode_grid(as_answer(target), SIZE)
    assert found["boxes_xyxy"].shape == (0, 4) and not len(found["scores"])


def test_grid_loss_by_hand():
    target = np.zeros((1, 2, 2, 7), np.float32)
    target[0, 0, 0] = [1, 0.5, 0.5, -1, -2, 1, 0]
    answer = np.zeros((1, 2, 2, 7), np.float32)
    # Presence log 2 and three times half of it; w and h miss by 1 and 2; class log 2.
    expected = np.log(2) * (1 + 3 / 2) + 5 * (1 + 4) + np.log(2)
    np.testing.assert_allclose(one_stage.grid_loss(target, answer), [expected], 1e-6)
    answer[0, 1, 1, 1:] = 9  # boxes and classes of empty cells do not count
    np.testing.assert_allclose(one_stage.grid_loss(target, answer), [expected], 1e-6)
    perfect = one_stage.grid_loss(target, as_answer(target))
    assert float(perfect[0]) < 1e-4


def test_training_proposals_are_balanced_and_scaled():
    rng = np.random.default_rng(3)
    near = np.repeat(BOXES, 20, axis=0) + rng.uniform(-3, 3, (40, 4))
    candidates = np.concatenate([near, two_stage.sliding_proposals(SIZE, [(9, 9)], 5)])
    chosen, targets = two_stage.training_proposals(
        candidates, BOXES, CLASSES, 2, 30, rng
    )
    assert chosen.shape == (30, 4) and targets.shape == (30, 5)
    assert (targets[:, 0] < 2).sum() == 10
    with_object = targets[:, 0] < 2
    deltas = targets[with_object, 1:] * two_stage.DELTA_SCALES
    moved = two_stage.apply_deltas(chosen[with_object], deltas, SIZE)
    assert box_iou(moved, BOXES).max(axis=1).min() > 0.999


def test_training_proposals_of_a_picture_without_objects_are_background():
    rng = np.random.default_rng(3)
    _, targets = two_stage.training_proposals(BOXES, [], [], 2, 5, rng)
    assert targets[:, 0].tolist() == [2] * 5 and not targets[:, 1:].any()


def test_region_loss_by_hand():
    # An object whose box misses by 1 and 3 in two of four: Huber 1/2 and 5/2.
    answer = np.array([[0.0, 0, 0, 1, 3, 0, 0]])
    loss = two_stage.region_loss(np.array([[0.0, 0, 0, 0, 0]]), answer)
    np.testing.assert_allclose(loss, [np.log(3) + 3 / 4], rtol=1e-6)
    background = two_stage.region_loss(np.array([[2.0, 0, 0, 0, 0]]), answer)
    np.testing.assert_allclose(background, [np.log(3)], rtol=1e-6)


def test_regions_decode_to_one_box_per_object():
    answer = np.zeros((3, 7))
    answer[0, 1], answer[1, 1], answer[2, 2] = 9, 8, 9  # twice a dog, and background
    boxes = [[10, 10, 50, 50], [11, 10, 50, 50], [60, 60, 90, 90]]
    found = two_stage.decode_regions(answer, boxes, SIZE)
    assert found["boxes_xyxy"].tolist() == [boxes[0]] and found["classes"] == [1]


def test_crops_are_what_the_encoder_sees():
    image = np.random.default_rng(1).random((8, 8, 3)).astype(np.float32)
    encoder = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Identity()])
    features = two_stage.crop_features(encoder, image, [[0, 0, 8, 8]])
    assert features.shape == (1, 8 * 8 * 3)
    small = keras.Sequential([keras.Input((1, 1, 3)), keras.layers.Identity()])
    centre = two_stage.crop_features(small, image, [[2, 4, 5, 7]])
    assert centre.shape == (1, 3)


def test_pooled_features_hold_both_maps():
    fine, coarse = np.full((4, 6, 2), 1.0), np.full((2, 3, 1), 5.0)
    features = two_stage.pooled_features(fine, coarse, BOXES, stride=16, bins=2)
    assert features.reshape(2, 4, 3).tolist() == [[[1, 1, 5]] * 4] * 2


def test_heads_have_the_stated_shapes_and_share_nothing():
    one, two = (one_stage.grid_head([(8, 8, 4), (4, 4, 6)], 3) for _ in range(2))
    assert one.output_shape == (None, 4, 4, 8)
    assert not {id(v) for v in one.variables} & {id(v) for v in two.variables}
    assert two_stage.region_head(10, num_classes=3).output_shape == (None, 8)


def test_pasted_scenes_are_repeatable_and_labelled(monkeypatch):
    few = scenes.load_cutouts("validation")  # a quarter of those for training
    monkeypatch.setattr(scenes, "load_cutouts", lambda split: few)
    images, boxes, classes = scenes.pasted_scenes(6, seed=1, image_size=(64, 96))
    again = scenes.pasted_scenes(6, seed=1, image_size=(64, 96))
    np.testing.assert_array_equal(images, again[0])
    assert images.shape == (6, 64, 96, 3) and images.dtype == np.float32
    assert images.min() >= 0 and images.max() <= 1
    assert max(map(len, boxes)) > 2
    for these, kinds in zip(boxes, classes, strict=True):
        assert these.shape == (len(kinds), 4) and set(kinds) <= {0, 1}
        assert (these[:, 2:] > these[:, :2]).all() and (these >= 0).all()
        assert (these <= [96, 64, 96, 64]).all()


def test_cutouts_are_as_large_as_the_pet():
    cutouts = scenes.load_cutouts("validation", size=64)
    assert {kind for _, kind in cutouts} == {0, 1}
    for cutout, _ in cutouts:
        opacity = cutout[..., 3]
        edges = (opacity[0], opacity[-1], opacity[:, 0], opacity[:, -1])
        assert all(edge.any() for edge in edges)
        assert set(np.unique(opacity)) <= {0, 1}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: two_stage.sliding_proposals(SIZE, [(200, 10)]), r"Received: \(200.0"),
        (lambda: two_stage.sliding_proposals(SIZE, [], steps=0), "`steps` must be"),
        (lambda: two_stage.box_deltas(BOXES, BOXES[:1]), r"\(2, 4\) and \(1, 4\)"),
        (lambda: two_stage.box_deltas([[0, 0, 0, 1]], BOXES[:1]), "positive sides"),
        (lambda: two_stage.apply_deltas(BOXES, [[0] * 4], SIZE), r"Received: \(1, 4\)"),
        (lambda: one_stage.grid_targets(BOXES, [0, 2], SIZE, 4, 2), "below 2"),
        (lambda: one_stage.grid_targets(BOXES, [0], SIZE, 4, 2), "the 2 boxes"),
        (lambda: one_stage.decode_grid(np.zeros((2, 3, 7)), SIZE), r"\(2, 3, 7\)"),
        (
            lambda: two_stage.training_proposals(
                [], BOXES, CLASSES, 2, 3, np.random.default_rng()
            ),
            "Received: none",
        ),
        (lambda: scenes.pasted_scenes(0, seed=1), "`count` must be a positive"),
    ],
)
def test_errors_say_what_was_received(call, message):
    with pytest.raises(ValueError, match=message):
        call()
