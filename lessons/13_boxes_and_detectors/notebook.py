# %% [markdown]
# # 13. Boxes and detectors
#
# You will judge boxes as PASCAL VOC and COCO do, down to the last pixel, then build
# three detectors that made history, R-CNN, Fast R-CNN and a one-stage grid, and let
# them race on the same pictures.

# %%
import time

import keras
import numpy as np
import tensorflow as tf
from scipy.cluster.vq import kmeans2

from utils.checks import check
from utils.datasets import SPECIES, load_scenes, pasted_scenes
from utils.detection import (
    average_precision,
    box_giou,
    box_iou,
    coco_average_precision,
    convert_boxes,
    crop_features,
    decode_grid,
    decode_regions,
    grid_head,
    grid_loss,
    grid_targets,
    match_boxes,
    non_maximum_suppression,
    pooled_features,
    precision_recall,
    region_head,
    region_loss,
    roi_cells,
    roi_pool,
    sliding_proposals,
    training_proposals,
    voc_average_precision,
)
from utils.models import mobilenet_v2_encoder, recipe
from utils.plotting import explore, show_boxes, show_precision_recall

# %% [markdown]
# ## A box is four numbers
#
# Each scene shows a cat and a dog. A box around an animal is written left, top, right,
# bottom, in pixels; it ends *before* its right column and its lower row. The scenes
# exist only as rendered pictures, so this notebook has one source of data, whatever
# you set elsewhere.

# %%
SIZE = (224, 224)
scenes = {split: load_scenes(split, SIZE) for split in ("train", "validation", "test")}
{split: len(members) for split, members in scenes.items()}

# %%
few = scenes["train"][:4]
show_boxes(
    [scene.image for scene in few],
    [scene.boxes_xyxy for scene in few],
    [scene.species for scene in few],
    class_names=SPECIES,
)

# %% [markdown]
# The same box has other numbers elsewhere. COCO's files hold left, top, width, height;
# YOLO wants the centre and the sides; TensorFlow's functions take top, left, bottom,
# right as shares of the image. Half of all bugs with boxes are a format taken for
# another. Before you run the cell: which of the four rows could be mistaken for which?

# %%
cat_box = few[0].boxes_xyxy[:1]
for box_format in ("xyxy", "xywh", "cxcywh", "yxyx"):
    numbers = convert_boxes(cat_box, "xyxy", box_format, SIZE)[0]
    print(f"{box_format:7}", numbers.round(2).tolist())

# %% [markdown]
# Only the last row gives itself away, by its small numbers. The first three are all
# "four numbers in pixels", and a detector fed with the wrong ones trains without a
# complaint. Drawing a few boxes, as above, is the cheapest test there is.
#
# ## Exercise 13.1: overlap of two boxes
#
# How well does a predicted box fit? Intersection over union (IoU), the same as for
# masks: the area that both boxes cover, divided by the area that at least one covers
# (Everingham et al. 2010). The intersection is a box itself: it begins at the larger of
# the two lefts and ends at the smaller of the two rights. Boxes that do not meet give
# a negative width there. Beware.


# %% tags=["exercise"]
def iou_of_two(first, second):
    """Returns the IoU of two boxes (left, top, right, bottom)."""
    ### BEGIN SOLUTION
    left, top = max(first[0], second[0]), max(first[1], second[1])
    right, bottom = min(first[2], second[2]), min(first[3], second[3])
    shared = max(0, right - left) * max(0, bottom - top)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return shared / (sum(areas) - shared)
    ### END SOLUTION


# %% tags=["check"]
def unclipped(first, second):
    left, top = max(first[0], second[0]), max(first[1], second[1])
    right, bottom = min(first[2], second[2]), min(first[3], second[3])
    shared = (right - left) * (bottom - top)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return shared / (sum(areas) - shared)


def shared_once_too_often(first, second):
    iou = float(box_iou([first], [second])[0, 0])
    return iou / (1 + iou)


check(
    iou_of_two,
    cases=[
        ([0, 0, 4, 4], [0, 0, 4, 4]),
        ([0, 0, 4, 4], [2, 0, 6, 4]),
        ([0, 0, 2, 2], [3, 3, 5, 5]),
        ([1, 2, 5, 4], [3, 3, 9, 8]),
        ([10, 5, 17, 14], [8, 3, 12, 9]),
        ([0, 0, 2, 3], [4, 1, 7, 3]),
        ([0, 5, 4, 9], [1, 1, 3, 2]),
    ],
    reference=lambda first, second: float(box_iou([first], [second])[0, 0]),
    mistakes=[
        (
            unclipped,
            "These boxes do not meet. Two negative sides make a positive product: "
            "let no side fall below 0.",
        ),
        (
            shared_once_too_often,
            "What both cover is in both areas. Subtract it once from their sum.",
        ),
        (
            lambda first, second: float(
                box_iou([first], [second], inclusive=True)[0, 0]
            ),
            "A box ends before `right`: its width is right - left, without a + 1.",
        ),
    ],
    hint="Find the sides of the shared box, no side below 0, then both areas.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[
        ([0, 0, 10, 2], [4, 1, 6, 9]),
        ([0, 0, 3, 3], [3, 0, 6, 3]),
        ([5, 5, 9, 9], [6, 6, 8, 8]),
    ],
    ### END HIDDEN TESTS
)

