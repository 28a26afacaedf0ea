# %% [markdown]
# # 5. How good is a mask?
#
# You will count twelve pixels into one small table, read six scores off it, find out
# which of them can be fooled by a model that sees nothing, and measure a model that
# you train.

# %%
import keras
import numpy as np

from utils.checks import check
from utils.datasets import PET_CLASSES, load_pets, pets_info
from utils.masks import create_mask
from utils.metrics import (
    ConfusionScore,
    accuracy_per_class,
    confusion_matrix,
    confusion_per_image,
    dataset_confusion,
    dice_per_class,
    frequency_weighted_iou,
    iou_per_class,
    mean_accuracy,
    mean_dice,
    mean_iou,
    per_image_mean,
    pixel_accuracy,
)
from utils.models import recipe, unet_model
from utils.plotting import show_grids, show_predictions

# %% [markdown]
# ## Twelve pixels, counted by hand
#
# Two masks of three rows and four columns, with the classes 0, 1 and 2: the truth, and
# what a model predicts. Before any formula, use your eyes. How many pixels are wrong,
# and what was each of them taken for?

# %% tags=["given"]
true_mask = np.array([[0, 0, 1, 1], [0, 2, 1, 1], [2, 2, 1, 1]])
predicted_mask = np.array([[0, 0, 1, 1], [0, 1, 1, 1], [2, 2, 1, 0]])

# %%
show_grids({"true mask": true_mask, "predicted mask": predicted_mask})

# %% [markdown]
# Two are wrong: a 2 in the middle row was called 1, and the last 1 was called 0. Every
# pixel is a pair (true class, predicted class), and with three classes there are nine
# kinds of pair. Count how often each occurs. The table is the *confusion matrix*: one
# row per true class, one column per predicted class, and its unit is pixels.

# %% tags=["given"]
confusion = np.zeros((3, 3), int)
for true_class, predicted_class in zip(
    true_mask.ravel(), predicted_mask.ravel(), strict=True
):
    confusion[true_class, predicted_class] += 1

# %%
confusion

# %% [markdown]
# The diagonal holds what is right. The 1 in the middle row is the class-1 pixel taken
# for 0, the 1 in the last row the class-2 pixel taken for 1. Where the pixels lay is
# forgotten; for counting it is not needed. The loop is slow for millions of pixels, so
# `utils.metrics` numbers the nine kinds of pair from 0 to 8 and counts them in one go.

# %%
ours = confusion_matrix(true_mask, predicted_mask, num_classes=3)
np.testing.assert_array_equal(ours, confusion)

# %% [markdown]
# ## Accuracy: what share was found?
#
# *Pixel accuracy* is the share of all pixels that are right: the diagonal over the
# total. *Mean accuracy* asks every true class first, what share of you was found?, and
# then takes the mean. A row sum is the true size of a class, so the shares are the
# diagonal over the row sums. Work them out for the three rows, then run the cell.

# %%
hits = np.diag(confusion)
true_sizes, predicted_sizes = confusion.sum(axis=1), confusion.sum(axis=0)
print("hits", hits, "· true sizes", true_sizes, "· predicted sizes", predicted_sizes)
np.testing.assert_allclose(pixel_accuracy(confusion), (3 + 5 + 2) / 12)
np.testing.assert_allclose(accuracy_per_class(confusion), [3 / 3, 5 / 6, 2 / 3])
np.testing.assert_allclose(mean_accuracy(confusion), (3 / 3 + 5 / 6 + 2 / 3) / 3)

# %% [markdown]
# Class 0 was found completely, and yet the prediction for it is not perfect: one pixel
# too many is called 0. Accuracy per class, also known as *recall*, never sees that. A
# model can find all of a class by calling everything so.
#
# ## IoU: both kinds of error
#
# *Intersection over union* punishes a class for what was missed and for what was
# called so wrongly. The intersection is the diagonal entry. The union is row sum plus
# column sum, minus the intersection, which both contain: for class 0 it is 3 + 4 − 3.

# %%
union = true_sizes + predicted_sizes - hits
print("intersection", hits, "· union", union)
np.testing.assert_allclose(iou_per_class(confusion), [3 / 4, 5 / 7, 2 / 3])

# %% [markdown]
# *Mean IoU* is their mean: each class has one vote. *Frequency-weighted IoU* gives each
# class as many votes as it has true pixels. Here these are 3, 6 and 3 of 12. The four
# scores up to here are those in which the first network of this kind was judged (Long,
# Shelhamer and Darrell 2015, arXiv:1411.4038).

