# %% [markdown]
# # 4. How does a classifier become a segmenter?
#
# You will take a classifier that answers for one window of one size, turn its dense
# layers into convolutions so that it answers everywhere, and sharpen its masks in
# three steps: FCN-32s, FCN-16s, FCN-8s.

# %%
import keras
import numpy as np

from utils.augmentation import random_views
from utils.checks import check
from utils.datasets import PET_CLASSES, load_pets, load_scenes, pets_info
from utils.detection import random_windows
from utils.masks import create_mask
from utils.metrics import confusion_matrix, iou_per_class, mean_iou
from utils.models import (
    MEAN_COLOUR,
    class_names,
    classifier,
    convolutional,
    fcn,
    fcn_sizes,
    recipe,
    transplant,
    vgg16,
)
from utils.plotting import explore, show_comparison, show_heat_maps, show_windows

# %% [markdown]
# ## A classifier of windows
#
# Before 2015 many networks that drew masks were classifiers in disguise. They looked at
# a window, named the pixel in its middle, and moved on to the next pixel (Ciresan et
# al. 2012). You start there. Each picture below comes with a mask, so no window has to
# be labelled by hand: its label is the class under its centre.

# %%
pets = pets_info()
sample = pets.source == "sample"
print(pets)


# %%
def arrays(split):
    """Returns all images and masks of one split."""
    pairs = zip(*load_pets(split).as_numpy_iterator(), strict=True)
    return [np.stack(part) for part in pairs]


images, masks = arrays("train")
count = 6 if sample else 16
windows, labels = random_windows(images, masks, size=96, count=count, seed=4)
show_windows(windows[:6], labels[:6], PET_CLASSES)

# %% [markdown]
# The crosses mark the pixel to be named. Near the edge a window reaches beyond its
# picture and is filled with a grey. How often is the answer "background"? A lazy
# classifier that always says so is right as often as that; remember the number.
# (Photographs are harder, so they give more windows, and train longer below.)

# %%
shares = np.bincount(labels, minlength=3) / len(labels)
dict(zip(PET_CLASSES, shares.round(2).tolist(), strict=True))

# %% [markdown]
# The network is VGG-16 (Simonyan and Zisserman 2015, arXiv:1409.1556): thirteen 3×3
# convolutions in five stages, a max-pooling after each stage, and three dense layers
# called fc6, fc7 and fc8. The paper's has 138 million weights and takes pictures of
# 224×224. Yours is narrow, with an eighth of the channels, and takes 96×96. It also
# normalises each batch, without which it would not learn in a few seconds.

# %%
narrow = {"width": 1 / 8, "window": 96, "batch_norm": True, "dropout": 0.0}
keras.utils.set_random_seed(4)
vgg = vgg16(num_classes=3, **narrow)
for name in ("pool1", "pool2", "pool3", "pool4", "pool5", "flatten", "fc6", "fc8"):
    print(f"{name:8}", vgg.get_layer(name).output.shape[1:])

# %% [markdown]
# Five halvings leave 3×3 cells, one for each 32×32 pixels. `flatten` lines up their
# numbers, and the dense layers turn the line into three scores, the *logits*. One pass
# over the windows will do.