# %% [markdown]
# `box_iou` from `utils.detection` does this for all pairs at once. IoU has a blind
# spot, though: below, the second box nearly touches the first, the third is far away,
# and both have IoU 0. A detector that learns from IoU would get no hint where to go.
# *Generalised* IoU (Rezatofighi et al. 2019, arXiv:1902.09630) subtracts the share of
# the smallest box around both that neither covers.

# %%
three = np.array([[0, 0, 40, 40], [45, 0, 85, 40], [180, 0, 220, 40]])
box_iou(three[:1], three).round(2), box_giou(three[:1], three).round(2)

# %% [markdown]
# Now near is better than far, and a perfect fit is still 1. As a loss, 1 − GIoU pulls
# boxes towards each other even before they meet.
#
# ## Who found what
#
# Five detections by hand, on two scenes with four animals. Forget the species for a
# moment: everything is a pet. Each detection has a score, the detector's confidence.
# Look for the one pet that nobody found, and for the one that was found twice.

# %% tags=["given"]
pair = load_scenes("train", (224, 224))[:2]
one, two = pair[0].boxes_xyxy, pair[1].boxes_xyxy
corner = [180, 180, 220, 220]
found_boxes = [[one[0] + 4, one[0] + 12, one[1] - 6], [two[0] + 5, corner]]
found_scores = [[0.9, 0.8, 0.7], [0.6, 0.5]]

# %%
show_boxes([scene.image for scene in pair], found_boxes, None, found_scores, columns=2)

# %% [markdown]
# Whether a detection is right is decided by *matching*: the detection with the highest
# score goes first and takes the true box that it overlaps most, if their IoU is at
# least 0.5. A true box is taken once. Whoever comes later finds it gone, and a second
# box around the same animal counts as wrong, however well it fits.

# %%
matched = [
    match_boxes(scene.boxes_xyxy, boxes, scores).tolist()
    for scene, boxes, scores in zip(pair, found_boxes, found_scores, strict=True)
]
matched

# %% [markdown]
# The numbers are places of true boxes, −1 is nobody's. The duplicate with score 0.8
# failed, although it overlaps its cat well, and so did the box in the corner.
#
# ## Precision and recall, one detection after the other
#
# A detector has no single precision. It has a list, and you may stop reading anywhere.
# Stop early, and most of what you have is right: high precision, low recall. Read on,
# and you find more pets among more nonsense. So line up all detections of all pictures
# by their scores and calculate both after each one: *precision*, the share of the
# detections so far that are right; *recall*, the share of the four pets that are found.

# %% tags=["given"]
correct = np.array([True, False, True, True, False])  # in the order of the scores
found_so_far = np.cumsum(correct)
precision = found_so_far / np.arange(1, 6)
recall = found_so_far / 4
np.stack([precision, recall]).round(2)

# %%
np.testing.assert_array_equal(np.concatenate(matched) >= 0, correct)
np.testing.assert_allclose(precision_recall(correct, 4), [precision, recall])

# %%
show_precision_recall({"five detections of four pets": (precision, recall)})

# %% [markdown]
# Each dot is a detection. A right one moves to the right, a wrong one drops straight
# down, and so the curve is a saw. Average precision (AP) smooths it first: the
# precision *at* a recall is the largest at this recall or any higher one, the staircase
# in the figure. Whoever can have more recall with better precision would be a fool to
# stop earlier.
#
# ## Three areas under one curve
#
# AP is the area under the staircase, and there are three ways to measure it. PASCAL VOC
# 2007 read it at eleven recalls, 0, 0.1, …, 1, and took the mean. From 2010 on VOC took
# the exact area. COCO (Lin et al. 2014, arXiv:1405.0312) reads it at 101 recalls.


# %%
def read_at(recalls):
    """Returns the mean of the staircase at these recalls; 0 beyond its end."""
    return np.mean(
        [max(precision[recall >= r], default=0) for r in np.asarray(recalls)]
    )


staircase = np.maximum.accumulate(precision[::-1])[::-1]
by_hand = {
    "voc2007": read_at(np.arange(11) / 10),
    "voc2010": np.sum(np.diff(recall, prepend=0) * staircase),
    "coco": read_at(np.linspace(0, 1, 101)),
}
{form: round(float(area), 3) for form, area in by_hand.items()}

# %% [markdown]
# Three answers for one detector, and none is wrong. The exact area is
# 0.25 · 1 + 0.5 · 0.75 = 0.625. Of eleven points three lie on the high part, and three
# beyond the end, where there is nothing: both are more than a quarter. With more and
# more objects the exact area and the 101 points come to agree, and eleven points stay
# coarse; so say which one you mean. `average_precision` in `utils` has to give the
# same:

# %%
for form, area in by_hand.items():
    np.testing.assert_allclose(average_precision(precision, recall, form), area)

# %% [markdown]
# ## Exercise 13.2: predict an AP
#
# Another detector gives four detections of the four pets: right, right, wrong, right.
# One pet stays unfound. What is its AP as VOC has counted since 2010?

# %% tags=["exercise"]
### BEGIN SOLUTION
predicted_ap = 0.5 * 1 + 0.25 * 0.75
### END SOLUTION

# %% tags=["check"]
check_answer(
    predicted_ap,
    expected=average_precision(
        *precision_recall([True, True, False, True], 4), "voc2010"
    ),
    mistakes=[
        (
            (1 + 1 + 0.75) / 3,
            "The pet that nobody found counts, too: recall ends at 3/4.",
        ),
        (
            (1 + 1 + 2 / 3 + 3 / 4) / 4,
            "That is the mean of the precisions. A wrong detection adds no recall, "
            "so it has no width.",
        ),
        ((6 * 1 + 2 * 0.75) / 11, "That is VOC 2007, with its eleven points."),
        (
            0.75,
            "That is the recall at the end, or the precision: AP weighs one by one.",
        ),
    ],
    tolerance=1e-3,
    hint="Each pet found is 1/4 of recall wide. How high is the staircase above it?",
)

# %% [markdown]
# ## Why a plain implementation seems wrong
#
# Many have written AP in an afternoon, run it on VOC's detections and found numbers
# that differ from the published ones. The usual culprit is a single pixel. In VOC's
# files `right` is the *last* column of a box, so that its width is right − left + 1.
# Take one true box and one detection that misses the mark by a hair:

# %%
truths = [{"boxes_xyxy": [[0, 0, 10, 8]], "classes": [0]}]
detections = [{"boxes_xyxy": [[0, 0, 10, 3.9]], "classes": [0], "scores": [0.9]}]
plain = voc_average_precision(truths, detections, num_classes=1)
inclusive = voc_average_precision(truths, detections, num_classes=1, inclusive=True)
float(plain[0]), float(inclusive[0])

# %% [markdown]
# From everything to nothing: 10 · 3.9 of 10 · 8 is below one half, 11 · 4.9 of 11 · 9
# is above. The smaller the objects, the more often it matters. Three other differences:
#
# - VOC compares a detection with the *best* true box only. If that is taken, the
#   detection is wrong. COCO lets it have the best one that is still free.
# - VOC has objects marked as difficult, COCO crowds: finding them is neither right nor
#   wrong, and the detection is left out.
# - VOC asks for an IoU of one half. COCO asks for `0.50`, `0.55`, …, `0.95` and
#   averages the ten, so that a box has to fit well to count fully.
#
# The mean of the AP over the classes is called *mAP* by VOC. COCO calls the mean AP.

# %%
truths = [{"boxes_xyxy": s.boxes_xyxy, "classes": [0, 0]} for s in pair]
detections = [
    {"boxes_xyxy": boxes, "scores": scores, "classes": np.zeros(len(boxes), int)}
    for boxes, scores in zip(found_boxes, found_scores, strict=True)
]
scores = coco_average_precision(truths, detections, num_classes=1)
{name: round(scores[name], 2) for name in ("AP", "AP50", "AP75", "AR_100")}

# %% [markdown]
# At one half, AP50, you see the 0.63 of above again, with its 101 points. The stricter
# thresholds cost a few detections. Is ours right? The tests of this course compare it
# with COCO's own program, `pycocotools`, on 75 random cases with crowds, ties, empty
# pictures and all ranges of sizes: they agree to nine digits.
#
# ## R-CNN: somebody proposes, a classifier disposes
#
# Now build something worth judging. A classifier says what is in a picture. To say what
# is *where*, show it pieces. Lessons 11 and 12 slide one window; R-CNN (Girshick et al.
# 2014, arXiv:1311.2524) asks another program for boxes that may hold anything,
# *proposals*, about 2,000 a picture, and classifies each. Where they come from is not
# its business: they are *given*. The paper took them from selective search. Here they
# are five shapes of box, each slid to 25 places, and the shapes are the centres of five
# clusters of the sides of training boxes.

# %%
pictures, boxes, classes = pasted_scenes(320, seed=13, image_size=SIZE)
corners = np.concatenate(boxes)
sides = (corners[:, 2:] - corners[:, :2])[:, ::-1].astype(float)  # height, width
shapes, _ = kmeans2(sides, 5, minit="++", seed=13)
proposals = sliding_proposals(SIZE, shapes, steps=5)
proposals.shape

# %% [markdown]
# The scenes for training are few, so `pasted_scenes` makes more of them: it mirrors
# some and pastes cut-out pets of the sample into them (Ghiasi et al. 2021,
# arXiv:2012.07177). What is hidden by a pasted pet is cut from the true box. Does every
# box below make sense to you?

