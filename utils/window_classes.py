"""What a classifier says of every window, in fine labels or in coarse ones."""

from itertools import chain

import numpy as np

from utils.windows import batched


def classify_windows(classifier, windows, batch_size=64):
    """Asks a classifier about every window.

    Args:
        classifier: A `keras.Model`, or a function, from images (n, h, w, 3) to
            probabilities (n, K).
        windows: Iterable of float arrays (h, w, 3), such as
            `utils.windows.crop_windows` gives.
        batch_size: Number of windows asked about at once. Memory grows with it, and
            not with the number of windows.

    Returns:
        float32 array of shape (N, K).

    Raises:
        ValueError: If there is no window, or the classifier's answer has another shape.

    Example:

    >>> def classifier(images):  # how bright, how dark
    ...     bright = images.mean(axis=(1, 2, 3))
    ...     return np.stack([bright, 1 - bright], axis=1)
    >>> image = np.zeros((4, 4, 3))
    >>> image[2:] = 1
    >>> boxes = [[0, 0, 2, 2], [0, 1, 2, 3], [0, 2, 2, 4]]
    >>> from utils.windows import crop_windows
    >>> classify_windows(classifier, crop_windows(image, boxes)).tolist()
    [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]

    Reference:
        Derived in `notebooks/11_sliding_window.ipynb`.
    """
    ask = getattr(classifier, "predict_on_batch", classifier)
    answers = []
    for batch in batched(windows, batch_size):
        answer = np.asarray(ask(batch), np.float32)
        if answer.ndim != 2 or len(answer) != len(batch):
            raise ValueError(
                "`classifier` must give one row of probabilities per window, shape "
                f"({len(batch)}, K). Received: shape {answer.shape}."
            )
        answers.append(answer)
    if not answers:
        raise ValueError("`windows` must hold at least one window. Received: none.")
    return np.concatenate(answers)


def collapse(probabilities, groups, labels=None):
    """Adds up the probabilities of fine labels that make one coarse label.

    A cat is a tabby or a Siamese or …, and never two of them, so that their
    probabilities may be added. Labels in no group, such as background, are left out;
    what a row lacks to 1 is theirs.

    Args:
        probabilities: Array of shape (N, K).
        groups: Dict from a coarse label to its fine ones: places from 0 to K - 1, or
            names among `labels`. A group may be empty: its probability is 0.
        labels: The K names, if `groups` holds names.

    Returns:
        Array of shape (N, G), in the order of `groups`, of the dtype of the
        probabilities.

    Raises:
        ValueError: If a fine label is unknown or stands in two groups.

    Example:

    >>> labels = ("tabby", "siamese", "beagle", "background")
    >>> groups = {"cat": ("tabby", "siamese"), "dog": ("beagle",)}
    >>> collapse(np.array([[0.3, 0.4, 0.1, 0.2]]), groups, labels).round(2)
    array([[0.7, 0.1]])

    Reference:
        Derived in `notebooks/11_sliding_window.ipynb`.
    """
    probabilities = np.asarray(probabilities)
    if probabilities.ndim != 2:
        raise ValueError(
            "`probabilities` must have shape (N, K). "
            f"Received: shape {probabilities.shape}."
        )
    count = probabilities.shape[1]
    if labels is not None and len(labels) != count:
        raise ValueError(f"`labels` must be {count} names. Received: {len(labels)}.")
    names = range(count) if labels is None else labels
    place = {name: number for number, name in enumerate(names)}
    members = [*chain.from_iterable(groups.values())]
    wrong = [m for m in members if m not in place or members.count(m) > 1]
    if wrong:
        raise ValueError(
            f"Every label of `groups` must be one of {', '.join(map(str, names))}, and "
            f"stand in one group only. Received: {wrong[0]!r}."
        )
    columns = [[place[member] for member in group] for group in groups.values()]
    sums = [probabilities[:, places].sum(axis=1) for places in columns]
    return np.stack(sums, axis=1).astype(probabilities.dtype)