# %% tags=["moves-0.1"]
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
vgg.compile(recipe(len(windows) // 16, peak=2e-3), cross_entropy)
history = vgg.fit(windows, labels, batch_size=16, shuffle=False)

# %% tags=["moves-0.18"]
new_images, new_masks = arrays("validation")
new_windows, new_labels = random_windows(new_images, new_masks, 96, count=4, seed=4)
named = np.argmax(vgg(new_windows), axis=-1)
right = float(np.mean(named == new_labels))
assert right > 0.5 or not sample
f"right for {right:.0%} of new windows"

# %% [markdown]
# Guessing among three names would be right once in three. Compare with the lazy answer,
# too: one pass makes no expert. For a mask of 128×128 you would have to ask it for
# 16,384 windows, most of which show nearly the same. And it will take nothing but
# 96×96:

# %%
try:
    vgg(images[:1])
except ValueError as error:
    print(str(error).splitlines()[0])

# %% [markdown]
# ## When a dense layer fixes the size, and what it forgets
#
# Which layer complains? A convolution would not: its kernel slides over as many pixels
# as there are. Nor is a dense layer guilty by itself. Given a map, Keras applies it at
# every position, to the channels there: that *is* a 1×1 convolution, which mixes
# channels and never looks at its neighbours. See that both agree, on three sizes.

# %%
dense, one_by_one = keras.layers.Dense(2), keras.layers.Conv2D(2, kernel_size=1)
for layer in (dense, one_by_one):
    layer.build((None, None, None, 5))
one_by_one.set_weights([dense.kernel[None, None], dense.bias])
for size in ((3, 3), (4, 6), (1, 9)):
    feature_map = np.random.default_rng(4).normal(size=(1, *size, 5))
    scores = dense(feature_map)
    np.testing.assert_allclose(one_by_one(feature_map), scores, atol=1e-5)
    print(size, "->", scores.shape[1:3])

# %% [markdown]
# The culprit is `flatten`. Behind it a dense layer has one weight for every channel *of
# every cell*: its number of weights states how many cells there are. And it gives one
# vector for all of them, in which nothing is above or beside anything. The size is
# fixed and the position is lost, in one stroke.

# %%
fc6 = vgg.get_layer("fc6")
assert fc6.kernel.shape[0] == 3 * 3 * 64
fc6.kernel.shape

# %% [markdown]
# ## A dense layer is a convolution in disguise
#
# But look at one unit of fc6. It multiplies every number of a 3×3×64 map by a weight
# and adds up. That is what one filter of a 3×3 convolution does at one place. So the
# 576 weights of the unit are a kernel of 3×3×64 numbers; they only have to be folded
# back the way the map was laid out. `flatten` goes row by row, in a row cell by cell,
# and in a cell channel by channel.
#
# ## Exercise 4.1: fold the weights back
#
# Write the kernel of the convolution: shape (height, width, channels, units), from the
# weights of the dense layer, shape (height · width · channels, units).


# %% tags=["exercise"]
def dense_to_kernel(weights, height, width):
    """Returns the kernel (height, width, channels, units) of a dense layer."""
    ### BEGIN SOLUTION
    return weights.reshape(height, width, -1, weights.shape[-1])
    ### END SOLUTION


# %% tags=["check"]
def numbered(rows, units):
    """Returns weights (rows, units) that are all different."""
    return np.arange(rows * units, dtype=float).reshape(rows, units)


check(
    dense_to_kernel,
    cases=[
        (numbered(4, 1), 2, 2),
        (numbered(6, 1), 2, 3),
        (numbered(12, 2), 2, 3),
        (numbered(45, 4), 3, 3),
    ],
    reference=lambda w, height, width: w.reshape((height, width, -1, w.shape[1])),
    mistakes=[
        (
            lambda w, h, v: w.reshape(-1, h, v, w.shape[1]).transpose(1, 2, 0, 3),
            "That puts channels first, as Caffe does. Keras flattens them last.",
        ),
        (
            lambda w, h, v: w.reshape(v, h, -1, w.shape[1]).transpose(1, 0, 2, 3),
            "Rows come first: `flatten` finishes a row before it starts the next.",
        ),
        (
            lambda w, h, v: w.T.reshape(h, v, -1, w.shape[1]),
            "Do not transpose: the units are the last axis before and after.",
        ),
        (
            lambda w, h, v: w.reshape(w.shape[1], h, v, -1).transpose(1, 2, 3, 0),
            "The units are the last axis of the weights. Leave them there.",
        ),
        (
            lambda w, h, v: w.reshape(h, v, -1),
            "Keep channels and units apart: the kernel has four axes.",
        ),
    ],
    hint="One `reshape` will do; -1 stands for the number of channels.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[(numbered(42, 3), 7, 2), (numbered(50, 1), 5, 5), (numbered(3, 5), 1, 1)],
    ### END HIDDEN TESTS
)

# %% [markdown]
# ## The same network, convolutional
#
# fc7 and fc8 see a map of one cell, so they become 1×1 convolutions. That is the whole
# idea of the *fully convolutional network* (Long, Shelhamer and Darrell 2015,
# arXiv:1411.4038). `convolutional` builds the network and moves the weights. On one
# window it must give what the classifier gives.

# %%
everywhere = convolutional(vgg)
np.testing.assert_allclose(
    everywhere(new_windows[:8])[:, 0, 0], vgg(new_windows[:8]), atol=1e-4
)
fc6.kernel.shape, everywhere.get_layer("fc6").kernel.shape

# %% [markdown]
# No weight has changed, and none was added. The same holds for the window of the paper.
# There pool5 has 7×7 cells, so fc6 becomes a 7×7 convolution.

# %%
large = vgg16(num_classes=10, window=224, width=1 / 16)
window = load_pets("validation", image_size=(224, 224)).take(1).batch(1)
window = next(window.as_numpy_iterator())[0]
np.testing.assert_allclose(
    convolutional(large)(window)[:, 0, 0], large(window), atol=1e-4
)
convolutional(large).get_layer("fc6").kernel.shape, 7 * 7 * 512 * 4096

# %% [markdown]
# The last number is fc6 at full width: three quarters of VGG-16's weights in one
# kernel.
#
# What is won? The dense network had to have 96×96. The convolutional one takes any
# picture of that size or larger, and gives as many answers as windows fit, 32 pixels
# apart.

# %%
for size in ((96, 96), (128, 160), (224, 288)):
    scores = everywhere(np.zeros((1, *size, 3)))
    print(size, "->", scores.shape[1:])

# %% [markdown]
# The last picture has 35 windows. One pass over it is cheaper than 35 passes over 96×96
# pixels, because windows overlap, and what they share is computed once:

# %%
round(35 * 96 * 96 / (224 * 288), 1)

# %% [markdown]
# ## Exercise 4.2: how many answers?
#
# The full VGG-16, made convolutional, gets a photograph of 448×672 pixels (height
# first). Its window is 224×224, and the answers are 32 pixels apart. Predict height and
# width of the map of scores.

# %% tags=["exercise"]
### BEGIN SOLUTION
score_map = (8, 15)
### END SOLUTION

# %% tags=["check"]
check_answer(
    score_map,
    expected=tuple((side - 224) // 32 + 1 for side in (448, 672)),
    mistakes=[
        ((14, 21), "That is pool5. fc6 needs 7×7 cells for its first answer."),
        (
            (7, 14),
            "These are steps. There is an answer before the first step, too.",
        ),
        ((15, 8), "Height comes first."),
        ((2, 3), "That is how many windows fit side by side, without overlap."),
    ],
    hint="Where does the last window start, and how many steps lead there?",
)

# %% [markdown]
# ## The same head, not the same window
#
# "One pass instead of 35" is often told as if it gave the same scores. The head does:
# take any 3×3 cells of pool5, push them through the dense layers, and you get what the
# convolutional head says there.

# %%
picture = next(load_pets("validation", image_size=(224, 288)).as_numpy_iterator())[0]
pool5 = keras.Model(everywhere.input, everywhere.get_layer("pool5").output)
cells = pool5(picture[None])[:, 2:5, 3:6]
head = keras.Model(vgg.get_layer("flatten").input, vgg.output)
scores = everywhere(picture[None])[0]
np.testing.assert_allclose(head(cells)[0], scores[2, 3], atol=1e-4)

# %% [markdown]
# But cut the same window out of the picture and ask the classifier: those cells come
# out differently. At the edge of a cut-out every convolution reads padding, zeros,
# where the whole picture has pixels. How many of the nine cells are the same?

# %%
cut_out = picture[None, 2 * 32 : 2 * 32 + 96, 3 * 32 : 3 * 32 + 96]
same = np.isclose(pool5(cut_out), cells, atol=1e-3).all(axis=-1)
assert np.abs(vgg(cut_out)[0] - scores[2, 3]).max() > 0.05
print(int(same.sum()), "of", same.size, "cells are the same, so the scores differ")

# %% [markdown]
# Not even the middle one: a cell of pool5 looks at more than 200 pixels, twice the side
# of the cut-out. Equal heads, other surroundings. The whole picture is the better
# informed of the two.
#
# ## What the head looks at: heat maps
#
# Now look at where it sees what. One answer for 32×32 pixels makes a crude picture. For
# a finer one, move the picture by 8 pixels and ask again: those answers lie between the
# first ones. All 4·4 moves give one answer for 8×8 pixels. The paper calls it *shift
# and stitch*. Around the picture is the same grey as around the windows.


# %%
def stitched(image, step=8):
    """Returns probabilities (16, 16, 3) for a picture of 128×128 pixels."""
    before = 48 - step // 2  # so that the first window has its middle at pixel 4
    canvas = np.empty((128 + 2 * before, 128 + 2 * before, 3), "float32")
    canvas[:] = np.array(MEAN_COLOUR) / 255
    canvas[before:-before, before:-before] = image
    moves = [(row, column) for row in range(4) for column in range(4)]
    views = [canvas[step * r :, step * c :][:192, :192] for r, c in moves]
    finer = np.empty((16, 16, 3))
    for (row, column), scores in zip(moves, everywhere(np.stack(views)), strict=True):
        finer[row::4, column::4] = scores
    return np.asarray(keras.ops.softmax(finer))


# %% [markdown]
# The softmax turns the three scores of a cell into probabilities. Paint them. Nobody
# has shown this network a mask as a whole, only names of single pixels.

# %%
probabilities = [stitched(image) for image in new_images[:6]]
heat = dict(zip(PET_CLASSES, np.moveaxis(probabilities[0], -1, 0), strict=True))
show_heat_maps(new_images[0], heat)

# %% tags=["moves-0.1"]
pet = np.stack(probabilities)[..., 0]
middles = new_masks[:6, 4::8, 4::8]
on_pet, beside = pet[middles == 0], pet[middles == 1]
higher = float(np.mean(on_pet[:, None] > beside))
assert higher > 0.7 or not sample
f"the cell on a pet has the higher probability of pet in {higher:.0%} of all pairs"

# %% [markdown]
# Every cell on a pet was paired with every cell on background; one half would be
# chance. A classifier that was made for windows draws a coarse portrait. This is a mask
# in the making: cells instead of pixels.
#
# There is a second way to free a head from its size: average the last map over all
# positions and put one dense layer behind. The mean of a linear function is the linear
# function of the mean, so the dense layer may as well be applied at every cell first.
# The map that this gives is the *class activation map* (Zhou et al. 2016,
# arXiv:1512.04150). The classifier of breeds, whose encoder lesson 6 borrows, has such
# a head, trained with one name for each picture of one animal. Show it two. (Do not be
# too amazed: its encoder, though not its head, has seen masks as well.)

# %%
scene = load_scenes("test", image_size=(192, 192))[1]
breeds = classifier("breeds", image_size=(192, 192))
features = keras.Model(breeds.input, breeds.get_layer("average").input)
kernel, bias = breeds.layers[-1].get_weights()
activation_maps = np.asarray(features(scene.image[None])[0]) @ kernel + bias
whole = keras.ops.softmax(activation_maps.mean(axis=(0, 1)))
np.testing.assert_allclose(whole, breeds(scene.image[None])[0], atol=1e-4)

# %%
per_cell = np.asarray(keras.ops.softmax(activation_maps))
found = {name: per_cell[..., class_names().index(name)] for name in scene.breed_names}
show_heat_maps(scene.image, found)

# %%
cells = scene.instance_mask[16::32, 16::32]
for number, heat in enumerate(found.values(), start=1):
    assert heat[cells == number].mean() > heat[cells == 3 - number].mean() + 0.3

# %% [markdown]
# For the whole picture the classifier has to choose one breed. Its map does not: each
# animal lights up under its own name. Position was never gone, only averaged away.
#
# ## Why the paper pads by a hundred
#
# Back to VGG. To draw a mask, the map of scores has to be enlarged by 32, with a tent
# as in lesson 3: a transposed convolution of kernel 64 and stride 32. But the map is
# too small: at the edges answers are missing, half a window on either side, and a
# picture smaller than 224×224 has none at all. The paper's way out is blunt. The first
# convolution pads by 100 pixels instead of 1. What comes out is larger than the
# picture, and is cropped. By how much? Follow one axis of 500 pixels through FCN-32s.
# "pixels apart" is the distance in the picture of two neighbours of a map, "first at"
# the pixel under the first of them. Row by row you can check both with a pencil.

# %% tags=["given"]
fcn_sizes(500, stride=32)

# %% [markdown]
# A pooling doubles the distance and moves the first position by half of the old one:
# the middle of two. A 7×7 kernel without padding moves it by three distances, 96
# pixels. The transposed convolution divides the distance by 32, and its first pixel
# lies half a kernel, 31.5 pixels, before the first score. So the large map begins 19
# pixels before the picture, and the crop takes 19 away. That is the number in the
# paper's reference network, for which Caffe computes it. Try other sizes, FCN-16s and
# FCN-8s, if your page has sliders.

# %%
explore(
    lambda size, stride, padding: print(fcn_sizes(size, stride, padding)),
    size=(range(1, 601), 333),
    stride=[8, 16, 32],
    padding=["pad-100", "same"],
)

# %% [markdown]
# ## Exercise 4.3: the paper's network on 224 pixels
#
# Follow an axis of 224 pixels through FCN-32s padded by 100, by hand. Predict the size
# of pool5, of the scores, and of the enlarged map before the crop. An odd size is
# rounded *up* when it is halved.

# %% tags=["exercise"]
### BEGIN SOLUTION
padded_sizes = {"pool5": 14, "score_fr": 8, "upscore": 288}
### END SOLUTION

# %% tags=["check"]
sizes_224 = fcn_sizes(224, stride=32)
check_answer(
    padded_sizes,
    expected={n: sizes_224[n].size for n in ("pool5", "score_fr", "upscore")},
    mistakes=[
        (
            {"pool5": 7, "score_fr": 1, "upscore": 64},
            "That is without the padding. conv1 makes 224 + 2·100 − 2 pixels.",
        ),
        (
            {"pool5": 13, "score_fr": 7, "upscore": 256},
            "Round up when you halve: 211, 106, 53, 27, 14.",
        ),
        (
            {"pool5": 14, "score_fr": 14, "upscore": 480},
            "fc6 has a 7×7 kernel and no padding: it loses six cells.",
        ),
        (
            {"pool5": 14, "score_fr": 8, "upscore": 256},
            "The last copy of a kernel of 64 starts 7·32 pixels after the first.",
        ),
    ],
    hint="conv1: 422. Halve five times, rounding up; lose 6; then (n − 1)·32 + 64.",
)

# %% [markdown]
# ## A detail that breaks it: how an odd size is halved
#
# Caffe, in which the paper's network was written, pools a last single row by itself: it
# rounds up. Keras' VGG-16 drops that row: it rounds down. For multiples of 32 nobody
# notices. How many of the sizes from 32 to 600 still work if you pad by 100 and round
# down?

# %%
for stride in (32, 16, 8):
    fits = [fcn_sizes(n, stride, pooling="floor").fits for n in range(32, 601)]
    print(f"FCN-{stride}s: {sum(fits)} of {len(fits)} sizes")
assert all(fcn_sizes(n, s).fits for n in range(32, 601) for s in (32, 16, 8))

# %% [markdown]
# For the others the enlarged map ends before the picture does. Rounded up, every size
# works, as the last line asserts. So the course's VGG rounds up: in Keras that is
# `MaxPooling2D(padding="same")`.
#
# ## Exercise 4.4: a crop from two positions
#
# FCN-16s and FCN-8s lay a skip under an enlarged map, and these start at different
# pixels, too. Write how many positions the skip loses at its start. Given are the
# pixels under the first position of the skip and of the other map, and the distance in
# pixels of two positions, which both share.


# %% tags=["exercise"]
def crop_offset(skip_first, other_first, jump):
    """Returns how many positions the skip loses at its start."""
    ### BEGIN SOLUTION
    return int((other_first - skip_first) / jump)
    ### END SOLUTION


# %% tags=["check"]
from utils.models import crop_offsets

check(
    crop_offset,
    cases=[
        ((0, 0, 16), 0),
        ((-19, 0, 1), crop_offsets(32)["upscore"]),
        ((-91.5, -11.5, 16), crop_offsets(16)["score_pool4"]),
        ((-95.5, -23.5, 8), crop_offsets(8)["score_pool3"]),
        ((-91.5, 20.5, 16), 7),
    ],
    mistakes=[
        (
            lambda skip, other, jump: int(other - skip),
            "These are pixels. How many positions of the skip are that?",
        ),
        (
            lambda skip, other, jump: int((skip - other) / jump),
            "The sign is turned: the skip starts earlier and has to lose something.",
        ),
        (
            lambda skip, other, jump: int(-skip / jump),
            "That lays the skip on the picture. Lay it on the other map.",
        ),
    ],
    hint="The distance of the two firsts in pixels, divided by the pixels per step.",
    ### BEGIN HIDDEN TESTS
    hidden=[
        ((-27, 0, 1), crop_offsets(16)["upscore16"]),
        ((-31, 0, 1), crop_offsets(8)["upscore8"]),
        ((-95.5, 16.5, 8), 14),
    ],
    ### END HIDDEN TESTS
)

# %% [markdown]
# The size of the picture is in none of these numbers. That is why the reference network
# can have fixed crops and take any picture.
#
# Padding by 100 costs: of a small picture, most pixels that are computed are zeros. The
# padded way is cheaper: let fc6 pad like any other convolution, with `padding="same"`.
# Then scores and picture cover the same area, and every crop starts at zero. This is
# what you train.
#
# ## FCN-32s: one score for 32×32 pixels
#
# Take the convolutional classifier without fc8. Behind fc7 comes a fresh 1×1
# convolution, `score_fr`, one channel per class. It has no ReLU, since a score may be
# negative, and it starts at *zero*: the network begins with no opinion instead of a
# random one. A tent of stride 32, which stays as it is, enlarges the scores.

# %%
keras.utils.set_random_seed(4)
fcn_32s = fcn(3, stride=32, **narrow, image_size=(128, 128))
received = transplant(fcn_32s, vgg)
assert not np.any(fcn_32s(images[:1]))
len(received), received[-4:]

# %% [markdown]
# All layers up to fc7 come from the classifier, so the transplant is complete, and all
# logits are zero. Each class has probability ⅓ and the loss is log 3, about 1.1.
#
# Now every pixel is a teacher, where a window had one label. Mirrored pictures are made
# on the way.

# %%
factor = 1 if sample else 3
views = random_views(seed=4, zoom=0)


def batches():
    """Returns shuffled batches of training pictures, half of them mirrored."""
    dataset = load_pets("train").cache().shuffle(len(images), seed=4)
    return dataset.batch(8, drop_remainder=True).map(views).prefetch(2)


def scores_of(model, images, masks):
    """Returns the confusion matrix of a model's masks."""
    parts = [model(images[start : start + 16]) for start in range(0, len(images), 16)]
    return confusion_matrix(masks, create_mask(np.concatenate(parts)), num_classes=3)


# %% tags=["moves-0.05"]
train, epochs = batches(), 5 * factor
fcn_32s.compile(recipe(epochs * len(train), peak=3e-3), cross_entropy)
history = fcn_32s.fit(train, epochs=epochs, shuffle=False)

# %% tags=["moves-0.05"]
results = {"FCN-32s": scores_of(fcn_32s, new_images, new_masks)}
iou_per_class(results["FCN-32s"]).round(2)

# %%
assert mean_iou(results["FCN-32s"]) > (0.4 if sample else 0.2)

# %% [markdown]
# In the order pet, background, border. No border to speak of: it is narrower than a
# cell of 32 pixels, and no sum of tents 64 pixels wide can draw it. Lesson 3 showed
# that even perfect scores of this size make blobs.
#
# ## FCN-16s: let pool4 speak, softly
#
# One stage earlier, pool4 has cells of 16 pixels. Its channels know less about what
# they see, and more about where. So add its opinion: a 1×1 convolution scores pool4,
# the scores of FCN-32s are doubled, and the two are *added*. Everything else is taken
# from FCN-32s.

# %%
keras.utils.set_random_seed(4)
fcn_16s = fcn(3, stride=16, **narrow, image_size=(128, 128))
missing = {x.name for x in fcn_16s.layers if x.trainable_weights}
missing -= set(transplant(fcn_16s, fcn_32s))
missing

# %% [markdown]
# One layer is new, and it starts at zero. At first it says nothing, so FCN-16s begins
# about where FCN-32s ended. (Not exactly: two small tents in a row are not one large
# tent.) It starts late and softly, so that what the coarse network knows is kept: a
# learning rate half as large, and no random opinions.

# %%
start = mean_iou(scores_of(fcn_16s, new_images, new_masks))
assert abs(start - mean_iou(results["FCN-32s"])) < 0.05

# %% tags=["moves-0.05"]
epochs = 3 * factor
fcn_16s.compile(recipe(epochs * len(train), peak=1.5e-3), cross_entropy)
fcn_16s.fit(train, epochs=epochs, shuffle=False)
results["FCN-16s"] = scores_of(fcn_16s, new_images, new_masks)

# %% [markdown]
# ## Exercise 4.5: a loud start
#
# What if the scores of pool4 did not start at zero? `start_score(spread)` builds
# FCN-16s anew from FCN-32s, fills `score_pool4` with random weights of that spread, and
# measures it before any training. Try 0, 0.3 and 1. Which do you start from, and which
# does the greatest harm? Expect noise to cost something, but how much?


# %%
def start_score(spread):
    """Returns mean IoU of an untrained FCN-16s with a random `score_pool4`."""
    model = fcn(3, stride=16, **narrow, image_size=(128, 128))
    transplant(model, fcn_32s)
    layer = model.get_layer("score_pool4")
    noise = np.random.default_rng(4).normal(0, spread, layer.kernel.shape)
    layer.set_weights([noise, layer.bias])
    return mean_iou(scores_of(model, new_images, new_masks))


# %% tags=["exercise", "explore", "moves-0.2"]
### BEGIN SOLUTION
starts = {spread: start_score(spread) for spread in (0, 0.3, 1)}
for spread, score in starts.items():
    print(f"spread {spread}: mean IoU {score:.2f}")
best_spread, worst_spread = 0, 1
### END SOLUTION

# %% tags=["check"]
check_answer(
    (best_spread, worst_spread),
    expected=(0, 1),
    mistakes=[
        ((1, 0), "Compare what `start_score(0)` and `start_score(1)` return."),
        ((0.3, 1), "A little noise may look harmless. Is it better than none?"),
        ((0, 0.3), "Is less than a third of the noise worse than all of it?"),
    ],
    hint="Call `start_score` with each of the three.",
)

# %% [markdown] tags=["solution"]
# Silence is the safe start: the sum then is what FCN-32s says. A little noise may cost
# little, but it has nothing to say. Noise of spread 1 on so many channels shouts the
# rest down, and training would first have to unlearn it, with gradients that run
# through the whole encoder meanwhile.

# %% [markdown]
# ## FCN-8s: once more, with pool3
#
# The same step again. pool3 has cells of 8 pixels, and `score_pool3` is the only new
# layer.

# %%
keras.utils.set_random_seed(4)
fcn_8s = fcn(3, stride=8, **narrow, image_size=(128, 128))
missing = {x.name for x in fcn_8s.layers if x.trainable_weights}
missing -= set(transplant(fcn_8s, fcn_16s))
missing

# %% tags=["moves-0.05"]
fcn_8s.compile(recipe(epochs * len(train), peak=1.5e-3), cross_entropy)
fcn_8s.fit(train, epochs=epochs, shuffle=False)
results["FCN-8s"] = scores_of(fcn_8s, new_images, new_masks)

# %% tags=["moves-0.1"]
for name, confusion in results.items():
    print(f"{name:8} {mean_iou(confusion):.2f}", iou_per_class(confusion).round(2))

# %%
in_order = [mean_iou(confusion) for confusion in results.values()]
assert in_order[2] > in_order[0] + 0.02 or not sample
border = [iou_per_class(confusion)[2] for confusion in results.values()]
assert border[2] > border[0] + 0.05 or not sample

# %% [markdown]
# Mean IoU, then pet, background and border. The finest network ends above the coarsest,
# and its border, which needs the small cells, is no longer next to nothing. Was it the
# skips, or the longer training? Each network has trained on where the one before
# stopped, so this table cannot tell. A fair question to take home: train FCN-32s for as
# many epochs as all three together.
#
# ## The test set, once
#
# Three networks, one set that none of them has seen.

# %%
models = {"FCN-32s": fcn_32s, "FCN-16s": fcn_16s, "FCN-8s": fcn_8s}
test_images, test_masks = arrays("test")
tested = {name: scores_of(m, test_images, test_masks) for name, m in models.items()}
predicted = {name: create_mask(m(test_images[:3])) for name, m in models.items()}
show_comparison(test_images[:3], test_masks[:3], predicted, PET_CLASSES)

# %% [markdown]
# Read a row from left to right: cells of 32, 16 and 8 pixels. The coarse scores know
# what is there, as a blob; each skip can bring back some of the where. Then compare the
# last mask with the true one: what is still too thin for its cells?

# %% tags=["headline", "moves-0.05"]
final = {name: mean_iou(confusion) for name, confusion in tested.items()}
if sample:
    assert final["FCN-32s"] < final["FCN-8s"]
"test mean IoU: " + " · ".join(f"{name} {score:.2f}" for name, score in final.items())

# %% [markdown]
# On photographs of PASCAL VOC the paper reports 59.4, 62.4 and 62.7 per cent for the
# three: plus 3.0, then plus 0.3. Expect a wider gap between your first and your last,
# since your pictures are smaller: a cell of 32 pixels is a quarter of their side, there
# it is a sixteenth. With all but the last layer frozen, so that only the scores learn,
# the paper's FCN-32s falls to 45.4. `benchmarks/fcn_order.py` measures all four over
# several seeds.
#
# ## What you learned
#
# - Flattening fixes the size and forgets the position. A dense layer behind it is a
#   convolution as large as the map; every later one is a 1×1 convolution.
# - The convolutional head equals the dense one, window by window; at the edges of
#   cut-outs the padding differs.
# - The map of scores is a heat map: it shows what the classifier looks at.
# - Crops lay positions on each other: 19 for FCN-32s, whatever the size of the picture.
# - Skips are scored, added, and start at zero, each network from the coarser one, so
#   that finer cells add to what is known.
#
# Next: lesson 5 asks what a score such as mean IoU really counts.
#
# ## References
#
# - Long, Shelhamer and Darrell (2015), "Fully convolutional networks for semantic
#   segmentation", arXiv:1411.4038.
# - Simonyan and Zisserman (2015), "Very deep convolutional networks for large-scale
#   image recognition", arXiv:1409.1556.
# - Zhou, Khosla, Lapedriza, Oliva and Torralba (2016), "Learning deep features for
#   discriminative localization", arXiv:1512.04150.
# - Ciresan, Giusti, Gambardella and Schmidhuber (2012), "Deep neural networks segment
#   neuronal membranes in electron microscopy images", NeurIPS.
