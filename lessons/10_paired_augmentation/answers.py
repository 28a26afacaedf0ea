"""Other right answers: picture by picture, corner by corner."""

import numpy as np


# %% 10.1 picture by picture
def broken_pairs(images, masks):
    count = 0
    for image, mask in zip(images, masks, strict=True):
        count += not np.array_equal(image[:, :, 0], mask)
    return count


# %% 10.3 corner by corner
def turned_box(box, matrix):
    left, top, right, bottom = box
    corners = []
    for x in (left, right):
        for y in (top, bottom):
            corners.append((matrix @ np.array([x, y, 1.0]))[:2])
    return np.concatenate([np.min(corners, axis=0), np.max(corners, axis=0)])
