"""`utils.datasets.folders`: every bad file is named before the training starts."""

import unicodedata

import pytest
from PIL import Image

from tiny_data import picture, trimap, write_flowers, write_pets
from utils.datasets import read_pet_folder
from utils.datasets.folders import read_flower_folder


def test_a_folder_with_lists_keeps_its_own_test_split(tmp_path):
    parts, breeds, species = read_pet_folder(write_pets(tmp_path, train=8, test=3))
    assert {part: len(examples) for part, examples in parts.items()} == {
        "train": 8,
        "test": 3,
    }
    assert parts["train"][0].name == "Bengal_0"
    assert (breeds, species) == (("Bengal", "pug"), ("Cat", "Dog"))


def test_a_folder_without_lists_is_one_part(tmp_path):
    parts, breeds, species = read_pet_folder(write_pets(tmp_path, lists=False))
    assert list(parts) == ["train"] and len(parts["train"]) == 11
    assert (breeds, species) == ((), ())


def test_a_list_may_hold_bare_names_comments_and_a_byte_order_mark(
    tmp_path,
):
    write_pets(tmp_path, train=2, test=1)
    for kind in ("images/pug_1.jpg", "annotations/trimaps/pug_1.png"):
        path = tmp_path / kind
        path.rename(path.with_stem("my dog 1"))
    lists = tmp_path / "annotations"
    lists.joinpath("trainval.txt").write_bytes(
        b"\xef\xbb\xbf# mine\r\n\r\nBengal_0\r\nmy dog 1\r\n"
    )
    parts, breeds, _ = read_pet_folder(tmp_path)
    assert [example.name for example in parts["train"]] == ["Bengal_0", "my dog 1"]


def test_pictures_in_no_list_and_other_files_are_left_alone(tmp_path):
    write_pets(tmp_path)
    (tmp_path / "images" / "unlisted.jpg").write_bytes(b"not even a picture")
    (tmp_path / "images" / "Abyssinian_100.mat").write_bytes(b"")
    (tmp_path / "images" / "._pug_1.jpg").write_bytes(b"")
    parts, *_ = read_pet_folder(tmp_path)
    assert sum(map(len, parts.values())) == 11


def test_names_match_however_the_system_spells_them(tmp_path):
    write_pets(tmp_path, train=2, test=1, lists=False)
    picture(5).save(tmp_path / "images" / unicodedata.normalize("NFD", "강아지é.jpg"))
    mask = unicodedata.normalize("NFC", "강아지é.png")
    Image.fromarray(trimap(5)).save(tmp_path / "annotations" / "trimaps" / mask)
    parts, *_ = read_pet_folder(tmp_path)
    assert len(parts["train"]) == 4


def test_all_bad_files_are_reported_at_once(tmp_path):
    images, masks = write_pets(tmp_path) / "images", tmp_path / "annotations/trimaps"
    (images / "Bengal_0.jpg").write_bytes(b"damaged")
    (images / "pug_1.jpg").unlink()
    (masks / "Bengal_2.png").unlink()
    Image.fromarray(trimap(3, 20, 32)).save(masks / "pug_3.png")
    Image.fromarray(trimap(4) - 1).save(masks / "Bengal_4.png")
    (masks / "pug_5.png").write_bytes(b"damaged")
    (images / "photo.heic").write_bytes(b"")
    picture(1).save(images / "Bengal_6.png")
    with pytest.raises(ValueError, match="8 problem") as raised:
        read_pet_folder(tmp_path)
    message = str(raised.value)
    for expected in (
        "Bengal_0.jpg: cannot identify",
        "images/pug_1.jpg: listed, but there is none",
        "Bengal_2.jpg: has no mask annotations/trimaps/Bengal_2.png",
        "pug_3.png must be as large as its picture, 32×24 pixels. Received: 32×20",
        "Bengal_4.png must hold the ids 1 (pet), 2 (background) and 3 (border)",
        "pug_5.png: cannot identify",
        "photo.heic: cannot be read. Save it as JPEG",
        "Bengal_6.png: Bengal_6.jpg has the same name",
    ):
        assert expected in message


