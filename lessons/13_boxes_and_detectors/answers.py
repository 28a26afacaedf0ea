"""Other right answers: overlap axis by axis, the best of what is left."""

from utils.detection import box_iou


# %% 13.1 axis by axis
def iou_of_two(first, second):
    shared, size, other = 1, 1, 1
    for low, high in ((0, 2), (1, 3)):
        start, end = max(first[low], second[low]), min(first[high], second[high])
        shared *= max(end - start, 0)
        size *= first[high] - first[low]
        other *= second[high] - second[low]
    return shared / (size + other - shared)


# %% 13.3 the best of what is left
def keep_best(boxes, threshold):
    left, kept = list(range(len(boxes))), []
    while left:
        best, *left = left
        kept.append(best)
        overlaps = box_iou([boxes[best]], boxes)[0]
        left = [place for place in left if overlaps[place] <= threshold]
    return kept
