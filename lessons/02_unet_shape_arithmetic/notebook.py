# %% [markdown]
# # 2. Why 572 becomes 388
#
# You will calculate every shape of the U-Net before it exists, find a bug from two
# numbers, and see in masks what the skip connections are for.

# %%
import math

import keras
import numpy as np

from utils import models
from utils.checks import check
from utils.datasets import PET_CLASSES, load_pets, pets_info
from utils.layers import shapes
from utils.metrics import dataset_confusion, iou_per_class, mean_iou
from utils.models import (
    output_margin,
    recipe,
    skip_crops,
    unet_table,
    valid_input_sizes,
)
from utils.plotting import (
    explore,
    plot_architecture,
    show_costs,
    show_overlap_tile,
    show_predictions,
    show_seen,
    show_unet,
)

# %% [markdown]
# ## A window needs room
#
# The U-Net (Ronneberger, Fischer and Brox 2015, arXiv:1505.04597) takes an image of
# 572×572 pixels and returns a mask of 388×388. Nothing in it is an accident, and two
# rules (Dumoulin and Visin 2016, arXiv:1603.07285) explain all of it. First, a 3×3
# convolution without padding writes one number for each place where its window fits. On
# six pixels the window can start at the first, second, third or fourth. Second, a 2×2
# max-pooling writes one number for two pixels.


# %%
def after_convolution(size, kernel_size=3):
    """Number of places where a window fits on `size` pixels."""
    return size - kernel_size + 1


def after_pooling(size):
    """Number of whole pairs among `size` pixels."""
    return size // 2


# %%
after_convolution(6), after_pooling(6)

# %% [markdown]
# Ask Keras. An `Input` has a shape and no pixels, so that the answer costs nothing. The
# leading `None` stands for the number of images in a batch.

# %%
pixels = keras.Input((6, 6, 1))
keras.layers.Conv2D(1, 3)(pixels).shape, keras.layers.MaxPooling2D(2)(pixels).shape

# %% [markdown]
# Four and three, as calculated. Two more layers are needed, and their rules are short:
# the *up-convolution*, a transposed convolution with kernel 2 and stride 2, writes two
# pixels for one and doubles the size (lesson 3 takes it apart); and a convolution with
# `padding="same"` surrounds its input by as many zeros as it would lose.
#
# ## Exercise 2.1: the first six sizes
#
# The U-Net begins with two 3×3 convolutions and a 2×2 pooling, then again two
# convolutions and a pooling, all without padding. From 572 pixels, predict the size
# after each of the six layers.

# %% tags=["exercise"]
### BEGIN SOLUTION
first_sizes = [570, 568, 284, 282, 280, 140]
### END SOLUTION

# %% tags=["check"]
first_rows = list(unet_table(572).values())[1:7]
check_answer(
    first_sizes,
    expected=[row.shape[0] for row in first_rows],
    mistakes=[
        ([572, 572, 286, 286, 286, 143], "That is padding='same'. Nothing pads here."),
        ([571, 570, 285, 284, 283, 141], "A window of 3 costs two pixels, not one."),
        ([569, 566, 283, 280, 277, 138], "How many places has a window of 3 on 6?"),
        ([570, 568, 566, 564, 562, 560], "Pooling writes one number for two pixels."),
    ],
    hint="Subtract 2 for a convolution, halve for a pooling.",
)

# %% [markdown]
# ## The table, layer by layer
#
# Sizes are one column of what can be known in advance. `utils.layers.shapes` has a
# function for every kind of layer. Each takes the shape that arrives and returns the
# one that leaves, with what it cost on the way.

# %%
image = shapes.image(572, channels=1)
first = shapes.convolution(image, filters=64, name="first")
second = shapes.convolution(first, filters=64, name="second")
pooled = shapes.pooling(second, name="pooled")
shapes.ShapeTable([image, first, second, pooled])

