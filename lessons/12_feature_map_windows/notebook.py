# %% [markdown]
# # 12. One pass for all windows
#
# You will cut a classifier in two, run the costly half once per picture and the cheap
# half once per window, and find out what that saves and what it changes.

# %%
import time

import keras
import numpy as np

from utils.checks import check
from utils.datasets import SPECIES, load_scenes, pets_info, species_groups
from utils.detection import (
    cell_differences,
    classify_windows,
    crop_windows,
    feature_map_scores,
    group_probabilities,
    select,
    voc_average_precision,
    window_classifier,
    window_grid,
    window_scores,
    window_starts,
)
from utils.models import (
    VGG_STAGES,
    at_size,
    convolutional_head,
    count_macs,
    split_at,
    vgg16,
    weights_info,
)
from utils.plotting import explore, show_detections, show_grids, show_heat_maps

# %% [markdown]
# ## The detector that does it 64 times
#
# Lesson 11 trained a classifier of windows: the breed of an animal, or background. It
# is MobileNetV2 with a mean over 7×7 cells and one dense layer behind it.
# `window_classifier` trains it again, on the same windows. The two lines say which
# pictures and which weights you have.

# %%
pets = pets_info()
print(pets)
print(weights_info())

# %%
classifier, labels = window_classifier()
groups = species_groups(labels[:-1])
classifier.input_shape, classifier.output_shape

# %% [markdown]
# A scene of 448×448 pixels holds 64 windows of 224×224, 32 pixels apart. Each is cut
# out and goes through the whole network, although two neighbours share six sevenths of
# their pixels.

# %%
test = load_scenes("test")
scene = test[1]
boxes = window_grid((448, 448), window=224, stride=32)
crop_scores = classify_windows(classifier, crop_windows(scene.image, boxes))
crop_scores.shape

# %%
assert crop_scores.shape == (64, len(labels))

# %% [markdown]
# ## Two halves
#
# Where does the network stop looking at neighbouring pixels and start to decide? Behind
# the layer `out_relu`. What lies below makes a feature map, and all it does is slide
# small kernels; what lies above makes probabilities. Cut there, and call the halves
# `bottom_model` and `top_model` (Osinga 2018, chapter 11). They share the classifier's
# weights.

# %%
bottom_model, top_model = split_at(classifier, "out_relu")
print(bottom_model.input_shape[1:], "->", bottom_model.output_shape[1:])
print(top_model.input_shape[1:], "->", top_model.output_shape[1:])

# %% [markdown]
# One after the other they must be the classifier. And which half does the work? Count
# the multiply–accumulates (MACs).

# %% tags=["exact"]
window = scene.image[None, :224, :224]
np.testing.assert_allclose(
    top_model(bottom_model(window)), classifier(window), atol=1e-5
)
[f"{count_macs(half) / 1e6:.2f} million" for half in (bottom_model, top_model)]

# %% [markdown]
# Practically all of it is below. That is what makes the plan worth while: do the lower
# half once per picture. Would most of the work lie above, nothing could be shared.
#
# Not every place will do. MobileNetV2 has residual connections, which carry a map past
# two or three layers. Cut between their ends, and the upper half would need two inputs:

# %%
try:
    split_at(classifier, "block_2_expand")
except ValueError as error:
    print(error)

# %% [markdown]
# At the end of the block, `block_2_add`, a cut is possible. But the cut decides what is
# shared: the lower it lies, the more is left for the half that runs 64 times.
#
# ## Exercise 12.1: the map of a photograph
#
# MobileNetV2 has five layers of stride 2, so a cell of the map stands for 32×32 pixels
# and a window of 224 pixels for 7×7 cells. A photograph of 640×480 pixels
# (width×height) goes through the lower half in one piece. Predict: rows and columns of
# its map, and how many windows of 7×7 cells there are, one cell apart.

# %% tags=["exercise"]
### BEGIN SOLUTION
rows, columns, windows = 15, 20, 9 * 14
### END SOLUTION