def test_of_many_bad_files_ten_are_listed_and_the_others_counted(tmp_path):
    write_pets(tmp_path, train=11, test=2)
    for path in (tmp_path / "images").iterdir():
        path.write_bytes(b"damaged")
    with pytest.raises(ValueError, match="13 problem") as raised:
        read_pet_folder(tmp_path)
    assert str(raised.value).count("Cannot read") == 10
    assert "and 3 more" in str(raised.value)


def test_a_repaired_file_is_read_anew(tmp_path):
    path = write_pets(tmp_path) / "images" / "Bengal_0.jpg"
    path.write_bytes(b"damaged")
    with pytest.raises(ValueError, match="Bengal_0"):
        read_pet_folder(tmp_path)
    picture(0).save(path)
    read_pet_folder(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("test.txt", None, "test.txt: missing, beside trainval.txt"),
        ("test.txt", "", "test.txt: lists no picture"),
        ("test.txt", "Bengal_0 6 1 2\n", "Bengal_0 is listed twice"),
        ("test.txt", "ghost 6 1 2\n", "ghost.jpg: listed, but there is none"),
    ],
)
def test_lists_that_do_not_fit_are_reported(tmp_path, name, text, message):
    path = write_pets(tmp_path) / "annotations" / name
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_pet_folder(tmp_path)


def test_a_list_in_another_encoding_is_named(tmp_path):
    path = write_pets(tmp_path) / "annotations" / "test.txt"
    path.write_bytes("강아지_1 1 2 1\n".encode("cp949"))
    with pytest.raises(ValueError, match="test.txt is not UTF-8"):
        read_pet_folder(tmp_path)


def test_an_empty_folder_is_reported(tmp_path):
    with pytest.raises(ValueError, match="without images"):
        read_pet_folder(tmp_path)
    (tmp_path / "images").mkdir()
    with pytest.raises(ValueError, match="without annotations/trimaps"):
        read_pet_folder(tmp_path)
    (tmp_path / "annotations" / "trimaps").mkdir(parents=True)
    with pytest.raises(ValueError, match="images: holds no picture"):
        read_pet_folder(tmp_path)
    with pytest.raises(ValueError, match="one folder of pictures for each class"):
        read_flower_folder(tmp_path / "images")


def test_flower_classes_are_in_alphabetical_order(tmp_path):
    folder = write_flowers(tmp_path / "flowers", ("tulips", "asters"), count=2)
    (folder / "__MACOSX").mkdir()
    (folder / "LICENSE.txt").write_text("")
    examples, names = read_flower_folder(folder)
    assert names == ("asters", "tulips")
    assert [example.target for example in examples] == [0, 0, 1, 1]


def test_the_five_flowers_have_the_ids_of_tf_flowers(tmp_path):
    five = ("daisy", "dandelion", "roses", "sunflowers", "tulips")
    _, names = read_flower_folder(write_flowers(tmp_path / "five", five, count=1))
    assert names == ("dandelion", "daisy", "tulips", "sunflowers", "roses")


def test_bad_flowers_are_reported_at_once(tmp_path):
    folder = write_flowers(tmp_path / "flowers")
    (folder / "daisy" / "0.jpg").write_bytes(b"damaged")
    (folder / "empty").mkdir()
    with pytest.raises(ValueError, match=r"(?s)2 problem.*empty: holds.*Cannot read"):
        read_flower_folder(folder)


def test_the_two_layouts_are_told_apart(tmp_path):
    pets = write_pets(tmp_path / "pets")
    flowers = write_flowers(tmp_path / "flowers")
    with pytest.raises(ValueError, match="It looks like one for `load_flowers`"):
        read_pet_folder(flowers)
    with pytest.raises(ValueError, match="It looks like one for `load_pets`"):
        read_flower_folder(pets)