# %%
np.testing.assert_allclose(mean_iou(confusion), (3 / 4 + 5 / 7 + 2 / 3) / 3)
weighted = (3 * 3 / 4 + 6 * 5 / 7 + 3 * 2 / 3) / 12
np.testing.assert_allclose(frequency_weighted_iou(confusion), weighted)
round(mean_iou(confusion), 3), round(weighted, 3)

# %% [markdown]
# ## Dice: the same order, other numbers
#
# *Dice* is twice the intersection over the sum of the two sizes (Dice 1945,
# doi:10.2307/1932409); medicine prefers it. Write I for the intersection and S for the
# sum of sizes. The union is S − I, so IoU = I / (S − I) and Dice = 2 I / S. Divide
# both by S and I drops out: Dice = 2 IoU / (1 + IoU).

# %%
iou, dice = iou_per_class(confusion), dice_per_class(confusion)
np.testing.assert_allclose(dice, [6 / 7, 10 / 12, 4 / 5])
np.testing.assert_allclose(dice, 2 * iou / (1 + iou))
iou.round(2), dice.round(2)

# %% [markdown]
# Dice is never below IoU, and for one class it never disagrees about which of two
# masks is better. So compare Dice with Dice only: a paper's 0.8 may be another's 0.67.

# %% [markdown]
# ## Exercise 5.1: swap the two masks
#
# By mistake somebody hands the prediction over as truth, and the truth as prediction.
# The matrix is transposed. Predict for each score whether it is the "same" or
# "changes" for our twelve pixels. Look at what each one divides by.

# %% tags=["exercise"]
### BEGIN SOLUTION
swapped = {
    "pixel accuracy": "same",
    "mean accuracy": "changes",
    "mean IoU": "same",
    "frequency-weighted IoU": "changes",
    "mean Dice": "same",
}
### END SOLUTION

# %% tags=["check"]
scores = {
    "pixel accuracy": pixel_accuracy,
    "mean accuracy": mean_accuracy,
    "mean IoU": mean_iou,
    "frequency-weighted IoU": frequency_weighted_iou,
    "mean Dice": mean_dice,
}
check_answer(
    swapped,
    expected={
        name: "same" if np.isclose(f(confusion), f(confusion.T)) else "changes"
        for name, f in scores.items()
    },
    mistakes=[
        (
            dict.fromkeys(scores, "same"),
            "Two of them ask for true sizes, which a swap replaces by predicted ones.",
        ),
        (
            dict.fromkeys(scores, "changes"),
            "Diagonal and total stay. Which scores need nothing else?",
        ),
        (
            dict.fromkeys(scores, "same") | {"mean accuracy": "changes"},
            "One more uses true sizes: who has how many votes in it?",
        ),
        (
            dict.fromkeys(scores, "changes") | {"pixel accuracy": "same"},
            "Union and sum of sizes treat rows and columns alike.",
        ),
    ],
    hint="Transposing exchanges row sums and column sums and keeps the diagonal.",
)

# %% [markdown]
# ## A class that is not there
#
# Say that there is a fourth class, and none of the twelve pixels belongs to it in
# either mask. Its IoU is 0 / 0. Some programs call that 1 (nothing was missed), some 0,
# and both move the mean for a class about which the masks say nothing. In this course
# it is `nan`, "not a number", and means leave it out.

# %%
four = confusion_matrix(true_mask, predicted_mask, num_classes=4)
np.testing.assert_allclose(mean_iou(four), mean_iou(confusion))
iou_per_class(four).round(2)

# %% [markdown]
# A class that is only predicted is another matter. It is in the union, its intersection
# is empty, its IoU is an honest 0.

# %% [markdown]
# ## Exercise 5.2: write Dice
#
# Write Dice for every class at once, from the matrix alone. A class in neither mask
# gets `nan`. (`0 / 0` of NumPy arrays is `nan`, and a warning; `np.errstate` keeps it
# quiet.)


# %% tags=["exercise"]
def dice_of(confusion):
    """Returns Dice per class, shape (K,); `nan` for a class in neither mask."""
    ### BEGIN SOLUTION
    sizes = confusion.sum(axis=0) + confusion.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return 2 * np.diag(confusion) / sizes
    ### END SOLUTION


# %% tags=["check"]
def ratio(top, bottom):
    """Divides, with nan for nothing by nothing."""
    return np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0)


