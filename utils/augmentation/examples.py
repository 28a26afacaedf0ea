"""What belongs to one picture and has to move with it: image, mask and boxes.

Inside the course's augmentation an *example* is a dict. Its keys are the same for one
picture and for a batch, which has one more axis, N, in front:

- "images": float32 (H, W, C), values in any range;
- "masks": integers (H, W), class ids or numbers of instances;
- "boxes_xyxy": float32 (M, 4), left, top, right, bottom in pixels, half-open;
- "kept": bool (M,), whether a box still shows something; added beside boxes.

All but the first may be missing. Other entries, such as a label, pass unchanged.
"""

import tensorflow as tf

RANKS = {"images": 3, "masks": 2, "boxes_xyxy": 2, "kept": 1}  # of one picture


def as_example(element):
    """Turns an element of a data set into an example, and checks it."""
    if not isinstance(element, (dict, tuple, list)):
        element = (element,)
    if not isinstance(element, dict):
        if not 1 <= len(element) <= 2:
            raise ValueError(
                "An element must be an image, a pair (image, mask) or a dict. "
                f"Received: {len(element)} parts."
            )
        element = dict(zip(("images", "masks"), element, strict=False))
    if "images" not in element:
        raise ValueError(
            f"An example must have the key 'images'. Received: {sorted(element)}."
        )
    example = {name: tf.convert_to_tensor(value) for name, value in element.items()}
    _check(example)
    if "boxes_xyxy" in example:
        left, top, right, bottom = tf.unstack(example["boxes_xyxy"], axis=-1)
        has_area = (right > left) & (bottom > top)
        example["kept"] = has_area & example.get("kept", True)
    return example


def as_element(example, like):
    """Gives an example the form of the element it was made from."""
    if isinstance(like, dict):
        return example
    parts = tuple(example[name] for name in ("images", "masks") if name in example)
    return parts if isinstance(like, (tuple, list)) else parts[0]


def is_batch(example):
    """Tells whether an example holds a batch rather than one picture."""
    return example["images"].shape.rank == 4


def one_picture(example):
    """Checks an example of one picture, for a function that moves it."""
    example = as_example(example)
    if is_batch(example):
        raise ValueError(
            "`images` must have shape (height, width, channels); for a batch there is "
            f"`apply`. Received: shape {example['images'].shape}."
        )
    return example


def size_of(example):
    """Returns the size of the picture of an example."""
    images = example["images"]
    return tuple(
        tf.shape(images)[axis] if length is None else length
        for axis, length in enumerate(images.shape[:2])
    )


def check_fill_id(example, fill_id):
    """Raises a `ValueError` unless the masks of an example can hold an id."""
    if "masks" not in example:
        return
    dtype = example["masks"].dtype
    low, high = (0, 1) if dtype.is_bool else (dtype.min, dtype.max)
    if not low <= fill_id <= high:
        raise ValueError(
            f"`fill_id` must fit the masks, {dtype.name} from {low} to {high}. "
            f"Received: {fill_id}."
        )


def _check(example):
    images = example["images"]
    rank = images.shape.rank
    if images.dtype != tf.float32 or rank not in (3, 4):
        raise ValueError(
            "`images` must be float32 of shape (height, width, channels), or a batch "
            f"of them. Received: {images.dtype.name} of shape {images.shape}."
        )
    if 0 in images.shape[-3:]:
        raise ValueError(f"`images` must have pixels. Received: shape {images.shape}.")
    for name, tensor in example.items():
        expected = RANKS.get(name, -1) + rank - 3
        if name in RANKS and tensor.shape.rank != expected:
            raise ValueError(
                f"`{name}` must have {expected} axes beside images of shape "
                f"{images.shape}. Received: shape {tensor.shape}."
            )
        if name not in RANKS and tensor.shape.rank - (rank - 3) >= 2:
            raise ValueError(
                "What has rows and columns must be called one of "
                f"{sorted(RANKS)}, or it would not move with the image. "
                f"Received: '{name}' of shape {tensor.shape}."
            )
    if "masks" in example:
        _check_masks(example["masks"], images)
    boxes = example.get("boxes_xyxy")
    if boxes is not None and (boxes.dtype != tf.float32 or boxes.shape[-1] != 4):
        raise ValueError(
            "`boxes_xyxy` must be float32 of shape (boxes, 4). "
            f"Received: {boxes.dtype.name} of shape {boxes.shape}."
        )
    if "kept" in example and (boxes is None or example["kept"].dtype != tf.bool):
        raise ValueError("`kept` must be bool, and beside boxes. Received: another.")


def _check_masks(masks, images):
    if not (masks.dtype.is_integer or masks.dtype.is_bool):
        raise ValueError(
            f"`masks` must hold integer ids. Received: dtype {masks.dtype.name}."
        )
    if not masks.shape.is_compatible_with(images.shape[:-1]):
        raise ValueError(
            "`masks` must have the rows and columns of the images. "
            f"Received: shape {masks.shape} and images {images.shape}."
        )
