"""`utils.datasets.pictures`: any picture file, and what is wrong with a bad one."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageOps

from utils.datasets import read_image, read_mask
from utils.datasets.pictures import read_pair

RED = np.full((4, 6, 3), (255, 0, 0), np.uint8)


def file_of(array, kind="PNG", mode=None, **options):
    """The bytes of a picture file."""
    picture, file = Image.fromarray(np.asarray(array)), BytesIO()
    (picture.convert(mode) if mode else picture).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", None), ("PNG", "P"), ("PNG", "RGBA"), ("GIF", "P"), ("BMP", None)]
    + [("TIFF", None), ("WEBP", None), ("JPEG", None), ("JPEG", "CMYK")],
)
def test_every_kind_of_file_is_read_as_the_same_red(tmp_path, kind, mode):
    path = tmp_path / "red.jpg"  # whatever it is, it is called .jpg
    path.write_bytes(file_of(RED, kind, mode))
    image = read_image(path)
    assert image.dtype == np.uint8
    np.testing.assert_allclose(image, RED, atol=3)


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_grey_becomes_three_equal_channels(mode):
    white = np.full((4, 6, 3), 255, np.uint8)
    np.testing.assert_array_equal(read_image(file_of(white, mode=mode)), white)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_sixteen_bits_keep_the_upper_eight(kind):
    array = np.array([[0, 255, 256, 0x8000, 0xFFFF]], np.uint16)
    expected = [0, 0, 1, 128, 255]
    assert read_image(file_of(array, kind))[0, :, 0].tolist() == expected


def test_sixteen_bits_a_channel_in_colour():
    row = b"\0" + struct.pack(">3H", 0xFFFF, 0x8000, 0)
    chunks = [
        (b"IHDR", struct.pack(">2I5B", 1, 1, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row)),
        (b"IEND", b""),
    ]

    def crc(data):
        return struct.pack(">I", zlib.crc32(data))

    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + crc(kind + data)
        for kind, data in chunks
    )
    assert read_image(png).tolist() == [[[255, 128, 0]]]


def test_alpha_is_dropped_and_the_colour_below_it_kept():
    half = np.dstack([RED, np.full((4, 6), 7, np.uint8)])
    np.testing.assert_array_equal(read_image(file_of(half)), RED)
    see_through = Image.fromarray(RED).quantize(4)
    file = BytesIO()
    see_through.save(file, "PNG", transparency=bytes([0, 128, 255, 255]))
    np.testing.assert_array_equal(read_image(file.getvalue()), RED)


def test_of_an_animation_the_first_frame_is_read():
    frames = [Image.fromarray(RED), Image.new("RGB", (6, 4), "blue")]
    file = BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(read_image(file.getvalue()), RED)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_upright_as_pillow_turns_it(orientation):
    array = np.random.default_rng(1).integers(0, 255, (5, 7, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = file_of(array, exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(BytesIO(file))))
    np.testing.assert_array_equal(read_image(file), expected)


@pytest.mark.parametrize("size", [(1, 40), (40, 1), (1, 1)])
def test_a_picture_may_be_one_pixel_wide(size):
    assert read_image(file_of(np.zeros((*size, 3), np.uint8))).shape == (*size, 3)


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", file_of(RED)[:48], file_of(RED, "JPEG")[:400], b"GIF89a"],
)
def test_a_damaged_picture_is_named_with_a_remedy(tmp_path, content):
    path = tmp_path / "강아지.jpg"
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=r"(?s)Cannot read .*강아지\.jpg.*save it again"
    ):
        read_image(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match="There is no file .*lost.jpg"):
        read_image(tmp_path / "lost.jpg")


def test_a_decompression_bomb_is_refused():
    header = struct.pack(">2I5B", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    bomb += struct.pack(">I", zlib.crc32(chunk)) + struct.pack(">I", 9) + b"IDAT"
    with pytest.raises(ValueError, match="Cannot read bomb.png"):
        read_image(bomb, "bomb.png")


def test_thirty_two_bits_a_channel_are_refused():
    with pytest.raises(ValueError, match="32 bits a channel"):
        read_image(file_of(np.ones((2, 2), np.float32), "TIFF"))


IDS = np.array([[1, 2, 3], [3, 2, 1]], np.uint8)


def test_a_mask_is_read_from_grey_palette_equal_channels_and_sixteen_bits():
    palette = Image.fromarray(IDS, "L").convert("L")
    palette.putpalette([9, 9, 9, 200, 0, 0, 0, 200, 0, 0, 0, 200])
    file = BytesIO()
    palette.save(file, "PNG")
    for mask in (
        file_of(IDS),
        file.getvalue(),
        file_of(np.dstack([IDS] * 3)),
        file_of(IDS.astype(np.uint16)),
    ):
        array = read_mask(mask)
        assert array.dtype == np.uint8
        np.testing.assert_array_equal(array, IDS)


def test_other_ids_are_named():
    with pytest.raises(ValueError, match="m.png must hold .* Received: 0, 255."):
        read_mask(file_of(np.array([[0, 1, 255]], np.uint8)), "m.png")


def test_a_coloured_mask_is_refused():
    with pytest.raises(ValueError, match="holds colours"):
        read_mask(file_of(RED))


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"a.png must be .* 6×4 .* Received: 3×2"):
        read_pair(file_of(RED), file_of(IDS), "a.png")


def test_a_mask_fits_a_turned_picture_upright_or_as_it_lies_in_the_file():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it turned clockwise
    image = np.repeat(IDS[..., np.newaxis] * 80, 3, axis=2)
    lying, upright = file_of(IDS), file_of(np.rot90(IDS, -1))
    for mask_file in (lying, upright):
        picture, mask = read_pair(file_of(image, exif=exif), mask_file)
        assert mask.shape == (3, 2)
        np.testing.assert_array_equal(picture[..., 0], mask * 80)