check(
    dice_of,
    cases=[
        np.array([[2, 0], [0, 1]]),
        np.array([[2, 0], [1, 1]]),
        confusion,
        np.array([[3, 1, 0], [0, 2, 0], [0, 0, 0]]),
        np.array([[0, 4], [0, 0]]),
    ],
    reference=dice_per_class,
    mistakes=[
        (iou_per_class, "That is IoU: its denominator is the union."),
        (
            lambda m: ratio(np.diag(m), m.sum(axis=0) + m.sum(axis=1)),
            "The factor 2 is missing: a perfect mask must score 1.",
        ),
        (
            lambda m: ratio(np.diag(m), m.sum(axis=1)),
            "That is recall. Predicted sizes, the column sums, belong in as well.",
        ),
        (
            lambda m: ratio(np.diag(m), m.sum(axis=0)),
            "That is precision. True sizes, the row sums, belong in as well.",
        ),
        (
            lambda m: np.nan_to_num(dice_per_class(m)),
            "Almost: a class in neither mask has no Dice. Leave its `nan`.",
        ),
    ],
    hint="Twice the diagonal, divided by row sums plus column sums.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[
        np.array([[5, 0, 3], [0, 0, 0], [2, 0, 0]]),
        np.array([[7, 1, 2], [3, 5, 0], [1, 1, 40]]),
    ],
    ### END HIDDEN TESTS
)

# %% [markdown]
# ## The model that sees nothing
#
# Now real masks: the pets of lesson 6, every pixel pet, background or border. Take the
# laziest model there is: it says "background" for every pixel of every picture. What
# do the scores make of it?

# %%
pets = pets_info()
true_masks = np.stack([mask for _, mask in load_pets("validation")])
lazy = confusion_matrix(true_masks, np.ones_like(true_masks), num_classes=3)
lazy


# %%
four_scores = pixel_accuracy, mean_accuracy, mean_iou, frequency_weighted_iou


def show_table(runs):
    """Prints one line per run: four scores, then IoU of each class."""
    print(f"{'':22} accuracy  mean acc  mean IoU  f.w. IoU  |  pet   backg.  border")
    for name, matrix in runs.items():
        four = [f(matrix) for f in four_scores]
        each = "".join(f"{iou:8.2f}" for iou in iou_per_class(matrix))
        print(f"{name:22}" + "".join(f"{score:9.2f} " for score in four) + " |" + each)


# %%
show_table({"always background": lazy})

# %%
np.testing.assert_allclose(pixel_accuracy(lazy), iou_per_class(lazy)[1])
np.testing.assert_allclose(mean_accuracy(lazy), 1 / 3)
assert mean_iou(lazy) < pixel_accuracy(lazy) / 2

# %% [markdown]
# Pixel accuracy is the share of background, more than half, for no work at all. Had the
# pets been smaller, it would be nine tenths. Mean accuracy is exactly one third: one
# class found, two not. Mean IoU is lower still, because calling everything background
# spoils the background, too. Frequency-weighted IoU sits between, since it again lets
# the large class speak. So print a baseline beside every score, and IoU per class
# beside every accuracy.
#
# ## The border: counted or void?
#
# Nobody could say on which side of the border its pixels lie. You may treat it as a
# class, or as *void*: pixels whose true class is void are left out of the count,
# whatever is predicted there. The same lazy model, with the border (id 2) void:

# %%
lazy_void = confusion_matrix(true_masks, np.ones_like(true_masks), 3, void=2)
show_table({"border counted": lazy, "border void": lazy_void})

# %%
assert lazy_void.sum() == lazy[:2].sum()
assert pixel_accuracy(lazy_void) > pixel_accuracy(lazy)

# %% [markdown]
# The last row of the matrix is gone, every score is better, and the model has not
# changed. The most difficult pixels are no longer asked for. Both ways are in use
# (Pascal VOC leaves a border of some pixels out), so say which one is yours.
#
# A trap: void removes a *row*. A model may go on predicting border on pixels of pet.
# They are errors and stay in the column, where border becomes a class that is only
# predicted, with an IoU of 0. With a void class, take the mean over the others.

# %% [markdown]
# ## Exercise 5.3: explore a perfect mask, slipped
#
# Take the true masks, move them down by some pixels, and hand them in as predictions:
# the shape is perfect, the place is off. How many pixels does it take until the IoU of
# the border is below 0.5? And until that of the pet is below 0.8? State first which
# you expect to fall faster.


# %%
def slipped(pixels):
    """Confusion matrix of masks that lie some pixels too low."""
    rows = true_masks.shape[1]
    return confusion_matrix(true_masks[:, pixels:], true_masks[:, : rows - pixels], 3)