# %%
show_boxes(pictures[:4], boxes[:4], classes[:4], class_names=SPECIES)

# %% [markdown]
# A proposal that does not exist cannot be classified. So the first question to any
# two-stage detector is how many true boxes its proposals cover at all. That share is a
# ceiling for its recall.


# %%
def covered(scene, least_iou):
    """Returns for each object whether some proposal overlaps it enough."""
    return box_iou(proposals, scene.boxes_xyxy).max(axis=0) >= least_iou


validation = scenes["validation"]
{t: float(np.mean([covered(s, t) for s in validation])) for t in (0.5, 0.7, 0.9)}

# %% [markdown]
# At one half nothing is out of reach; no proposal fits snugly. R-CNN therefore learns a
# second answer beside the class: by which shares of its sides to move the proposal, and
# how much to stretch it. The network ends in K + 1 logits, cat, dog and background, and
# four such *deltas*.
#
# Of each picture 24 proposals teach, at most a third of them with an object, or
# background would drown the rest. R-CNN cuts each proposal out, stretches it to a fixed
# size and sends it through the encoder, one pass for each. Here is what that costs:
# only every fifth picture can have it.

# %%
rng = np.random.default_rng(13)
chosen, targets = [], []
for true_boxes, kinds in zip(boxes, classes, strict=True):
    those, answers = training_proposals(proposals, true_boxes, kinds, 2, 24, rng)
    chosen.append(those)
    targets.append(answers)
targets = np.stack(targets)
np.bincount(targets[..., 0].astype(int).ravel()), targets.shape

# %% tags=["clock"]
small_encoder = mobilenet_v2_encoder((96, 96))
small_encoder = keras.Model(small_encoder.input, small_encoder.outputs[-1])
begin = time.perf_counter()
crops = [crop_features(small_encoder, pictures[k], chosen[k]) for k in range(0, 320, 5)]
print(f"{time.perf_counter() - begin:.0f} s for {24 * len(crops)} crops")

# %% [markdown]
# The encoder is frozen, so a crop's features never change: take them once, then train
# a small head on them. The paper did the same, on a larger scale. Its features filled
# hundreds of gigabytes of disk.