# %% tags=["check"]
check_answer(
    (rows, columns, windows),
    expected=(
        480 // 2**5,
        640 // 2**5,
        len(window_grid((480 // 2**5, 640 // 2**5), window=7, stride=1)),
    ),
    mistakes=[
        ((20, 15, 126), "Rows first: they follow from the height."),
        ((15, 20, 300), "A window needs 7×7 cells. It cannot begin at the last one."),
        ((15, 20, 104), "You counted steps; there is a window before the first step."),
        ((9, 14, 126), "That many rows and columns of windows. And of cells?"),
        ((15, 20, 4), "That many fit side by side. They may overlap."),
    ],
    hint="Divide by 32 for the cells. Then 15 cells hold 15 − 7 + 1 windows of 7.",
)

# %% [markdown]
# ## Windows of the feature map
#
# Convolutions do not care how large a picture is. `at_size` builds the lower half once
# more, for 448×448 pixels and with the same weights. One pass gives a map of 14×14
# cells.

# %%
large_bottom = at_size(bottom_model, (448, 448))
[feature_map] = large_bottom.predict_on_batch(scene.image[None])
feature_map.shape

# %% [markdown]
# Cut windows out of *that*, with the functions of lesson 11: 7×7 cells wide, one cell
# apart. One cell is 32 pixels, so they are the same 64 windows.

# %%
cells = window_grid((14, 14), window=7, stride=1)
assert np.array_equal(32 * cells, boxes)
views = [*crop_windows(feature_map, cells)]
len(views), views[0].shape

# %%
map_scores = classify_windows(top_model, views)
map_scores.shape

# %% [markdown]
# No pixel was cut, and the upper half has answered for all windows. Each view is a
# slice of the one map, so that nothing is copied before the batch is made.
#
# Two details. The steps are now bound to the cells: a stride of 16 pixels would need
# half a cell. And a picture whose sides are not multiples of 32 has to be resized
# first, or its last cell stands for fewer pixels than the others.
#
# ## Exercise 12.2: slide the head
#
# You need not cut at all. Write what the upper half does, for all windows of a map: the
# mean over each window's cells, times the weights, plus the bias. Return the logits as
# they lie on the picture, one row of them per row of windows.


# %% tags=["exercise"]
def slide_head(feature_map, weights, bias, window):
    """Returns logits (h, w, K) of all windows of a map (H, W, C)."""
    ### BEGIN SOLUTION
    rows, columns = (side - window + 1 for side in feature_map.shape[:2])
    logits = np.zeros((rows, columns, len(bias)))
    for i, j in np.ndindex(rows, columns):
        part = feature_map[i : i + window, j : j + window]
        logits[i, j] = part.mean(axis=(0, 1)) @ weights + bias
    return logits
    ### END SOLUTION


# %% tags=["check"]
def counted(*shape):
    """Returns an array of whole numbers that do not lie on a straight line."""
    return (np.arange(np.prod(shape), dtype=float).reshape(shape) ** 2) % 7


def slid(m, w, b, n, step=1, pool="mean", more=1):
    """Slides a head as the reference does, unless told otherwise."""
    rows, columns = (range(0, side - n + more, step) for side in m.shape[:2])
    parts = [[m[i : i + n, j : j + n] for j in columns] for i in rows]
    pooled = [[getattr(p, pool)(axis=(0, 1)) for p in row] for row in parts]
    return np.array(pooled) @ w + b


check(
    slide_head,
    cases=[
        (counted(1, 2, 1), np.array([[2.0]]), np.array([1.0]), 1),
        (counted(3, 5, 2), counted(2, 3), counted(3), 2),
        (counted(5, 4, 3), counted(3, 2), counted(2), 2),
    ],
    reference=slid,
    mistakes=[
        (
            lambda m, w, b, n: slid(m, w, b, n, pool="sum"),
            "A sum over the cells. The head was trained on their mean.",
        ),
        (lambda m, w, b, n: slid(m, w, 0 * b, n), "Add the bias."),
        (
            lambda m, w, b, n: slid(m, w, b, n, step=n),
            "Those windows lie side by side. Move by one cell.",
        ),
        (
            lambda m, w, b, n: slid(m, w, b, n).reshape(-1, len(b)),
            "The numbers are right. Keep rows and columns: shape (h, w, K).",
        ),
        (
            lambda m, w, b, n: m @ w + b,
            "That is the head at every single cell, without the mean.",
        ),
    ],
    hint="Loop over the places of the top left cell: height − window + 1 rows of them.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[
        (counted(5, 3, 2), counted(2, 2), counted(2), 3),
        (counted(7, 7, 1), counted(1, 4), counted(4), 7),
        (counted(2, 6, 4), counted(4, 1), counted(1), 2),
    ],
    ### END HIDDEN TESTS
)

# %% [markdown]
# ## The head as a convolution
#
# A mean over 7×7 cells, moved by one cell, is average pooling with stride 1. A dense
# layer at every place is a 1×1 convolution (lesson 4). So the whole upper half, slid
# over the map, is two layers. And as both are weighted sums, their order is free:
# `convolutional_head` mixes 1280 channels down to a few first, and pools these.

# %%
head = convolutional_head(top_model)
for layer in head.layers[1:]:
    print(f"{type(layer).__name__:18}", layer.output.shape[1:])

# %%
slid_scores = head.predict_on_batch(feature_map[None])[0]
np.testing.assert_allclose(slid_scores.reshape(64, -1), map_scores, atol=1e-5)
slid_scores.shape

# %% [markdown]
# The first convolution turns the map's channels into one number per class and cell, the
# pooling takes the mean over each window, and the softmax comes last, where it was.
# Nothing is lost: the two agree to five decimals. Lower half and head, one behind the
# other, make one network without a window in it. It takes a picture and answers for
# every place.

# %%
bottom = at_size(bottom_model, (None, None))
everywhere = keras.Model(bottom.inputs[0], head(bottom.outputs[0]))
answers = everywhere.predict_on_batch(scene.image[None])
np.testing.assert_allclose(answers[0], slid_scores, atol=1e-4)
answers.shape

# %%
cat, dog = group_probabilities(map_scores, groups, labels).T.reshape(2, 8, 8)
show_heat_maps(scene.image, {"cat": cat, "dog": dog}, margin=96)

# %%
assert min(cat.min(), dog.min()) >= 0 and max(cat.max(), dog.max()) <= 1 + 1e-5

# %% [markdown]
# Full colour is certain. A colour lies over the middle of its window, and the rim of
# the picture is the middle of none, so it stays grey. The cat is on the left, the dog
# on the right, and between them windows show halves of both.
#
# You have met this network: it is the *fully convolutional network* of lesson 4 (Long,
# Shelhamer and Darrell 2015, arXiv:1411.4038). A detector by sliding windows and a
# coarse segmentation are one computation. They differ in what you make of the map,
# boxes or a mask.
#
# ## The same head, other scores
#
# Are these the scores of lesson 11? It is often told so. Compare the cat's, in per
# cent.

# %%
crop_cat = group_probabilities(crop_scores, groups, labels)[:, 0].reshape(8, 8)
show_grids({"from crops": (100 * crop_cat).round(), "one pass": (100 * cat).round()})

# %%
assert np.abs(crop_cat - cat).max() > (0.1 if pets.source == "sample" else 0.01)

# %% [markdown]
# Alike in the large, not equal: some windows change a lot. The head is the same to the
# last digit, so the cells must differ. Take one window in the middle, send its crop
# through the lower half, and compare its 7×7 cells with those of the map: the mean
# difference of each cell's 1280 channels, in per cent of the mean number.

# %%
crops = np.stack([*crop_windows(scene.image, boxes)])
differences = cell_differences(feature_map, bottom_model.predict_on_batch(crops))
show_grids({"a window in the middle": (100 * differences[27]).round()})

# %%
middle = differences[27]
border = np.concatenate([middle[[0, -1]].ravel(), middle[1:-1, [0, -1]].ravel()])
assert border.mean() > middle[2:5, 2:5].mean()

# %% [markdown]
# Read the figure like a target. Small in the middle, large at the border: whatever it
# is, it comes from outside. A 3×3 kernel at the edge of a crop reaches beyond it and
# reads *zeros*, padding. On the whole picture the same kernel reads the pixels that are
# there. Layer by layer the error creeps inwards, as far as a cell can see.
# MobileNetV2's cells can see further than a window is wide, so the padding reaches all
# of them. How strongly, the weights decide: with ImageNet's the middle changes, too.
#
# Which cells are spared, if any? Count them in a network that sees less far: VGG-16, 16
# times narrower, with random weights. Neither width nor weights matter to who sees the
# padding.

# %%
keras.utils.set_random_seed(12)
vgg_bottom, _ = split_at(vgg16(5, window=224, width=1 / 16), "pool5")
[vgg_map] = at_size(vgg_bottom, (448, 448)).predict_on_batch(scene.image[None])
vgg_crops = vgg_bottom.predict(crops, batch_size=16, verbose=0)
equal = (cell_differences(vgg_map, vgg_crops) < 1e-5).sum(axis=(1, 2))
show_grids({"cells equal to the crop's, of 49": equal.reshape(8, 8)})

# %%
assert sorted(set(equal.tolist())) == [1, 4, 16] and (equal == 1).sum() == 36

# %% [markdown]
# Of a window inside the picture, one cell of 49 is what it was in the crop. How far
# does a cell of VGG-16 see? A 3×3 convolution adds two steps of the map it works on, a
# 2×2 pooling one, and a step is 1, 2, 4, 8, 16 pixels.

# %%
reach = 1
for stage, (convolutions, _) in enumerate(VGG_STAGES):
    reach += 2**stage * (2 * convolutions + 1)
reach

# %% [markdown]
# The middle one of seven cells has its centre at pixel 3·32 + 16 = 112 of the crop. It
# sees from 112 − 106 to 112 + 106: not quite to the borders at 0 and 224. The next cell
# is 32 pixels further and sees beyond one of them.
#
# ## Exercise 12.3: count the cells that agree
#
# At the rim of the picture the crop has padding where the picture has padding, too.
# There cells may see beyond that side and still agree. Explain the figure: how many
# *rows* of cells of a window agree if it lies at the top of the picture, and how many
# if it lies inside? And how many cells of the window in the corner?

# %% tags=["exercise"]
### BEGIN SOLUTION
rows_at_the_top, rows_inside, cells_in_the_corner = 4, 1, 4 * 4
### END SOLUTION


# %% tags=["check"]
def sees(cell, reach=212):
    """Returns the first and the last pixel that a cell of VGG-16 sees."""
    return 32 * cell + 16 - reach // 2, 32 * cell + 16 + reach // 2


check_answer(
    (rows_at_the_top, rows_inside, cells_in_the_corner),
    expected=(
        sum(sees(cell)[1] <= 224 for cell in range(7)),
        sum(sees(cell)[0] >= 0 and sees(cell)[1] <= 224 for cell in range(7)),
        sum(sees(cell)[1] <= 224 for cell in range(7)) ** 2,
    ),
    mistakes=[
        ((7, 1, 49), "The lower border of the window is still inside the picture."),
        ((3, 1, 9), "The middle row sees neither border. It counts as well."),
        ((4, 1, 8), "A cell has to agree along both axes: multiply."),
        (
            (4, 4, 16),
            "Inside, a row must see neither the upper nor the lower border.",
        ),
        ((16, 1, 16), "That many cells. One axis at a time: how many rows?"),
    ],
    hint="Row i sees from 32·i − 90 to 32·i + 122. The crop ends at 0 and at 224.",
)

# %% [markdown]
# Who is right, crop or picture? The picture's cells saw what is really around the
# window. But the head was trained on crops, so it expects the padding: what is better
# informed need not be better understood. That has to be measured.
#
# ## Boxes from one pass
#
# `feature_map_scores` does for a picture of any size what `window_scores` of lesson 11
# does, one pass per level of the pyramid. Try both on all test scenes.

# %%
shares = ((7 / 9, 1 / 2), (1, 1 / 2), (7 / 10, 7 / 10))  # levels of whole cells
options = {"groups": groups, "labels": labels}

# %%
methods = {
    "64 crops": [
        window_scores(s.image, classifier, shares=(0.5,), **options) for s in test
    ],
    "one pass": [feature_map_scores(s.image, everywhere, **options) for s in test],
    "one pass per level": [
        feature_map_scores(s.image, everywhere, shares=shares, **options) for s in test
    ],
}
[len(results[0][0]) for results in methods.values()]

# %%
threshold = 0.7 if pets.source == "sample" else 0.4
found = [select(*pair, threshold) for pair in methods["one pass per level"]]
show_detections([s.image for s in test], found, SPECIES)

# %%
assert all(np.array_equal(methods["64 crops"][0][0], b) for b, _ in methods["one pass"])

# %% [markdown]
# As in lesson 11, look for missed animals, wrong names, and boxes around nothing. Then
# let *average precision* (AP) judge, at two demands on the fit of a box.


# %%
def mean_precision(results, least_iou):
    """Returns the mean AP of cat and dog over the test scenes."""
    true = [{"boxes_xyxy": s.boxes_xyxy, "classes": s.species} for s in test]
    found = [select(grid, values, threshold=0.05) for grid, values in results]
    return voc_average_precision(true, found, 2, iou_threshold=least_iou).mean()


# %% tags=["moves-0.1"]
print(f"{'':20} AP at IoU 0.5   at IoU 0.3")
for name, results in methods.items():
    strict, loose = (mean_precision(results, least) for least in (0.5, 0.3))
    print(f"{name:20} {strict:13.2f} {loose:12.2f}")

# %%
values = {name: mean_precision(results, 0.3) for name, results in methods.items()}
if pets.source == "sample":
    assert abs(values["one pass"] - values["64 crops"]) < 0.3
    assert values["one pass per level"] > 0.6

# %% [markdown]
# The first two rows look at the same 64 boxes. Scores moved, and the AP may move with
# them, to either side; on sixteen animals one animal more or less is a step you can
# see. The last row has other boxes, upright ones among them. Its levels are not those
# of lesson 11's pyramid, because they consist of whole cells, so do not take the
# difference of the two tables for the price of one pass.
#
# ## What it costs
#
# "64 runs become 4" is how the gain is often told. See what that mixes up.

# %% tags=["exact"]
one_window, one_pass = count_macs(classifier), count_macs(large_bottom)
one_head = count_macs(top_model)
print(f"64 crops              {64 * one_window / 1e6:8.1f} million MACs")
print(f"one pass at 448       {one_pass / 1e6:8.1f}, as much as", end=" ")
print(f"{one_pass / count_macs(bottom_model):.2f} windows")
print(f"64 heads              {64 * one_head / 1e6:8.1f}")
print(f"crops / (pass + heads) {64 * one_window / (one_pass + 64 * one_head):7.1f}")

# %% [markdown]
# There is *one* run. It costs as much as four, because 448·448 pixels are four times
# 224·224, and 64 runs of the head come on top. Here they are next to nothing. In VGG-16
# the head is three dense layers with most of the network's weights. No need to build
# it; `VGG_STAGES` has the number of convolutions and filters.

# %%
vgg_window, channels = 0, 3
for stage, (convolutions, filters) in enumerate(VGG_STAGES):
    for _ in range(convolutions):
        vgg_window += (224 // 2**stage) ** 2 * 9 * channels * filters
        channels = filters
vgg_head = 7 * 7 * 512 * 4096 + 4096 * 4096 + 4096 * 1000
crops_cost, map_cost = 64 * (vgg_window + vgg_head), 4 * vgg_window + 64 * vgg_head
print(f"VGG-16, crops    {crops_cost / 1e9:6.1f} billion MACs")
print(f"pass and heads   {map_cost / 1e9:6.1f}, of it heads {64 * vgg_head / 1e9:.1f}")
print(f"times fewer      {crops_cost / map_cost:6.1f}")

# %% [markdown]
# A ninth of what is left is heads. Now the clock. The shortest of three calls counts:
# what Keras builds at a first call is no part of the price.


# %%
def seconds(function):
    """Returns the shortest time of three calls."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return min(times)


picture = scene.image[None]
crop_by_crop = [crop[None] for crop in crops]
times = {
    "64 crops, one by one": lambda: [*map(classifier.predict_on_batch, crop_by_crop)],
    "64 crops, one batch": lambda: classifier.predict_on_batch(crops),
    "windows of the map": lambda: classify_windows(
        top_model, crop_windows(large_bottom.predict_on_batch(picture)[0], cells)
    ),
    "head as a convolution": lambda: everywhere.predict_on_batch(picture),
    "one bare pass at 448": lambda: large_bottom.predict_on_batch(picture),
}
times = {name: seconds(function) for name, function in times.items()}

# %% tags=["clock"]
for name, time_ in times.items():
    bare = time_ / times["one bare pass at 448"]
    print(f"{name:22} {time_:6.3f} s, {bare:5.1f} bare passes")

# %% [markdown]
# Two ratios matter: to 64 crops, which is what you had, and to one bare pass, which is
# what you cannot avoid. On a quiet machine the convolutional head comes close to the
# second. Cutting windows out of the map has more to do: 64 copies of 7×7×1280 numbers
# have to be made.
#
# ## Exercise 12.4: what exactly is saved?
#
# The pass over the picture costs the same however many windows you want. Crops cost by
# the piece. Move the stride between windows: which is the smallest stride, in pixels,
# at which crops cost no more than one pass? And what had made the difference:
# "overlap", "size" or "head"?


# %% tags=["exact"]
def saving(stride):
    """Returns how many times the MACs of one pass the crops need."""
    windows = len(window_starts(448, 224, stride)) ** 2
    return windows * one_window / (one_pass + windows * one_head)


explore(
    lambda stride: print(f"stride {stride}: {saving(stride):.1f} times"),
    stride=(range(32, 225, 32), 32),
)

# %% tags=["exercise", "explore", "exact"]
### BEGIN SOLUTION
for stride in range(32, 225, 32):
    print(stride, len(window_starts(448, 224, stride)) ** 2, f"{saving(stride):.1f}")
break_even, reason = 224, "overlap"
### END SOLUTION

# %% tags=["check"]
check_answer(
    (break_even, reason),
    expected=(
        next(stride for stride in range(32, 225, 32) if saving(stride) < 1.01),
        "overlap",
    ),
    mistakes=[
        ((32, "overlap"), "At 32 pixels crops cost most."),
        ((192, "overlap"), "At 192 there are still three windows along each axis."),
        (
            (224, "size"),
            "The picture keeps its size. What does a stride change?",
        ),
        (
            (224, "head"),
            "Heads are next to nothing here. What does a stride change?",
        ),
    ],
    hint="Call `saving` with several strides, and think of 64 windows, then of four.",
)

# %% [markdown] tags=["solution"]
# Four windows side by side cover every pixel once, and cost what one pass costs. All
# that sharing saves is computing the same pixels again for windows that overlap.

# %%
assert saving(224) < 1.01 < 10 < saving(32)

# %% [markdown]
# So be careful with "64 runs": the number of windows is yours to choose, and with it
# the gain. What is fixed is the price of one pass. The lesson in one line:

# %% tags=["headline", "clock"]
naive, fast = times["64 crops, one by one"], times["head as a convolution"]
bare = times["one bare pass at 448"]
f"64 windows {naive / fast:.0f} times faster, in {fast / bare:.1f} bare passes"

# %% [markdown]
# ## What you learned
#
# - A classifier can be cut where no connection passes by: below is the costly half,
#   above the cheap one.
# - Windows of 7×7 cells, one cell apart, are the windows of 224 pixels, 32 apart. Finer
#   steps than a cell are the price.
# - The head as a convolution equals the head slid over the map. It is lesson 4's
#   network.
# - It does not equal lesson 11: a crop has padding where the picture has pixels.
# - One pass costs as much as four windows here, and heads come on top. What is saved is
#   the overlap.
#
# Windows still have one size a level, and none moves to fit an animal better. Lesson 13
# takes boxes of any shape from the same map, and corrects them.
#
# ## References
#
# - Osinga (2018), *Deep Learning Cookbook*, O'Reilly, chapter 11: bottom and top model.
# - Long, Shelhamer and Darrell (2015), "Fully convolutional networks for semantic
#   segmentation", arXiv:1411.4038.
# - Sermanet, Eigen, Zhang, Mathieu, Fergus and LeCun (2014), "OverFeat: integrated
#   recognition, localization and detection", arXiv:1312.6229: sliding windows as
#   convolutions.
# - Simonyan and Zisserman (2015), "Very deep convolutional networks" (VGG),
#   arXiv:1409.1556.
# - Sandler et al. (2018), "MobileNetV2", arXiv:1801.04381.