iou_per_class(slipped(1)).round(2)

# %% tags=["exercise", "explore"]
### BEGIN SOLUTION
ious = [iou_per_class(slipped(pixels)) for pixels in range(40)]
border_below_half = next(n for n, iou in enumerate(ious) if iou[2] < 0.5)
pet_below_080 = next(n for n, iou in enumerate(ious) if iou[0] < 0.8)
### END SOLUTION

# %% tags=["check"]
first = [
    next(n for n in range(64) if iou_per_class(slipped(n))[k] < limit)
    for k, limit in ((2, 0.5), (0, 0.8))
]
check_answer(
    (border_below_half, pet_below_080),
    expected=tuple(first),
    mistakes=[
        ((first[0] - 1, first[1] - 1), "These are the last above. One step more."),
        (
            (first[1], first[0]),
            "Swapped: the thin class falls first. Border, then pet.",
        ),
        ((first[0], first[0]), "Two thresholds, two classes: index 0 is the pet."),
    ],
    hint="Print `iou_per_class(slipped(n))` for n = 0, 1, 2, … ; border is the last.",
)

# %% [markdown] tags=["solution"]
# The border falls faster: it is only a few pixels wide, so a slip of its width leaves
# no intersection. A pet loses a strip along its outline, a small share of its area. The
# same error in pixels costs a small or thin class more.

# %% [markdown]
# ## The same from Keras
#
# `keras.metrics.MeanIoU` adds up the same matrix, batch by batch. Feed it two halves of
# the slipped masks. Matrices may be added because their unit is pixels; the mean of the
# mean IoU of two batches, on the other hand, is not the mean IoU of both together.

# %%
slip_true, slip_predicted = true_masks[:, 4:], true_masks[:, :-4]
halves = [slice(0, 20), slice(20, None)]
reference = keras.metrics.MeanIoU(num_classes=3)
for half in halves:
    reference.update_state(slip_true[half], slip_predicted[half])
np.testing.assert_allclose(float(reference.result()), mean_iou(slipped(4)), rtol=1e-5)

# %%
for number, iou in enumerate(iou_per_class(slipped(4))):
    reference = keras.metrics.IoU(num_classes=3, target_class_ids=[number])
    reference.update_state(slip_true, slip_predicted)
    np.testing.assert_allclose(float(reference.result()), iou, rtol=1e-5)

# %% [markdown]
# Equal, pooled and class by class. What Keras has not, mean accuracy,
# frequency-weighted IoU and mean Dice of logits, `ConfusionScore` reads off the same
# matrix, void left out. It is a Keras metric: use it in `compile`.
#
# ## One vote per pixel, or one per picture
#
# *Pooled*: add the matrices of all pictures, then score once. *Per image*: score each
# picture, then take the mean (Csurka, Larlus and Perronnin 2013, doi:10.5244/C.27.32).
# Two pictures of ten pixels: in the first all is right; in the second an object of one
# pixel was missed.

# %%
two = np.array([[[6, 0], [0, 4]], [[9, 0], [1, 0]]])
pooled, per_image = mean_iou(two.sum(axis=0)), per_image_mean(mean_iou, two)
np.testing.assert_allclose(pooled, (15 / 16 + 4 / 5) / 2)
np.testing.assert_allclose(per_image, (1 + (9 / 10 + 0 / 1) / 2) / 2)
round(pooled, 2), round(per_image, 2)

# %% [markdown]
# Pooled, the missed pixel is one of five. Per image, it is a whole class of a picture.
# Neither is wrong: they answer different questions. Now masks of the pets, slipped by
# eight pixels, class by class, and the range over pictures of the pet's IoU:

# %%
each = confusion_per_image(true_masks[:, 8:], true_masks[:, :-8], num_classes=3)
np.testing.assert_array_equal(each.sum(axis=0), slipped(8))
pooled, per_image = iou_per_class(slipped(8)), per_image_mean(iou_per_class, each)
pet = [iou_per_class(matrix)[0] for matrix in each]
print("pooled   ", pooled.round(3))
print("per image", per_image.round(3))
print(f"pet IoU of the pictures: {min(pet):.2f} to {max(pet):.2f}")

# %%
assert abs(pooled - per_image).max() > 0.001

# %% [markdown]
# The two means differ, if only in the third decimal: the pets of the sample fill much
# the same part of their pictures, while photographs vary more. The range is what the
# pooled score hides. Benchmarks pool; whoever serves one user with one picture at a
# time wants the mean per image, and its worst case.
#
# ## An honest table
#
# Train a small model, quickly: a frozen encoder with a light decoder, three rounds over
# the training pictures. Lesson 6 explains every part of it. Here it is there to be
# judged.

