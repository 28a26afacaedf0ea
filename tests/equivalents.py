"""Mutants that are right: for every exercise the changes, and why they change nothing.

A change is named as `mutants.py` prints it. What stands here passes the hidden cases,
too; a line that no longer passes is an error, as is one that passes and is missing.
"""

EQUIVALENT = {
    "1.4": {
        "The number after the last has no pixels, fewer than any `smallest`.": [
            "for number in range(1, count + 2):",
        ],
        "A sum of booleans is whole.": ["return round(np.sum(areas >= smallest))"],
    },
    "2.2": {
        "A size that works is halved without a rest.": ["size = (size - lost) / 2"],
    },
    "2.4": {
        "Only whether there is a rest is asked, not its sign.": [
            "while (size + missing) % -2 ** depth:",
        ],
    },
    "3.2": {
        "The last copy ends last.": [
            "ends = [start * stride + kernel_size for start in list(range(size))[-1:]]",
        ],
    },
    "3.3": {
        "Two axes are the default.": [
            "return np.tensordot(matrix, feature_map) + bias",
        ],
        "A feature map has two axes.": [
            "columns = (feature_map.shape[-1] - 1) * stride + width",
        ],
    },
    "4.1": {
        "Every number is overwritten, and the kind of numbers is free.": [
            "kernel = np.ones((height, width, channels, units), weights.dtype)",
            "kernel = np.zeros((height, width, channels, units))",
        ],
        "NumPy takes any negative size for the unknown one.": [
            "return weights.reshape(height, width, -2, weights.shape[-1])",
        ],
        "Weights have two axes.": [
            "return weights.reshape(height, width, -1, weights.shape[1])",
            "return weights.reshape(height, width, -1, weights.shape[--1])",
        ],
    },
    "4.4": {
        "The skip never starts after the other map.": ["offset = -1"],
        "The distance is a whole number of positions.": [
            "while skip_first + offset * jump != other_first:",
            "return round((other_first - skip_first) / jump)",
            "return int((other_first - skip_first) // jump)",
        ],
    },
    "5.2": {
        "NumPy's 0 / 0 is the `nan` asked for.": [
            "scores.append(2 * confusion[k][k] / size)",
        ],
        "A matrix has two axes.": [
            "sizes = confusion.sum(axis=-2) + confusion.sum(axis=1)",
            "sizes = confusion.sum(axis=0) + confusion.sum(axis=-1)",
        ],
        "The warning is shown; the values are the same.": ["with np.errstate():"],
    },
    "6.3": {
        "The kind of integers is free.": ["return tf.argmax(logits, axis=-1)"],
    },
    "6.4": {
        "Every pixel is overwritten.": ["weights = np.ones(np.shape(mask))"],
        "Ids rise, so the last weight that a pixel gets is its own.": [
            "weights[mask >= number] = weight",
        ],
    },
    "7.1": {
        "Zero is false, so the booleans are returned.": [
            "return np.where(0, 1, (mask == 0) | (mask == 2))",
        ],
        "A mask holds 0, 1 and 2.": [
            "return np.where((mask <= 0) | (mask == 2), 1, 0)",
            "return np.where((mask == 0) | (mask >= 2), 1, 0)",
        ],
    },
    "7.2": {
        "Sorted or not, names and numbers are as many.": [
            "order = np.random.default_rng(seed).permutation(len(names))",
            "places = set(order[:round(0.2 * len(order))])",
            "chosen = np.random.default_rng(seed).permutation(len(names))",
            "return sorted((ordered[k] for k in chosen[:round(len(names) / 5)]))",
            "return sorted((ordered[k] for k in chosen[:round(len(chosen) / 5)]))",
        ],
        "A list holds what the set held.": [
            "places = order[:round(0.2 * len(names))]",
        ],
        "All but four fifths are one fifth.": [
            "places = set(order[:round(-0.8 * len(names))])",
        ],
    },
    "8.6": {
        "An argument may be changed: each case is a copy.": ["result = images"],
        "A picture is looked at before it is changed.": [
            "result[number] = 1 - images[number]",
        ],
        "NumPy takes `True` for a new axis.": [
            "heads = coins[:, True, None, None] < factor",
            "heads = coins[:, None, True, None] < factor",
            "heads = coins[:, None, None, True] < factor",
        ],
    },
    "10.1": {
        "There are as many images as masks.": [
            "for image, mask in zip(images, masks):",
            "for image, mask in zip(images, masks, strict=False):",
        ],
        "All channels hold the ids.": [
            "count += not np.array_equal(image[:, :, -1], mask)",
            "count += not np.array_equal(image[:, :, 1], mask)",
            "return int((images[..., -1] != masks).any(axis=(1, 2)).sum())",
            "return int((images[..., 1] != masks).any(axis=(1, 2)).sum())",
        ],
        "A sum of booleans is whole.": [
            "return round((images[..., 0] != masks).any(axis=(1, 2)).sum())",
        ],
        "The order of axes is free.": [
            "return int((images[..., 0] != masks).any(axis=(2, 1)).sum())",
        ],
    },
    "10.3": {
        "The order of corners is free.": [
            "for x in (right, left):",
            "for y in (bottom, top):",
        ],
        "The corners are a table: two axes.": [
            "return np.concatenate("
            "[np.min(corners, axis=-2), np.max(corners, axis=0)])",
            "return np.concatenate("
            "[np.min(corners, axis=0), np.max(corners, axis=-2)])",
        ],
        "Lists and integers do as well as arrays of floats.": [
            "corners.append((matrix @ [x, y, 1.0])[:2])",
            "corners.append((matrix @ np.array([x, y, 1]))[:2])",
            "corners = [[left, right, left, right], [top, top, bottom, bottom]]",
            "return [x.min(), y.min(), x.max(), y.max()]",
        ],
    },
    "11.1": {
        "Probabilities have two axes.": [
            "members = np.zeros((probabilities.shape[-1], len(groups)))",
            "return np.stack(columns, axis=-1)",
            "columns = [probabilities[:, list(group)].sum(axis=-1) "
            "for group in groups.values()]",
        ],
    },
    "11.3": {
        "A start never passes the last one.": [
            "while found[-1] != last:",
            "if found[-1] + window != size:",
        ],
    },
    "12.2": {
        "The order of axes is free: a window is square, a mean takes all.": [
            "views = np.lib.stride_tricks.sliding_window_view("
            "feature_map, (window, window), axis=(1, 0))",
            "return views.mean(axis=(-1, -2)) @ weights + bias",
            "logits[i, j] = part.mean(axis=(1, 0)) @ weights + bias",
        ],
        "Every number is overwritten.": [
            "logits = np.ones((rows, columns, len(bias)))",
        ],
    },
    "13.1": {
        "The order of axes and of boxes is free.": [
            "for low, high in ((1, 3), (0, 2)):",
            "areas = [(box[2] - box[0]) * (box[3] - box[1]) "
            "for box in (second, first)]",
        ],
        "Two negative sides make the same area.": [
            "size *= first[low] - first[high]",
            "other *= second[low] - second[high]",
        ],
        "Of four numbers -2 is the third.": [
            "for low, high in ((0, -2), (1, 3)):",
            "right, bottom = (min(first[-2], second[2]), min(first[3], second[3]))",
            "right, bottom = (min(first[2], second[-2]), min(first[3], second[3]))",
            "areas = [(box[-2] - box[0]) * (box[3] - box[1]) "
            "for box in (first, second)]",
        ],
    },
    "13.3": {
        "The table has one row.": ["overlaps = box_iou([boxes[best]], boxes)[-1]"],
        "The table has a row for each box.": ["for place in range(len(iou)):"],
        "The table is symmetric.": [
            "if all((iou[other, place] <= threshold for other in kept)):",
        ],
    },
}