# %%
def train_head(features, targets, epochs):
    """Trains the layers that judge one proposal."""
    keras.utils.set_random_seed(13)
    features, targets = np.concatenate(features), targets.reshape(-1, 5)
    head = region_head(features.shape[1], num_classes=2)
    head.compile(recipe(epochs * (len(features) // 64), peak=1e-3), region_loss)
    head.fit(features, targets, batch_size=64, epochs=epochs)
    return head


# %% tags=["moves-0.05"]
rcnn_head = train_head(crops, targets[::5], epochs=12)

# %%
logits = rcnn_head.predict(np.concatenate(crops), verbose=0)[:, :3]
assert np.mean(logits.argmax(axis=1) == targets[::5, :, 0].ravel()) > 0.7

# %% [markdown]
# Now detect. Classify all proposals of a picture, move their boxes, and of those that
# pile up on one animal keep the best. That last step, non-maximum suppression, deserves
# a closer look: you write it.
#
# ## Exercise 13.3: keep the best, drop its shadow
#
# Given boxes in the order of falling scores, return the list of the places to keep: the
# first box always; each later one only if its IoU with every box *kept so far* is at
# most `threshold`. `box_iou` gives a table of all pairs.


# %% tags=["exercise"]
def keep_best(boxes, threshold):
    """Returns the places of the boxes that survive, in order."""
    ### BEGIN SOLUTION
    iou, kept = box_iou(boxes, boxes), []
    for place in range(len(boxes)):
        if all(iou[place, other] <= threshold for other in kept):
            kept.append(place)
    return kept
    ### END SOLUTION


# %% tags=["check"]
CHAIN = [[0, 0, 10, 4], [4, 0, 14, 4], [8, 0, 18, 4]]
SHADOWS = [[0, 0, 4, 4], [8, 0, 12, 4], [8, 0, 12, 3], [0, 0, 4, 3], [0, 8, 4, 9]]


def drops_by_the_dropped(boxes, threshold):
    iou = box_iou(boxes, boxes)
    return [p for p in range(len(boxes)) if (iou[p, :p] <= threshold).all()]


def drops_by_the_first(boxes, threshold):
    iou = box_iou(boxes, boxes)
    return [p for p in range(len(boxes)) if p == 0 or iou[p, 0] <= threshold]


check(
    keep_best,
    cases=[
        ([[0, 0, 4, 4], [8, 8, 9, 9]], 0.5),
        ([[0, 0, 4, 4], [0, 0, 4, 3], [8, 8, 9, 9]], 0.5),
        ([[0, 0, 4, 4], [0, 0, 4, 2]], 0.5),
        (CHAIN, 0.4),
        (SHADOWS, 0.5),
    ],
    reference=lambda boxes, threshold: non_maximum_suppression(
        boxes, -np.arange(len(boxes)), threshold
    ).tolist(),
    mistakes=[
        (lambda boxes, threshold: [0], "Boxes far from the best are other animals."),
        (
            drops_by_the_dropped,
            "A box that was dropped drops nobody: compare with the kept ones only.",
        ),
        (
            drops_by_the_first,
            "Compare with every box kept so far, not only with the first.",
        ),
        (
            lambda boxes, threshold: non_maximum_suppression(
                boxes, -np.arange(len(boxes)), threshold - 1e-9
            ).tolist(),
            "An IoU of exactly the threshold is still allowed.",
        ),
    ],
    hint="Go through the places in order and keep a list of survivors.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[
        ([[0, 0, 4, 4]] * 3, 0.9),
        ([[0, 0, 9, 9], [1, 1, 9, 9], [0, 0, 9, 8], [20, 0, 25, 5]], 0.6),
        (SHADOWS[::-1], 0.7),
    ],
    ### END HIDDEN TESTS
)

# %% [markdown]
# `non_maximum_suppression` in `utils.detection` does it with scores and classes, and
# TensorFlow has a version of its own, which wants top first. On all proposals, with
# random scores, both have to keep the same boxes.

# %%
guesses = rng.random(len(proposals)).astype(np.float32)
top_first = convert_boxes(proposals, "xyxy", "yxyx", SIZE)
kept = tf.image.non_max_suppression(top_first, guesses, 125, iou_threshold=0.3)
np.testing.assert_array_equal(
    non_maximum_suppression(proposals, guesses, iou_threshold=0.3), kept
)
len(kept)

# %% [markdown]
# `decode_regions` ends in the same function: it classifies, moves the boxes, and
# suppresses, class by class, so that a dog never drops a cat.


# %%
def rcnn(image):
    """Detects by one pass of the encoder for each proposal."""
    features = crop_features(small_encoder, image, proposals)
    return decode_regions(rcnn_head.predict_on_batch(features), proposals, SIZE)


def judge(detector, split="validation"):
    """Returns detections, and their mean AP at an IoU of one half."""
    truths = [{"boxes_xyxy": s.boxes_xyxy, "classes": s.species} for s in scenes[split]]
    detections = [detector(scene.image) for scene in scenes[split]]
    return detections, coco_average_precision(truths, detections, num_classes=2)


# %% tags=["moves-0.05"]
found, scores = judge(rcnn)
print(f"R-CNN on the validation scenes: AP50 {scores['AP50']:.2f}")

# %%
assert scores["AP50"] > 0.3

# %% [markdown]
# It works, on a handful of pictures. It is also absurd: neighbouring proposals share
# most of their pixels, and each is encoded from scratch.
#
# ## RoI pooling: one size for every box
#
# Fast R-CNN (Girshick 2015, arXiv:1504.08083) encodes the whole picture *once* and cuts
# the proposals out of the feature map. One problem is left: boxes have many sizes, a
# dense layer wants one. RoI pooling (RoI: region of interest) solves it with a trick
# that you know. Divide the cells below the box into 2×2 bins, as equal as whole cells
# allow, and take the maximum of each.


# %%
def pool_by_hand(feature_map, box, stride, bins):
    """Returns the maxima of bins × bins parts of the map below a box."""
    left, top, right, bottom = roi_cells([box], stride, feature_map.shape[:2])[0]
    part = feature_map[top:bottom, left:right]
    height, width = part.shape[:2]
    pooled = np.zeros((bins, bins, part.shape[2]))
    for row, column in np.ndindex(bins, bins):
        rows = slice(row * height // bins, -(-(row + 1) * height // bins))
        columns = slice(column * width // bins, -(-(column + 1) * width // bins))
        pooled[row, column] = part[rows, columns].max(axis=(0, 1))
    return pooled


# %%
ramp = np.arange(16.0).reshape(4, 4, 1)  # four rows: 0 to 3, 4 to 7, …
pool_by_hand(ramp, [0, 0, 48, 32], stride=16, bins=2)[..., 0]

# %% [markdown]
# A box of 48×32 pixels lies on three columns and two rows of cells, since a cell is 16
# pixels wide. Three columns do not divide by two: both bins take the middle one, and
# the maxima are 1 and 2 above 5 and 6. `roi_pool` in `utils` does it for many boxes at
# once, in TensorFlow. Same numbers?

# %%
maps = rng.normal(size=(14, 14, 8)).astype(np.float32)
pooled = roi_pool(maps, proposals, stride=16, bins=3)
expected = [pool_by_hand(maps, box, stride=16, bins=3) for box in proposals]
np.testing.assert_array_equal(pooled, expected)
pooled.shape

# %% [markdown]
# ## Exercise 13.4: predict what is pooled
#
# The same ramp, stride 16, a box from pixel 16 to 64 in both directions, 2×2 bins.
# Predict the four numbers, row by row.

# %% tags=["exercise"]
### BEGIN SOLUTION
predicted_pool = [[10, 11], [14, 15]]
### END SOLUTION

# %% tags=["check"]
check_answer(
    predicted_pool,
    expected=roi_pool(np.arange(16.0).reshape(4, 4, 1), [[16, 16, 64, 64]], 16, 2)
    .numpy()[0, ..., 0]
    .tolist(),
    mistakes=[
        ([[5, 7], [13, 15]], "Those are the corners of the box, not maxima of bins."),
        ([[5, 6], [9, 10]], "Those are minima of the bins."),
        ([[5, 7], [9, 11]], "A bin of 3 cells in 2 parts takes 2 of them, not 1."),
        (
            [[6, 7], [10, 11]],
            "The box goes down to pixel 64: rows 1, 2 and 3 of the ramp.",
        ),
    ],
    hint="Rows and columns 1, 2 and 3. Each bin takes two of the three, both ways.",
)

# %% [markdown]
# A maximum can be learned through: its gradient goes to the cell where the maximum is,
# and nowhere else. Fast R-CNN could therefore train its encoder together with the
# head, which R-CNN, with its features on a disk, could not. On the ramp:

# %%
variable = tf.Variable(ramp)
with tf.GradientTape() as tape:
    total = tf.reduce_sum(roi_pool(variable, [[0, 0, 48, 32]], stride=16, bins=2))
tf.convert_to_tensor(tape.gradient(total, variable)).numpy()[..., 0]

# %% [markdown]
# Four ones, at the four maxima. Now the weak spot. Cells are whole, boxes are not: move
# the box by half a cell and RoI pooling may not notice. TensorFlow's
# `tf.image.crop_and_resize` reads *between* the cells instead, bilinearly, and that is
# the idea of RoIAlign (He et al. 2017, arXiv:1703.06870). Both look at the ramp through
# a box of 32×32 pixels that moves right, four pixels a step.

# %%
for shift in (0, 4, 8, 12, 16):
    box = np.array([[shift, 0, 32 + shift, 32]])
    pooled = roi_pool(ramp, box, stride=16, bins=1)
    # Pixel p lies at (p - 8) / 16 of the cells' centres, of which there are 4.
    aligned = ((box - 8) / 16 / 3)[:, [1, 0, 3, 2]]
    read = tf.image.crop_and_resize(ramp[None], aligned, [0], (1, 1))
    print(shift, float(np.squeeze(pooled)), float(np.squeeze(read).round(2)))

# %% [markdown]
# RoI pooling jumps once and then stands still; reading between the cells follows
# smoothly, a quarter at a time. The levels differ as well, for one takes the maximum
# and the other the middle of the box. For boxes the jumps hardly matter. For masks they
# do, and Mask R-CNN introduced RoIAlign for that reason.
#
# ## Fast R-CNN: encode once, share
#
# What is sharing worth? Count multiplications first. A convolution takes, at every
# position of its output, one multiplication per weight of its kernel.


# %%
def macs(model):
    """Returns the multiply-accumulate operations (MACs) of a model's convolutions."""
    convolutions = [layer for layer in model.layers if hasattr(layer, "kernel")]
    return sum(
        int(np.prod(layer.output.shape[1:3]) * np.prod(layer.kernel.shape))
        for layer in convolutions
    )


encoder = mobilenet_v2_encoder(SIZE)
encoder = keras.Model(encoder.input, encoder.outputs[-2:])
encoder.trainable = False
separate, shared = len(proposals) * macs(small_encoder), macs(encoder)
print(f"{separate / 1e6:,.0f} or {shared / 1e6:,.0f} million MACs")
print(f"{separate / shared:.0f} times as many")

# %% [markdown]
# The left number is for the crops, although each was resized to 96×96 pixels; the
# paper's had 227×227, and 2,000 of them. Now the same training as before, on *all*
# pictures: one pass each, then a pool for each proposal. The two last feature maps are
# used, the coarser one laid over the finer.

# %%
fine, coarse = encoder.predict(pictures, batch_size=32, verbose=0)
pools = [
    pooled_features(f, c, those, stride=16)
    for f, c, those in zip(fine, coarse, chosen, strict=True)
]
fine.shape, coarse.shape, pools[0].shape

# %% tags=["moves-0.05"]
fast_head = train_head(pools, targets, epochs=12)


# %% tags=["moves-0.05"]
def fast_rcnn(image):
    """Detects by one pass of the encoder and a pool for each proposal."""
    f, c = encoder.predict_on_batch(image[None])
    features = pooled_features(f[0], c[0], proposals, stride=16)
    return decode_regions(fast_head.predict_on_batch(features), proposals, SIZE)


found, scores = judge(fast_rcnn)
assert scores["AP50"] > 0.5
print(f"Fast R-CNN on the validation scenes: AP50 {scores['AP50']:.2f}")

# %% [markdown]
# Sharing pays twice: a picture takes a fraction of the multiplications, and because
# training examples are cheap, there can be more of them.
#
# ## One stage: every cell answers for itself
#
# Why propose at all? YOLO (Redmon et al. 2016, arXiv:1506.02640) divides the picture
# into a grid, 7×7 as here, and asks every cell at once: does the *centre* of an object
# lie in you? Where in you, how large is the object, and what is it? The truth for
# training is written in the same form. Each number below is there for the cell in which
# a centre lies; all other cells say no.

# %%
scene = validation[0]
target = grid_targets(scene.boxes_xyxy, scene.species, SIZE, grid=7, num_classes=2)
for row, column in np.argwhere(target[..., 0]):
    print(f"row {row}, column {column}:", target[row, column].round(2))

# %% [markdown]
# Seven numbers: there is an object; its centre's place in the cell, x and y from 0 to
# 1; the logarithms of its sides as shares of the picture, so that an error of a tenth
# weighs the same for a mouse and for a house; cat or dog. The network is the frozen
# encoder and three convolutions. Its loss adds up over the cells: cross-entropy for yes
# or no, halved for the many empty cells, and only in a cell with an object the
# cross-entropy of its class and five times the squared errors of its box.

# %% tags=["moves-0.05"]
grid = np.stack(
    [grid_targets(*o, SIZE, 7, 2) for o in zip(boxes, classes, strict=True)]
)
keras.utils.set_random_seed(13)
head = grid_head([fine.shape[1:], coarse.shape[1:]], num_classes=2, filters=128)
head.compile(recipe(30 * 20), grid_loss)
history = head.fit([fine, coarse], grid, batch_size=16, epochs=30)


# %% tags=["moves-0.05"]
def one_stage(image):
    """Detects by one pass of the encoder and three convolutions."""
    answer = head.predict_on_batch(encoder.predict_on_batch(image[None]))
    return decode_grid(answer[0], SIZE)


found, scores = judge(one_stage)
assert scores["AP50"] > 0.5
print(f"one stage on the validation scenes: AP50 {scores['AP50']:.2f}")

# %% [markdown]
# No proposals, no pooling, no second stage: 49 cells speak at once.
#
# ## The race
#
# The decisions are made, on training and validation pictures; now the test scenes,
# once. Three detectors, the same eight pictures, the same encoder. AP50 and AP as COCO
# has it, and the milliseconds of one picture, the median of the eight.


# %%
def milliseconds(detector):
    """Returns the median time of a picture of the test scenes."""
    times = []
    for scene in scenes["test"]:
        begin = time.perf_counter()
        detector(scene.image)
        times.append(1000 * (time.perf_counter() - begin))
    return np.median(times)


detectors = {"R-CNN": rcnn, "Fast R-CNN": fast_rcnn, "one stage": one_stage}
results = {name: judge(detector, "test") for name, detector in detectors.items()}
timings = {name: milliseconds(detector) for name, detector in detectors.items()}

# %% tags=["moves-0.1"]
for name, (_, scores) in results.items():
    print(f"{name:10}  AP50 {scores['AP50']:.2f}  AP {scores['AP']:.2f}")

# %% tags=["clock"]
for name, time_ in timings.items():
    print(f"{name:10}  {time_:4.0f} ms")

# %%
for _, scores in results.values():
    assert scores["AP50"] > 0.5 and scores["AP50"] > scores["AP"] + 0.1

# %% [markdown]
# On a quiet machine encoding each proposal is the slowest by far, and the grid is the
# quickest, for it has nothing to pool and little to suppress. Eight pictures are few: a
# single animal is worth a sixteenth of the recall, so do not read the second digit, and
# rank nobody by the first. R-CNN also had a handicap, a fifth of the pictures to learn
# from. But AP is much lower than AP50 for all three: they know *what* and roughly
# *where*, but their boxes are not snug. Look at what the one-stage detector found,
# above a score of 0.3; where you can, move the slider.


# %%
def show_found(least_score):
    """Draws what the one-stage detector found in the test scenes."""
    rows = [one["scores"] >= least_score for one in results["one stage"][0]]
    columns = [
        [one[key][row] for one, row in zip(results["one stage"][0], rows, strict=True)]
        for key in ("boxes_xyxy", "classes", "scores")
    ]
    show_boxes([s.image for s in scenes["test"]], *columns, class_names=SPECIES)


explore(show_found, least_score=([0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9], 0.3))

# %% [markdown]
# The errors are telling, and another training makes others. Look for an animal with a
# wrong name, and at how much of it the box covers. For one that is boxed twice, as a
# dog and as a cat: suppression works class by class and lets both stand. For a box that
# has swallowed a neighbour: its centre may be right, but its sides were guessed by a
# cell that sees little else. And for an animal without a box.

# %% [markdown]
# ## Exercise 13.5: explore suppression
#
# Take Fast R-CNN's answers before suppression. `decode_regions` drops a box if its IoU
# with a better one of its class is above `iou_threshold`. At 1.0 nothing is dropped.
# From 0.3 to 1.0, where do AP50 and the final recall AR_100 go, "up" or "down"? State
# an expectation first: can dropping boxes ever *help* recall?


# %%
def suppressed(iou_threshold):
    """Returns AP50 and AR_100 on the validation scenes."""

    def detector(image):
        f, c = encoder.predict_on_batch(image[None])
        answer = fast_head.predict_on_batch(pooled_features(f[0], c[0], proposals, 16))
        return decode_regions(answer, proposals, SIZE, 0.05, iou_threshold)

    scores = judge(detector)[1]
    return round(scores["AP50"], 2), round(scores["AR_100"], 2)


# %% tags=["exercise", "explore", "moves-0.1"]
### BEGIN SOLUTION
for threshold in (0.1, 0.3, 0.5, 0.7, 1.0):
    print(threshold, suppressed(threshold))
ap_goes = "down"
recall_goes = "up"
### END SOLUTION

# %% tags=["check"]
usual, nothing_dropped = suppressed(0.3), suppressed(1.0)
check_answer(
    (ap_goes, recall_goes),
    expected=tuple(
        "up" if after > before else "down"
        for before, after in zip(usual, nothing_dropped, strict=True)
    ),
    mistakes=[
        (("up", "up"), "A second box on one animal is wrong, however well it fits."),
        (("down", "down"), "More boxes are left. Can fewer animals be found?"),
        (("up", "down"), "The other way round: count the duplicates."),
    ],
    hint="Compare `suppressed(0.3)` with `suppressed(1.0)`.",
)

# %% [markdown] tags=["solution"]
# Without suppression every animal is surrounded by duplicates, each of them an error,
# and AP50 falls. Recall rises: AR_100 is a mean over strict IoUs, too, and among many
# boxes there is one that fits better than the one with the best score, which alone
# survives.

# %% [markdown]
# ## What R-CNN's limits were, and what the grid's are
#
# R-CNN was three programs trained one after the other: an encoder, a classifier per
# class, and a regression of boxes, with features on a disk in between. A picture took
# 47 seconds on a graphics card with VGG-16 (Girshick 2015), and nothing that the
# classifier learned ever reached the encoder. Fast R-CNN cured all of that but one
# thing: the proposals came from outside, and took longer than all the rest. Faster
# R-CNN (Ren et al. 2015, arXiv:1506.01497) lets the network propose.
#
# The grid has another limit, in its very form. A cell holds one object. What if two
# centres fall into the same one?

# %%
nested = np.array([[30, 30, 200, 200], [90, 90, 140, 140]])
target = grid_targets(nested, [0, 1], SIZE, grid=7, num_classes=2)
int(target[..., 0].sum()), len(nested)

# %% [markdown]
# One answer for two objects: the small dog before the large cat cannot be found,
# however long you train. Flocks of birds were YOLO's nightmare for this reason. Its
# successors gave every cell several boxes of fixed shapes, and several grids for small
# and large objects. The proposals had no such problem, and it shows what the race was
# about: two stages look twice and have more to do; one stage looks once and must be
# right.

# %% tags=["headline", "moves-0.1"]
", ".join(f"{name} {r[1]['AP50']:.2f}" for name, r in results.items()) + " test AP50"

# %% [markdown]
# ## What you learned
#
# - IoU measures the overlap of boxes; GIoU also says how far apart two boxes are.
# - Detections are matched by falling score; a duplicate is an error.
# - AP is the area under the staircase of precision over recall. Say which form: eleven
#   points, every point, 101 points; inclusive pixels or not; which IoU.
# - R-CNN encodes every proposal. Fast R-CNN encodes the picture and pools, for a
#   fraction of the work. RoI pooling is a maximum over bins of whole cells.
# - A one-stage detector lets every cell of a grid answer at once. It has the least to
#   do, and a cell holds one object.
#
# ## References
#
# - Everingham, Van Gool, Williams, Winn and Zisserman (2010), "The PASCAL visual object
#   classes (VOC) challenge", doi:10.1007/s11263-009-0275-4.
# - Lin et al. (2014), "Microsoft COCO: common objects in context", arXiv:1405.0312.
# - Girshick, Donahue, Darrell and Malik (2014), "Rich feature hierarchies for accurate
#   object detection and semantic segmentation" (R-CNN), arXiv:1311.2524.
# - Girshick (2015), "Fast R-CNN", arXiv:1504.08083.
# - Ren, He, Girshick and Sun (2015), "Faster R-CNN", arXiv:1506.01497.
# - Redmon, Divvala, Girshick and Farhadi (2016), "You only look once",
#   arXiv:1506.02640.
# - He, Gkioxari, Dollár and Girshick (2017), "Mask R-CNN", arXiv:1703.06870.
# - Rezatofighi et al. (2019), "Generalized intersection over union", arXiv:1902.09630.
# - Ghiasi et al. (2021), "Simple copy-paste is a strong data augmentation method for
#   instance segmentation", arXiv:2012.07177.