# %% [markdown]
# Check the second row. Each of 64 filters has 3·3·1 weights and a bias: 64·(9 + 1) =
# 640 *parameters*. A *MAC* is one multiplication with its addition; each of the
# 570·570·64 outputs takes nine of them. The last two columns belong to what a number
# sees, and have a section of their own below.
#
# The rest is patience. Five levels, twice two convolutions each; filters double from
# level to level on the way down and halve on the way up. At each level of the way up,
# the *skip* from the same level is cropped to fit and laid in front, channel after
# channel: the join.

# %%
table = unet_table(572)
table

# %% [markdown]
# Follow the second column down to 28×28 and up to 388×388. The last line has the sum
# of all parameters. Is it right? Let Keras build the network and compare every layer,
# in its shape and in its number of parameters.

# %%
paper = models.unet()
for name, row in table.items():
    layer = paper.get_layer(name)
    assert layer.output.shape[1:] == row.shape
    assert layer.count_params() == row.parameters
paper.count_params(), table.parameters

# %% [markdown]
# Not one layer differs. The arithmetic took milliseconds, and it would have said
# whether the network fits into your memory. Feature maps are float32, four bytes a
# number. In units of 2³⁰ bytes, all of them together take:

# %%
round(4 * sum(math.prod(row.shape) for row in table.values()) / 2**30, 2)

# %% [markdown]
# That is for one image. Training keeps most of them until the gradients are known, and
# a batch multiplies them. Now let the network really run, once, on a grey picture.

# %%
picture, _ = next(iter(load_pets("train", image_size=(572, 572))))
grey = np.mean(picture, axis=-1)[None, :, :, None]
logits = paper(grey)
logits.shape

# %% [markdown]
# So 572 becomes 388. The logits, two per pixel, mean nothing yet: the weights are
# random. But a shape does not depend on weights.
#
# ## The U, drawn
#
# The next figure is drawn from the same table, so it is right for every U-Net, not for
# this one alone. Where the notebook is open on a page that can answer, it has sliders.
# Move them before you read on: what does one more level do to the output? Which sizes
# break, and where? What changes when the convolutions pad?

# %%
explore(
    show_unet,
    size=(range(60, 701, 4), 572),
    depth=(range(1, 6), 4),
    padding=["valid", "same"],
    kernel_size=(range(2, 6), 3),
)

# %% [markdown]
# The larger the map, the higher its box, and the more channels, the wider, both on a
# scale of square roots, so that the smallest can be seen. Dotted lines show what is
# left of a skip after its crop; at a join the blue part is the skip, the orange one
# comes from below. Down the levels the boxes get small and wide: fewer places, more to
# say about each.
#
# Keras draws its own graph of any model. It is exact, and tall, so here is a U-Net with
# only one level above the bottleneck. Find the skip: the edge that avoids the pooling.

# %% tags=["drawing"]
smallest = models.unet(image_size=(20, 20), filters=4, depth=1)
assert smallest.output_shape == (None, 4, 4, 2)
plot_architecture(smallest)

# %% [markdown]
# ## Exercise 2.2: from input to output
#
# Write the size of the logits for any size that works. On each side of each level two
# unpadded convolutions cut off the same number of pixels; a pooling or an
# up-convolution lies between neighbouring levels. `depth` is the number of poolings.


# %% tags=["exercise"]
def output_size(size, depth, kernel_size):
    """Number of rows of the logits of an unpadded U-Net."""
    ### BEGIN SOLUTION
    lost = 2 * (kernel_size - 1)
    for _ in range(depth):
        size = (size - lost) // 2
    for _ in range(depth):
        size = 2 * (size - lost)
    return size - lost
    ### END SOLUTION


# %% tags=["check"]
def walk(size, depth, down, bottom, up):
    """Size after losing `down`, `bottom` and `up` pixels per level."""
    for _ in range(depth):
        size = (size - down) // 2
    size -= bottom
    for _ in range(depth):
        size = 2 * size - up
    return size


