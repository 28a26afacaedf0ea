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
    """Turns an element of a data set into an example, and checks it.

    Args:
        element: An image, a pair (image, mask) or a dict with the keys above; arrays
            or tensors, of one picture or of a batch.

    Returns:
        A dict of tensors. Beside boxes it has "kept": false for a box without area,
        such as the zeros that fill up a batch of pictures with different numbers of
        boxes.

    Raises:
        ValueError: If shapes or dtypes are not as described, or another entry has as
            many axes as a mask: it would stay behind when the picture moves.

    Example:

    >>> image, mask = tf.zeros((4, 6, 3)), tf.ones((4, 6), tf.uint8)
    >>> sorted(as_example((image, mask)))
    ['images', 'masks']
    """
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
    """Gives an example the form of the element it was made from.

    Args:
        example: Dict of tensors.
        like: What was given to `as_example`.

    Returns:
        An image, a pair (image, mask) or the dict.

    Example:

    >>> pair = (tf.zeros((4, 6, 3)), tf.ones((4, 6), tf.uint8))
    >>> image, mask = as_element(as_example(pair), like=pair)
    >>> image.shape, mask.shape
    (TensorShape([4, 6, 3]), TensorShape([4, 6]))
    """
    if isinstance(like, dict):
        return example
    parts = tuple(example[name] for name in ("images", "masks") if name in example)
    return parts if isinstance(like, (tuple, list)) else parts[0]


def is_batch(example):
    """Tells whether an example holds a batch rather than one picture.

    Args:
        example: Dict of tensors, as `as_example` returns it.

    Returns:
        A bool: whether its images have four axes.

    Example:

    >>> is_batch({"images": tf.zeros((2, 4, 6, 3))})
    True
    """
    return example["images"].shape.rank == 4


def one_picture(example):
    """Checks an example of one picture, for a function that moves it.

    Args:
        example: As for `as_example`.

    Returns:
        A dict of tensors.

    Raises:
        ValueError: If it is not as `as_example` wants it, or is a batch.

    Example:

    >>> sorted(one_picture({"images": tf.zeros((4, 6, 3))}))
    ['images']
    """
    example = as_example(example)
    if is_batch(example):
        raise ValueError(
            "`images` must have shape (height, width, channels); for a batch there is "
            f"`apply`. Received: shape {example['images'].shape}."
        )
    return example


def size_of(example):
    """Returns the size of the picture of an example.

    Args:
        example: Dict of tensors of one picture.

    Returns:
        A pair (height, width): integers where they are known, else scalar tensors.

    Example:

    >>> size_of({"images": tf.zeros((4, 6, 3))})
    (4, 6)
    """
    images = example["images"]
    return tuple(
        tf.shape(images)[axis] if length is None else length
        for axis, length in enumerate(images.shape[:2])
    )


def check_fill_id(example, fill_id):
    """Raises a `ValueError` unless the masks of an example can hold an id.

    Args:
        example: Dict of tensors.
        fill_id: Integer for pixels that come in from outside.

    Example:

    >>> check_fill_id({"masks": tf.constant([[True]])}, fill_id=0)
    """
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