# %% tags=["moves-0.05"]
keras.utils.set_random_seed(5)
train = load_pets("train").cache().shuffle(pets.split_sizes["train"], seed=5).batch(4)
model = unet_model(3, decoder="light")
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(recipe(3 * len(train), peak=8e-3), loss)
history = model.fit(train, epochs=3, shuffle=False)

# %% [markdown]
# The training loss says nothing about masks. Count on the validation set, whose
# pictures the model has not seen, and keep one matrix per picture: everything else can
# be had from these. The test set stays closed.

# %% tags=["moves-0.05"]
validation = load_pets("validation").batch(16)
each = dataset_confusion(model, validation, num_classes=3, per_image=True)
each_void = dataset_confusion(model, validation, 3, void=2, per_image=True)
trained, trained_void = each.sum(axis=0), each_void.sum(axis=0)
runs = {"always background": lazy, "model": trained}
show_table(runs | {"model, border void": trained_void})

# %%
assert mean_iou(trained) > mean_iou(lazy) + 0.2
assert pixel_accuracy(trained) > mean_iou(trained) > iou_per_class(trained)[2]

# %% [markdown]
# In the second line mean IoU lies well below accuracy: the more a score listens to the
# small class, the less it has to celebrate. Weighted by frequency, IoU listens mostly
# to the large classes again, since the border is rare. The last column is what the
# first hides. (In the third line border is void; its 0 is the trap from above, and mean
# IoU suffers from it.) Per true class, where do pixels go?

# %%
shares = trained / trained.sum(axis=1, keepdims=True)
show_grids({"share of each true class (row)": shares.round(2)})

# %% [markdown]
# Off the diagonal, the last row holds most: what is confused is the border, with both
# of its neighbours. Pet and background are seldom taken for each other. Last, both ways
# to average, and the void mean over the two classes that are left.

# %% tags=["moves-0.05"]
print(f"mean IoU pooled    {mean_iou(trained):.3f}")
print(f"mean IoU per image {per_image_mean(mean_iou, each):.3f}")
print(f"worst picture      {min(map(mean_iou, each)):.3f}")
print(f"pet and background, border void {iou_per_class(trained_void)[:2].mean():.3f}")

# %%
assert min(map(mean_iou, each)) < mean_iou(trained) - 0.05
assert iou_per_class(trained_void)[:2].mean() > mean_iou(trained)

# %% [markdown]
# Four honest numbers for one model. Now look at pictures beside them, because a score
# does not tell where a mask is wrong. And the metric for `compile` agrees with all that
# was counted above.

# %%
show_predictions(model, validation, count=2, class_names=PET_CLASSES)

# %%
images, masks = next(iter(validation))
logits = model.predict_on_batch(images)
metric = ConfusionScore("mean_dice", num_classes=3)
metric.update_state(masks, logits)
expected = mean_dice(confusion_matrix(masks, create_mask(logits), num_classes=3))
np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-5)

# %% tags=["headline", "moves-0.05"]
border = iou_per_class(trained)[2]
f"accuracy {pixel_accuracy(trained):.2f} · mean IoU {mean_iou(trained):.2f} " + (
    f"· border IoU {border:.2f}; always background: mean IoU {mean_iou(lazy):.2f}"
)

# %% [markdown]
# ## What you learned
#
# - One confusion matrix holds all scores: rows are true, columns predicted, the unit is
#   pixels, and matrices may be added.
# - Accuracy per class sees what was missed; IoU and Dice see also what was called so
#   wrongly. Dice = 2 IoU / (1 + IoU).
# - Pixel accuracy rewards the largest class; a model that sees nothing shows how much.
# - A class in neither mask has no score. Void pixels are not counted: say so.
# - Pooled and per-image means answer different questions. Report which one you took.
#
# Next: lesson 6 trains the model with care.
#
# ## References
#
# - Long, Shelhamer and Darrell (2015), "Fully convolutional networks for semantic
#   segmentation", arXiv:1411.4038.
# - Dice (1945), "Measures of the amount of ecologic association between species",
#   doi:10.2307/1932409.
# - Csurka, Larlus and Perronnin (2013), "What is a good evaluation measure for semantic
#   segmentation?", doi:10.5244/C.27.32.
# - Everingham et al. (2010), "The Pascal visual object classes (VOC) challenge",
#   doi:10.1007/s11263-009-0275-4.