check(
    output_size,
    cases=[(20, 1, 3), (44, 2, 3), (188, 4, 3), (572, 4, 3), (94, 3, 2), (36, 1, 5)],
    reference=lambda n, d, k: unet_table(n, 2, 1, 1, d, k).output.shape[0],
    mistakes=[
        (lambda n, d, k: n, "That would be padding='same'."),
        (
            lambda n, d, k: walk(n, d, k - 1, k - 1, k - 1),
            "Each side of each level has two convolutions.",
        ),
        (
            lambda n, d, k: walk(n, d, 2 * k - 2, 2 * k - 2, 0),
            "The way up has two convolutions per level, too.",
        ),
        (
            lambda n, d, k: walk(n, d, 2 * k - 2, 0, 2 * k - 2),
            "The bottleneck has two convolutions as well.",
        ),
        (lambda n, d, k: walk(n, d, 4, 4, 4), "That is right for 3×3 kernels only."),
    ],
    hint="Walk down, through the bottleneck and up, with a loop for each slope.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[(572, 2, 3), (124, 2, 5), (64, 3, 1)],
    ### END HIDDEN TESTS
)

# %% [markdown]
# ## How much is cropped
#
# A skip and what it joins must have the same height and width. Read both from the
# table, from the deepest level up, and halve the difference: as much is cut from each
# of the four sides.

# %%
differences = {}
for level in (3, 2, 1, 0):
    skip = table[f"encoder_{level}_conv_2"].shape[0]
    joined = table[f"decoder_{level}_up"].shape[0]
    differences[level] = skip, joined, (skip - joined) // 2
differences

# %% [markdown]
# Where do 4, 16, 40 and 88 come from? Between leaving the encoder at level 3 and coming
# back, the map passes two convolutions in the bottleneck. They cost four pixels of
# level 4, which are eight of level 3: four per side. One level up, the round trip costs
# what level 3 cropped on both sides, its own two convolutions down and two up, doubled.
# With c for the crop below and r = 4 for what two convolutions cost, that is
# (2c + 2r)·2 in all, so 2·(c + r) per side.

# %%
crops = [4]
for _ in range(3):
    crops.insert(0, 2 * (crops[0] + 4))
assert crops == skip_crops(depth=4, kernel_size=3)
crops

# %% [markdown]
# The size of the image never entered. A U-Net crops the same from any image, and its
# output is smaller by the same margin, 184 pixels at depth four.
#
# ## Exercise 2.3: one level more
#
# Predict the crops of an unpadded U-Net of depth five with 3×3 kernels, level 0 first.

# %% tags=["exercise"]
### BEGIN SOLUTION
deeper_crops = [184, 88, 40, 16, 4]
### END SOLUTION

# %% tags=["check"]
check_answer(
    deeper_crops,
    expected=skip_crops(depth=5),
    mistakes=[
        ([4, 16, 40, 88, 184], "All five are right; level 0 comes first."),
        (
            [176, 88, 40, 16, 4],
            "Doubled, but two more convolutions cost something, too.",
        ),
        ([88, 40, 16, 4, 4], "The deepest skip still loses 4. What is above 88?"),
        ([180, 88, 40, 16, 4], "The pixels lost below are doubled, too: 2·(88 + 4)."),
    ],
    hint="The new level comes on top: 2·(c + 4), with c the largest crop so far.",
)

# %% [markdown]
# ## Which sizes work
#
# What happens with an image of 570 pixels?

# %%
try:
    models.unet(image_size=(570, 570))
except ValueError as error:
    print(error)

# %% [markdown]
# An odd map cannot be pooled in pairs. Keras would drop the last row and go on; the two
# sides of the U would no longer lie on each other, and a join would fail later, far
# from the cause. So solve for the sizes that work. Start at the bottom with any b
# pixels before the bottleneck's convolutions, and go back: before a pooling the map was
# twice as long, before two convolutions longer by r. Four levels give n = 16·b + (8 + 4
# + 2 + 1)·r, hence 16·b + 60 for r = 4.

# %%
[16 * b + 60 for b in range(8, 14)], list(valid_input_sizes(depth=4, largest=268))

# %% [markdown]
# Why does b begin at 8? The way up has to leave a pixel: of 7 at the bottom, 3 reach
# the first up-convolution, 6 − 4 = 2 the second, and then 4 − 4 = 0. The same solution
# for other depths and kernels, as `range(first, end, step)`:

# %%
{
    (depth, kernel_size): valid_input_sizes(depth, kernel_size, largest=700)
    for depth in (2, 3, 4)
    for kernel_size in (3, 5)
}

# %% [markdown]
# With padding r is 0, and what remains is "a multiple of 16", or of two to the power of
# the depth. Pictures rarely are. The usual way out surrounds them with zeros and cuts
# the logits back, which `pad_input=True` does inside the model.

# %%
padded = dict(channels=3, filters=4, padding="same")
models.unet(image_size=(100, 75), pad_input=True, **padded).output_shape

# %% [markdown]
# ## Exercise 2.4: how much is missing
#
# How many pixels must be added to one axis, at least, so that a *padded* U-Net of a
# given depth can take it? A size that works already needs none.


# %% tags=["exercise"]
def missing_pixels(size, depth):
    """Smallest number of pixels to add to `size`."""
    ### BEGIN SOLUTION
    return -size % 2**depth
    ### END SOLUTION


# %% tags=["check"]
check(
    missing_pixels,
    cases=[(128, 4), (100, 4), (75, 4), (1, 1), (33, 5), (100, 2)],
    reference=lambda n, d: next(m for m in range(99) if (n + m) % 2**d == 0),
    mistakes=[
        (lambda n, d: n % 2**d, "That is how much there is too much of."),
        (lambda n, d: 2**d - n % 2**d, "A size that works already needs none."),
        (lambda n, d: -n % 32, "Multiples of 32 suit depth five. Use `depth`."),
        (lambda n, d: -n % (2 * d), "Halving `depth` times divides by 2**depth."),
        (lambda n, d: n + -n % 2**d, "That is the new size. How much was added?"),
    ],
    hint="The remainder `size % 2**depth` is what is above the last multiple.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[(570, 4), (64, 6), (7, 3)],
    ### END HIDDEN TESTS
)

# %% [markdown]
# ## What a number sees: the receptive field
#
# The *receptive field* of a number is the part of the image it depends on. A first 3×3
# convolution sees three pixels. The second sees three of those, one pixel apart: five.
# After a pooling neighbours are two pixels apart, the *jump*, and each further
# convolution adds two jumps. Down to the bottleneck:

# %%
sees, jump, history = 1, 1, []
for _ in range(5):
    sees += 2 * (3 - 1) * jump  # two convolutions
    history.append(sees)
    sees += (2 - 1) * jump  # a pooling
    jump *= 2
history

# %% [markdown]
# These are the numbers of the column `sees`, in the second row of each level. In a
# picture: a smaller, padded U-Net of depth three, and what the middle of its feature
# maps sees of 128 pixels.

# %%
small = unet_table(128, depth=3, padding="same")
boxes = {}
for name in [f"encoder_{n}_conv_2" for n in range(3)] + ["bottleneck_conv_2", "logits"]:
    middle = small[name].shape[0] // 2
    boxes[name] = small[name].sees(middle, middle)
picture, _ = list(load_pets("test").take(6))[-1]
show_seen(picture, boxes)

# %% [markdown]
# The encoder's first maps see a hair, the bottleneck sees half a cat, and the logits a
# little more. On the way up the jump shrinks again, and something odd appears: not all
# pixels see equally much. For the network of the paper, whose logits are 388 in a row:

# %%
fields = [stop - start for start, stop in map(table.output.rows.sees, range(388))]
sorted(set(fields)), fields[:8]

# %% [markdown]
# Eight pixels in a row were written by four pixels of the level below, if the first has
# an even place, and by five if it has an odd one. The pattern repeats every sixteen
# pixels. The smaller number is also the smallest image that works, and that is no
# coincidence: its four rows of logits all see the whole of it.
#
# ## Exercise 2.5: a bug that builds
#
# A Keras listing of this network has been copied many times. It crops by 4, 16, 40 and
# 88, builds without a complaint, and trains after a fashion. Its output for an image of
# 572×572 is **1180×388**×2, and it has **30,846,338** parameters. In one or more joins
# somebody concatenated along the wrong axis. Which axis is it, and at which levels, the
# smallest first? The function `shapes.concatenate` shows what each axis does.

