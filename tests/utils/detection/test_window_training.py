"""Examples of windows, the breeds they show, and what a network costs."""

import keras
import numpy as np
import pytest

from utils.datasets import breed_ids, breed_names, load_pets, species_groups
from utils.detection import box_iou, random_windows, window_examples
from utils.detection.window_training import draw_windows, pet_box
from utils.models import MEAN_COLOUR, count_macs


def test_whole_windows_frame_the_animal_and_the_others_do_not():
    box = np.array([30.0, 40, 90, 100])
    for seed in range(10):
        boxes, whole = draw_windows(box, (128, 160), (4, 5, 6), seed)
        iou = box_iou(boxes, box[None])[:, 0]
        assert whole.tolist() == [True] * 4 + [False] * 11
        assert (iou[:4] >= 0.7).all()
        assert ((iou[4:9] >= 0.15) & (iou[4:9] < 0.5)).all()
        assert (iou[9:] < 0.15).all()
        assert boxes[:, [0, 2]].min() >= -40 and boxes[:, [0, 2]].max() <= 200
        assert boxes[:, [1, 3]].min() >= -32 and boxes[:, [1, 3]].max() <= 160


def test_fewer_windows_come_where_the_picture_has_no_more():
    boxes, whole = draw_windows([0, 0, 64, 64], (64, 64), (2, 2, 3000), seed=0)
    assert whole[:2].all() and len(boxes) < 3004
    boxes, whole = draw_windows([0, 0, 64, 64], (64, 64), (0, 0, 0), seed=0)
    assert boxes.shape == (0, 4) and whole.shape == (0,)


def test_the_same_seed_gives_the_same_windows():
    first, _ = draw_windows([10, 10, 50, 40], (64, 64), seed=3)
    np.testing.assert_array_equal(
        first, draw_windows([10, 10, 50, 40], (64, 64), seed=3)[0]
    )
    assert not np.array_equal(
        first, draw_windows([10, 10, 50, 40], (64, 64), seed=4)[0]
    )


def test_the_border_counts_as_animal():
    mask = np.ones((5, 6), np.uint8)
    mask[1, 2], mask[3, 4] = 0, 2
    assert pet_box(mask).tolist() == [2, 1, 5, 4]
    with pytest.raises(ValueError, match="must show an animal. Received: background"):
        pet_box(np.ones((3, 3), int))


def test_windows_carry_the_breed_or_background():
    pets, ids = load_pets("validation", "sample", (64, 64)).take(3), [5, 0, 7]
    found = [*window_examples(pets, ids, 8, window=32, counts=(2, 1, 1), seed=0)]
    assert [classes.tolist() for _, classes in found] == [
        [breed] * 2 + [8] * 2 for breed in ids
    ]
    for windows, _ in found:
        assert windows.shape == (4, 32, 32, 3) and windows.dtype == np.float32
        assert windows.min() >= 0 and windows.max() <= 1


def test_breeds_and_pictures_must_be_as_many():
    pets = load_pets("validation", "sample", (64, 64)).take(2)
    with pytest.raises(ValueError, match="shorter"):
        [*window_examples(pets, [1], 8, 32)]
    with pytest.raises(ValueError, match="`num_breeds` must be a positive integer"):
        window_examples(pets, [0, 0], 0)


def test_breeds_come_in_the_order_of_the_pictures():
    assert breed_names("sample")[4:] == ("beagle", "dalmatian", "shiba", "retriever")
    ids = breed_ids("test", "sample")
    assert ids.shape == (80,) and set(ids) == set(range(8))


def test_breeds_of_a_folder_are_in_its_files_names(tmp_path):
    from PIL import Image

    for part, colour in (("images", 200), ("annotations/trimaps", 1)):
        (tmp_path / part).mkdir(parents=True)
        for name in ("great_dane_7", "Bengal_12", "Bengal_3", "rex"):
            Image.new("L", (4, 3), colour).save(tmp_path / part / f"{name}.png")
    names = breed_names(str(tmp_path))
    assert names == ("Bengal", "great_dane", "rex")
    assert species_groups(names) == {"cat": ("Bengal",), "dog": ("great_dane", "rex")}
    splits = ("train", "validation", "test")
    sizes = {s: 0 for s in splits}
    for split in splits:
        try:
            sizes[split] = len(breed_ids(split, str(tmp_path)))
        except ValueError:  # four pictures do not fill three splits
            continue
    assert sum(sizes.values()) == 4


