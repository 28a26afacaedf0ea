"""`utils.masks.instances`: components by hand, by property, as SciPy finds them."""

import numpy as np
import pytest
from scipy import ndimage

from utils.datasets import load_scenes
from utils.masks import boxes_from_instances, instances_from_semantic

# An L, a staircase of three corners, and a single pixel; 2 is another class.
MASK = np.array(
    [
        [1, 0, 0, 1, 0],
        [1, 1, 0, 0, 1],
        [0, 0, 2, 2, 0],
        [1, 0, 2, 0, 0],
    ]
)


def random_masks():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        yield rng.integers(0, 3, rng.integers(1, 12, 2))


def flooded(inside, diagonals):
    """Components by the definition: a flood from each pixel that is still dry."""
    numbers, count = np.zeros(inside.shape, int), 0
    for start in map(tuple, np.argwhere(inside)):
        waiting = [start] if not numbers[start] else []
        count += bool(waiting)
        while waiting:
            row, column = waiting.pop()
            if numbers[row, column]:
                continue
            numbers[row, column] = count
            for r, c in np.argwhere(inside & (numbers == 0)):
                steps = abs(r - row), abs(c - column)
                if max(steps) == 1 if diagonals else sum(steps) == 1:
                    waiting.append((r, c))
    return numbers


def test_components_by_hand():
    expected = [[1, 0, 0, 2, 0], [1, 1, 0, 0, 3], [0, 0, 0, 0, 0], [4, 0, 0, 0, 0]]
    numbers = instances_from_semantic(MASK, class_id=1)
    np.testing.assert_array_equal(numbers, expected)
    assert numbers.dtype == np.int32


def test_eight_neighbours_connect_corners_by_hand():
    expected = [[1, 0, 0, 2, 0], [1, 1, 0, 0, 2], [0, 0, 0, 0, 0], [3, 0, 0, 0, 0]]
    numbers = instances_from_semantic(MASK, class_id=1, connectivity=8)
    np.testing.assert_array_equal(numbers, expected)


def test_small_parts_become_background_and_numbers_have_no_gap():
    mask = [[1, 0, 1, 1], [0, 0, 0, 0], [1, 1, 1, 0]]
    expected = [[0, 0, 1, 1], [0, 0, 0, 0], [2, 2, 2, 0]]
    np.testing.assert_array_equal(
        instances_from_semantic(mask, 1, smallest=2), expected
    )
    assert instances_from_semantic(mask, 1, smallest=3).max() == 1
    assert instances_from_semantic(mask, 1, smallest=4).max() == 0


def test_the_background_is_a_class_like_any_other():
    mask = [[0, 1, 0]]
    np.testing.assert_array_equal(instances_from_semantic(mask, 0), [[1, 0, 2]])


def test_touching_objects_of_one_class_are_one_and_of_two_classes_two():
    assert instances_from_semantic([[1, 1, 2, 2]], 1).max() == 1
    assert instances_from_semantic([[1, 1, 1, 1]], 1).max() == 1
    assert instances_from_semantic([[1, 0, 1]], 1).max() == 2  # one, hidden in part


def test_booleans_are_class_1():
    inside = MASK == 1
    np.testing.assert_array_equal(
        instances_from_semantic(inside, 1), instances_from_semantic(MASK, 1)
    )


@pytest.mark.parametrize("connectivity", [4, 8])
def test_agrees_with_a_flood_fill(connectivity):
    for mask in random_masks():
        np.testing.assert_array_equal(
            instances_from_semantic(mask, 1, connectivity),
            flooded(mask == 1, diagonals=connectivity == 8),
        )


@pytest.mark.parametrize("connectivity", [4, 8])
def test_agrees_with_scipy(connectivity):
    structure = ndimage.generate_binary_structure(2, {4: 1, 8: 2}[connectivity])
    for mask in random_masks():
        expected, _ = ndimage.label(mask == 2, structure)
        found = instances_from_semantic(mask, 2, connectivity)
        np.testing.assert_array_equal(found, expected)


def test_more_neighbours_never_make_more_objects():
    for mask in random_masks():
        four, eight = (instances_from_semantic(mask, 1, k) for k in (4, 8))
        assert eight.max() <= four.max()
        np.testing.assert_array_equal(four > 0, mask == 1)
        np.testing.assert_array_equal(eight > 0, mask == 1)


def test_mirroring_keeps_the_number_of_objects():
    for mask in random_masks():
        count = instances_from_semantic(mask, 1).max()
        assert instances_from_semantic(mask[:, ::-1], 1).max() == count
        assert instances_from_semantic(mask.T, 1).max() == count


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (2, 3)])
def test_without_objects_all_is_0(shape):
    numbers = instances_from_semantic(np.zeros(shape, int), 1)
    np.testing.assert_array_equal(numbers, np.zeros(shape))
    assert boxes_from_instances(numbers).shape == (0, 4)


def test_three_scenes_touch_and_crumbs_of_fur_are_small():
    scenes = [
        s for split in ("train", "validation", "test") for s in load_scenes(split)
    ]
    found = {
        scene.name: instances_from_semantic(scene.instance_mask > 0, 1, smallest=100)
        for scene in scenes
    }
    wrong = [name for name, numbers in found.items() if numbers.max() != 2]
    assert wrong == ["scene_005", "scene_014", "scene_025"]


def test_boxes_by_hand():
    mask = np.zeros((5, 7), np.uint8)
    mask[1:3, 2:6] = 1  # rows 1 and 2, columns 2 to 5
    mask[4, 0] = 2
    boxes = boxes_from_instances(mask)
    np.testing.assert_array_equal(boxes, [[2, 1, 6, 3], [0, 4, 1, 5]])
    assert boxes.dtype == np.float32


def test_a_box_holds_its_object_and_no_smaller_one_does():
    for mask in random_masks():
        numbers = instances_from_semantic(mask, 1)
        boxes = boxes_from_instances(numbers).astype(int)
        assert len(boxes) == numbers.max()
        for k, (left, top, right, bottom) in enumerate(boxes, start=1):
            inside = numbers[top:bottom, left:right] == k
            assert inside.sum() == (numbers == k).sum()
            for edge in (inside[0], inside[-1], inside[:, 0], inside[:, -1]):
                assert edge.any()


@pytest.mark.parametrize(
    "mask", [[1, 2], [[0.5]], np.zeros((2, 2, 1), int), [["a"]]], ids=str
)
def test_bad_masks_are_named(mask):
    message = r"must be an integer array of shape \(height, width\). Received: "
    with pytest.raises(ValueError, match="`mask` " + message):
        instances_from_semantic(mask, 1)
    with pytest.raises(ValueError, match="`instance_mask` " + message):
        boxes_from_instances(mask)


def test_other_connectivities_are_named():
    message = "`connectivity` must be 4 or 8. Received: 6."
    with pytest.raises(ValueError, match=message):
        instances_from_semantic(MASK, 1, connectivity=6)


@pytest.mark.parametrize("mask, numbers", [([[0, 2]], "[2]"), ([[-1, 1]], "[-1, 1]")])
def test_gaps_in_the_numbers_are_named(mask, numbers):
    with pytest.raises(ValueError, match="without a gap") as caught:
        boxes_from_instances(mask)
    assert f"Received: {numbers}." in str(caught.value)