# %%
skip, up = shapes.image(56, channels=512), shapes.image(56, channels=512)
{axis: shapes.concatenate(skip, up, axis).shape for axis in (1, 2, 3)}

# %% tags=["exercise"]
### BEGIN SOLUTION
bug = {"axis": 1, "levels": [0, 1]}
### END SOLUTION

# %% tags=["check"]
check_answer(
    bug,
    expected={"axis": 1, "levels": {0, 1}},
    mistakes=[
        ({"axis": 2, "levels": {0, 1}}, "The output has too many rows, not columns."),
        (
            {"axis": 1, "levels": {0}},
            "That leaves out 36,864 parameters. How many are?",
        ),
        ({"axis": 1, "levels": {1}}, "That leaves out 147,456 parameters: nearly all."),
        (
            {"axis": 1, "levels": {0, 1, 2, 3}},
            "Four joins would leave out 3 million.",
        ),
        ({"axis": 3, "levels": {0, 1}}, "Axis 3 holds the channels, where it belongs."),
    ],
    hint="Missing skip channels save 9·c·c parameters at a join of c + c channels.",
    points=2,
)

# %% [markdown] tags=["solution"]
# At level 1, 200 + 200 rows become 396 by two convolutions, then 792 by the
# up-convolution; with the skip's 392 rows below, 1184, and 1180 after two convolutions.
# The columns go the right way. And the next convolution reads half of the channels it
# should: 9·128·128 = 147,456 parameters are missing at level 1, 9·64·64 = 36,864 at
# level 0, together 184,320.

# %% [markdown]
# Whoever writes `assert model.output_shape[1:] == table.output.shape` after building
# finds such a slip at once. Training would not have: masks resized to the wrong shape
# still have cells in them, and the loss falls. Wrong shapes that fit each other are
# worse than those that do not.
#
# ## What skips bring back
#
# Now the question behind the crops: what are skips for? Pooling keeps the largest of
# four numbers and forgets where it was. After three poolings 64×64 pixels have become
# 8×8, and a whisker's place is lost. A small padded U-Net is enough to see it.

# %%
pets = pets_info()
print(pets)
size = (64, 64)
train = load_pets("train", image_size=size).cache()
train = train.shuffle(pets.split_sizes["train"], seed=2).batch(8).prefetch(2)
validation = load_pets("validation", image_size=size).batch(16).cache()


# %%
def small_unet(skips):
    """Builds a U-Net of depth 3 with 8, 16, 32 and 64 filters, ready to train."""
    keras.utils.set_random_seed(2)
    model = models.unet(
        3, size, 3, filters=8, depth=3, padding="same", skips=skips, batch_norm=True
    )
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(recipe(epochs * len(train), peak=1e-2), cross_entropy)
    return model


# %% [markdown]
# Batch normalisation is not in the paper; without it so short a training would not get
# far. Lesson 6 explains recipe, loss and classes; here they only have to be the same
# for everyone.

# %% tags=["moves-0.1"]
epochs = 7
with_skips = small_unet("concatenate")
with_skips.fit(train, epochs=epochs, shuffle=False)
results = {"with skips": dataset_confusion(with_skips, validation, num_classes=3)}

# %%
show_predictions(with_skips, validation, count=2, class_names=PET_CLASSES)

# %% [markdown]
# Now cut the skips of the trained network: whatever they carry shall be zero. There is
# a neat way. At a join the skip's channels come first, so set the weights that read
# them, in the next convolution, to zero. Zero weights or zero inputs, the product is
# the same.


# %%
cut = keras.models.clone_model(with_skips)


def cut_skips(levels):
    """Gives `cut` the trained weights, but lets the skips of some levels carry zero."""
    cut.set_weights(with_skips.get_weights())
    for level in levels:
        convolution = cut.get_layer(f"decoder_{level}_conv_1")
        kernel, bias = convolution.get_weights()
        kernel[:, :, : 8 * 2**level] = 0
        convolution.set_weights([kernel, bias])