def test_macs_by_hand():
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", strides=2)(image)  # 4·4·4 · 3·3·3
    x = keras.layers.DepthwiseConv2D(3, padding="same")(x)  # 4·4·4 · 3·3
    x = keras.layers.Conv2DTranspose(2, 2, strides=2)(x)  # 4·4·4 · 2·2·2
    x = keras.layers.SeparableConv2D(5, 3, padding="same")(x)  # 8·8 · (3·3·2 + 2·5)
    x = keras.layers.Dense(10)(keras.layers.Flatten()(x))  # 320 · 10
    inner = keras.Model(image, x)
    by_hand = 64 * 27 + 64 * 9 + 64 * 8 + 64 * 28 + 3200
    assert count_macs(inner) == by_hand
    outer = keras.Sequential([keras.Input((8, 8, 3)), inner])
    assert count_macs(outer) == by_hand


def test_macs_of_vgg16_are_15_3_billion_and_four_times_as_many_at_448():
    def convolutions(side):
        return keras.applications.VGG16(
            weights=None, include_top=False, input_shape=(side, side, 3)
        )

    assert count_macs(convolutions(224)) == 15_346_630_656
    assert count_macs(convolutions(448)) == 4 * 15_346_630_656


def test_macs_need_a_size():
    open_input = keras.Input((None, None, 3))
    model = keras.Model(open_input, keras.layers.Conv2D(4, 3)(open_input))
    with pytest.raises(ValueError, match="fixed height and width.*Received: a layer"):
        count_macs(model)


# Every pixel of the two pictures has a number of its own, also as its class.
MASKS = np.arange(2 * 5 * 7).reshape(2, 5, 7)

IMAGES = np.repeat(MASKS[..., None], 3, axis=-1).astype("float32")


@pytest.mark.parametrize("size", [1, 2, 3, 6, 20])
def test_the_label_is_the_class_of_the_middle(size):
    windows, labels = random_windows(IMAGES, MASKS, size, count=40, seed=1)
    assert windows.shape == (80, size, size, 3) and windows.dtype == np.float32
    np.testing.assert_array_equal(windows[:, size // 2, size // 2, 0], labels)
    assert sorted(np.bincount(labels // 35)) == [40, 40]


def test_a_window_shows_the_surroundings_and_grey_beyond():
    windows, labels = random_windows(IMAGES, MASKS, 3, count=200, seed=1)
    grey = np.array(MEAN_COLOUR, "float32") / 255
    corner = windows[list(labels).index(0)]
    np.testing.assert_array_equal(corner[0], np.tile(grey, (3, 1)))
    np.testing.assert_array_equal(corner[:, 0], np.tile(grey, (3, 1)))
    assert corner[1:, 1:, 0].tolist() == [[0, 1], [7, 8]]
    inside = windows[list(labels).index(35 + 8)]
    assert inside[..., 0].tolist() == [[35, 36, 37], [42, 43, 44], [49, 50, 51]]


def test_one_seed_gives_the_same_windows():
    first, second = (random_windows(IMAGES, MASKS, 3, seed=5) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (random_windows(IMAGES, MASKS, 3, seed=6)[1] != first[1]).any()


def test_no_picture_gives_no_window():
    windows, labels = random_windows(IMAGES[:0], MASKS[:0], 4)
    assert windows.shape == (0, 4, 4, 3) and labels.shape == (0,)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((IMAGES, MASKS[:1], 3), r"must have shapes.*\(1, 5, 7\)"),
        ((IMAGES[0], MASKS[0], 3), "must have shapes"),
        ((IMAGES, MASKS, 0), "`size` must be a positive"),
        ((IMAGES, MASKS, 3, 0), "`count` must be a positive"),
    ],
)
def test_what_is_impossible_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        random_windows(*arguments)
