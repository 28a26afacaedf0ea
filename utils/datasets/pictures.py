"""Reading picture and mask files, whatever kind of file they are."""

import contextlib
import io
import os

import numpy as np
from PIL import ExifTags, Image, ImageOps

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm")
LARGEST = 80_000_000  # pixels; a real photograph has fewer, a decompression bomb more
TRIMAP_IDS = (1, 2, 3)
Image.init()  # registers all formats now, rather than in several threads at once


def read_image(file, name=None):
    """Reads a picture of any kind as an RGB array, the right way up.

    The kind is told from the content, not from the name; of a GIF the first frame is
    read. Greyscale, palette and CMYK become RGB; of 16 bits the upper 8 are kept; an
    alpha channel is dropped, as TensorFlow does. A picture marked as turned (EXIF) is
    turned upright.

    Args:
        file: Path of the file, or its content as bytes.
        name: What to call the picture in errors. Defaults to the path.

    Returns:
        uint8 array of shape (height, width, 3), values 0 to 255.

    Raises:
        ValueError: If the file is no picture, is damaged or cut off, has more than 80
            million pixels, or 32 bits a channel.

    Example:
    >>> from io import BytesIO
    >>> file = BytesIO()
    >>> Image.new("CMYK", (40, 30), "red").save(file, "JPEG")
    >>> read_image(file.getvalue()).shape
    (30, 40, 3)
    """
    image, orientation = _decode(file, name, _colours)
    return _upright(image, orientation)


def read_mask(file, name=None):
    """Reads a trimap: one id a pixel, 1 = pet, 2 = background, 3 = border.

    Ids may be grey values, palette entries (the entry's number is the id) or three
    equal channels. A mask is never turned by its own EXIF mark: see `read_pair`.

    Args:
        file: Path of the file, or its content as bytes.
        name: What to call the mask in errors. Defaults to the path.

    Returns:
        uint8 array of shape (height, width), ids 1, 2 and 3.

    Raises:
        ValueError: If the file cannot be read or holds any other id.

    Example:
    >>> from io import BytesIO
    >>> file = BytesIO()
    >>> Image.fromarray(np.array([[1, 3, 2]], "uint8")).save(file, "PNG")
    >>> read_mask(file.getvalue())
    array([[1, 3, 2]], dtype=uint8)
    """
    mask, _ = _decode(file, name, _ids)
    if mask.min() < min(TRIMAP_IDS) or mask.max() > max(TRIMAP_IDS):
        other_ids = sorted({int(k) for k in np.unique(mask)} - set(TRIMAP_IDS))
        listed = ", ".join(map(str, other_ids[:6])) + ", …" * (len(other_ids) > 6)
        raise ValueError(
            f"The mask {_called(file, name)} must hold the ids 1 (pet), 2 "
            f"(background) and 3 (border) only. Received: {listed}. Renumber it, "
            "and save it as PNG: a JPEG file or a smooth resize invents ids."
        )
    return mask.astype(np.uint8)


def read_pair(image_file, mask_file, name=None):
    """Reads a picture and its mask, which must be of the same size."""
    image, orientation = _decode(image_file, name, _colours)
    mask = read_mask(mask_file, name)
    upright = _upright(image, orientation)
    if mask.shape != upright.shape[:2] and mask.shape == image.shape[:2]:
        mask = _upright(mask, orientation)
    if mask.shape != upright.shape[:2]:
        (rows, columns), (height, width) = mask.shape, upright.shape[:2]
        raise ValueError(
            f"The mask {_called(mask_file, name)} must be as large as its picture, "
            f"{width}×{height} pixels. Received: {columns}×{rows}. Draw it on the "
            "picture itself, or resize it with nearest neighbour."
        )
    return upright, mask


def _called(file, name):
    return name or ("(bytes)" if isinstance(file, bytes) else os.fsdecode(file))


def _decode(file, name, to_array):
    """Returns `to_array` of the opened file, and its EXIF orientation."""
    with contextlib.ExitStack() as stack:
        try:
            source = io.BytesIO(file) if isinstance(file, bytes) else file
            picture = stack.enter_context(Image.open(source, formats=FORMATS))
            if picture.width * picture.height > LARGEST:
                raise ValueError(
                    f"{picture.width}×{picture.height} pixels are too many"
                )
            picture.load()
            return to_array(picture), picture.getexif().get(
                ExifTags.Base.Orientation, 1
            )
        except FileNotFoundError:
            raise ValueError(f"There is no file {_called(file, name)}.") from None
        except Exception as error:  # Pillow's readers raise errors of many kinds
            reason = str(error).replace(repr(source), "the file")
            raise ValueError(
                f"Cannot read {_called(file, name)}: {reason}. Open it in a picture "
                "program and save it again, fetch it anew, or remove it."
            ) from error


def _colours(picture):
    """Returns an opened picture as uint8 (height, width, 3)."""
    if picture.mode.startswith("I;16") or (
        picture.mode == "I" and picture.format in ("PNG", "PPM")
    ):
        grey = (np.asarray(picture) >> 8).astype(np.uint8)
        return np.stack([grey] * 3, axis=-1)
    if picture.mode in ("I", "F"):
        raise ValueError("it has 32 bits a channel, 8 or 16 are read")
    if "transparency" in picture.info:
        picture = picture.convert("RGBA")
    return np.asarray(picture.convert("RGB"))


def _ids(picture):
    """Returns an opened mask as an integer array (height, width)."""
    array = np.asarray(picture)
    if array.ndim == 3:
        colours = array[..., : 1 if picture.mode == "LA" else 3]
        if picture.mode not in ("RGB", "RGBA", "LA") or np.ptp(colours, axis=-1).any():
            raise ValueError("a mask holds one id a pixel, this one holds colours")
        array = array[..., 0]
    if array.dtype.kind == "f":
        raise ValueError("a mask holds integer ids, this one holds fractions")
    return array


def _upright(array, orientation):
    """Returns a picture turned as its EXIF mark says: a mask has none of its own."""
    picture = Image.fromarray(array)
    picture.getexif()[ExifTags.Base.Orientation] = orientation
    return np.array(ImageOps.exif_transpose(picture))