# %%
cut_skips(levels=[0, 1, 2])
results["cut"] = dataset_confusion(cut, validation, num_classes=3)
show_predictions(cut, validation, count=2, class_names=PET_CLASSES)

# %% [markdown]
# The bottleneck still knows that there is an animal, and about where. The outline is
# gone: what comes up from 8×8 cells cannot say on which pixel the fur ends. To be fair,
# this network was trained to rely on its skips. So give another one the same training
# and no skips at all from the start.

# %% tags=["moves-0.1"]
without_skips = small_unet("none")
without_skips.fit(train, epochs=epochs, shuffle=False)
results["without skips"] = dataset_confusion(without_skips, validation, num_classes=3)

# %% tags=["moves-0.1"]
for name, confusion in results.items():
    ious = " ".join(f"{iou:.2f}" for iou in iou_per_class(confusion))
    print(f"{name:14} {ious}  mean {mean_iou(confusion):.2f}")

# %%
whole, cut_all, none = map(mean_iou, results.values())
assert whole > cut_all + 0.05
border = [iou_per_class(confusion)[2] for confusion in results.values()]
assert border[0] > max(border[1:]) + 0.05 or pets.source != "sample"

# %% [markdown]
# The columns are the IoU of pet, background and border. With the skips cut, large areas
# keep most of theirs; the border, which is nothing but position, keeps next to nothing.
# The network without skips may squeeze some position through the bottleneck, but on the
# border it is no match for one that can look it up.
#
# ## Exercise 2.6: which skip carries most
#
# Cut one level at a time and compare the mean IoU. Expect one level to
# matter far more than the others. Which one?


# %%
def iou_without(level):
    """Mean IoU of the trained network with the skip of one level cut."""
    cut_skips([level])
    return mean_iou(dataset_confusion(cut, validation, num_classes=3))


# %% tags=["exercise", "explore", "moves-0.1"]
### BEGIN SOLUTION
for level in range(3):
    print(level, round(iou_without(level), 2))
most_important = 0
### END SOLUTION

# %% tags=["check"]
check_answer(
    most_important,
    expected=min(range(3), key=iou_without),
    mistakes=[
        (1, "Cutting another one costs more. Did you compare all three?"),
        (2, "Level 2 is the coarsest: 16×16 cells say little about an outline."),
        (3, "Level 3 is the bottleneck, which has no skip."),
    ],
    hint="Call `iou_without(0)`, `iou_without(1)` and `iou_without(2)`.",
)

# %% [markdown] tags=["solution"]
# The skip of level 0 has the full resolution, and it matters most: an outline is drawn
# in pixels. The others carry coarser versions of the same position.

# %% [markdown]
# ## ResNet adds, U-Net concatenates
#
# A residual network (He, Zhang, Ren and Sun 2015, arXiv:1512.03385) has skips, too, and
# *adds* them: y = x + F(x). Both parts must then have equally many channels, and
# nothing is left to choose. Concatenation keeps both, and the next convolution weighs
# them. How are the two related? Take the same kernel for both halves of a
# concatenation.

# %%
rng = np.random.default_rng(2)
skip, up = rng.normal(size=(2, 1, 6, 6, 4)).astype("float32")
kernel = rng.normal(size=(3, 3, 4, 5)).astype("float32")
twice = np.concatenate([kernel, kernel], axis=2)
laid_behind = keras.ops.conv(np.concatenate([skip, up], axis=-1), twice)
np.testing.assert_allclose(laid_behind, keras.ops.conv(skip + up, kernel), atol=1e-4)

# %% [markdown]
# A convolution of a concatenation is the sum of two convolutions, one for each part. If
# both use the same kernel, it is the convolution of a sum: adding is concatenating with
# half of the weights tied. That saves parameters and work:

# %%
{
    skips: (f"{costs.parameters:,}", f"{costs.macs:,}")
    for skips in ("concatenate", "add", "none")
    for costs in [unet_table(572, skips=skips)]
}

# %% [markdown]
# The two kinds also do different jobs. A residual skip jumps over two or three layers
# and lets gradients pass, so that a hundred layers can be trained. A U-Net's skip jumps
# over the whole lower part and carries position. Many networks have both kinds.
#
# ## Mirrored borders, overlapping tiles
#
# An unpadded U-Net answers only for the middle of what it sees. For a mask of the whole
# picture you must show it more than there is, and the paper *mirrors* the border: past
# the edge the pixels come again in reverse. The edge itself is not repeated.

# %%
np.pad([1, 2, 3, 4], (2, 2), mode="reflect")

# %% [markdown]
# Zeros would do for the arithmetic, but a black frame is nothing that a picture ever
# contains. And since every output pixel sees real or mirrored pixels only, pictures of
# any size can be done in *tiles*: the inputs overlap, the outputs meet exactly. A U-Net
# of depth two loses 40 pixels, so that a tile of 64 needs 104.

# %%
tile, margin = 64, output_margin(depth=2)
show_overlap_tile(picture, tile, margin, row=0, column=1)

# %% [markdown]
# Do the seams show? Compute the mask of the whole picture at once and in four tiles, by
# two models with the same weights. Tiles must start at multiples of 2**depth, so that
# the same pixels are pooled together.

# %%
settings = dict(channels=3, filters=4, depth=2)
at_once = models.unet(image_size=(128 + margin,) * 2, **settings)
in_tiles = models.unet(image_size=(tile + margin,) * 2, **settings)
in_tiles.set_weights(at_once.get_weights())

# %%
half = margin // 2
mirrored = np.pad(picture, [(half, half), (half, half), (0, 0)], mode="reflect")[None]
rows = []
for top in (0, 64):
    parts = [mirrored[:, top : top + 104, left : left + 104] for left in (0, 64)]
    rows.append(np.concatenate([in_tiles(part) for part in parts], axis=2))
seamless = np.concatenate(rows, axis=1)
np.testing.assert_allclose(seamless, at_once(mirrored), atol=1e-5)
seamless.shape

# %% [markdown]
# There are no seams: the numbers are the same. This is what unpadded convolutions are
# good for. With `padding="same"` every tile has a frame of zeros inside it, and its
# borders come out differently. Lesson 4 counts what such a frame changes.
#
# ## What each level costs
#
# One level down there are a quarter of the places and twice the channels on either side
# of a convolution: 9·(n/2)²·(2c)² multiplications, as many as 9·n²·c². Every level
# should cost the same. Parameters are 9·c², independent of the places, and quadruple.
# Predict the two bar charts before you look.

# %%
macs = [sum(row.macs for row in table.values() if row.jump == 2**n) for n in range(5)]
assert min(macs[:4]) > 0.8 * max(macs)
show_costs(table)

# %% [markdown]
# Four levels cost about the same. The bottleneck has no way up, and level 0 starts from
# one channel. Nearly all parameters are in the two lowest levels, at the places where
# nobody can draw an outline. To save memory, save at the top, where the maps are large;
# to save parameters, save at the bottom.

# %% tags=["headline", "moves-0.1"]
sizes = f"572 → {table.output.shape[0]} with {table.parameters:,} parameters"
f"{sizes}; mean IoU {whole:.2f} with skips, {none:.2f} without"

# %% [markdown]
# ## What you learned
#
# - An unpadded k×k convolution costs k − 1 pixels, a pooling halves, an up-convolution
#   doubles. From this follow all sizes, all crops and all valid inputs.
# - Crops grow by c → 2·(c + r); valid sizes are 2**depth apart.
# - Parameters and output shape together give a wrong join away. Assert them.
# - The bottleneck knows what, the skips know where. Cut them, and the outline is gone.
# - Adding is concatenating with tied weights; unpadded tiles meet without a seam.
#
# Next: lesson 3 takes the up-convolution apart.
#
# ## References
#
# - Ronneberger, Fischer and Brox (2015), "U-Net: convolutional networks for biomedical
#   image segmentation", arXiv:1505.04597.
# - He, Zhang, Ren and Sun (2015), "Deep residual learning for image recognition",
#   arXiv:1512.03385.
# - Dumoulin and Visin (2016), "A guide to convolution arithmetic for deep learning",
#   arXiv:1603.07285.
