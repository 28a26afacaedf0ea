# %% [markdown]
# # 7. Build a U-Net from nothing
#
# You will build a padded U-Net without any pretrained part and train it to cut pets out
# of pictures, and take no file order, no loss and no threshold on trust.

# %%
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from utils import models
from utils.augmentation import random_views
from utils.checks import check
from utils.datasets import (
    PET_CLASSES,
    fingerprints,
    load_pets,
    pets_info,
    read_image,
    read_mask,
    read_pet_folder,
    split_names,
)
from utils.masks import binary_mask, binary_target, overlap_tiles
from utils.metrics import (
    SoftDice,
    binary_confusion,
    iou_by_threshold,
    iou_per_class,
    pixel_accuracy,
)
from utils.models import output_margin, recipe, unet_table
from utils.plotting import (
    explore,
    plot_history,
    show_binary,
    show_network,
    show_rows,
    show_thresholds,
)

# %% [markdown]
# ## Pet or not pet
#
# Lesson 6 borrowed an encoder that had seen thousands of pictures. Here nothing is
# borrowed: every weight starts as a random number. To be trained in half a minute, the
# network is small and its pictures have 64 pixels a side.

# %%
pets = pets_info()
print(pets)

# %%


def load(split):
    """Returns all images and masks of one split as two arrays."""
    dataset = load_pets(split, image_size=(64, 64))
    images, masks = next(iter(dataset.batch(len(dataset))))
    return images.numpy(), masks.numpy()


images, masks = load("train")
images.shape, masks.shape

# %% [markdown]
# The masks hold three ids: 0 pet, 1 background, 2 border. Whoever wants to put a pet on
# another background needs only two answers, and the border, fur and whiskers, should
# come along. So [background, object, border] becomes [background, object + border].
#
# ## Exercise 7.1: two classes from three
#
# Write the function: 1 where a pixel is pet *or border*, 0 where it is background, as
# integers, in the shape of the mask. Mind the ids: 0 is the pet here.


# %% tags=["exercise"]
def pet_or_not(mask):
    """Returns 1 for pet (id 0) and border (id 2), 0 for background (id 1)."""
    ### BEGIN SOLUTION
    return (mask != 1).astype(np.uint8)
    ### END SOLUTION


# %% tags=["check"]
check(
    pet_or_not,
    cases=[
        np.array([[0, 1]]),
        np.array([[0, 2, 1], [1, 1, 0]]),
        np.array([[[2, 2], [0, 1]], [[1, 1], [1, 0]]]),
    ],
    reference=binary_target,
    mistakes=[
        (lambda mask: (mask == 0) * 1, "The border (id 2) belongs to the object, too."),
        (lambda mask: (mask == 1) * 1, "Inside out: the background has to be 0."),
        (lambda mask: (mask != 0) * 1, "In the course's ids the pet is 0, not 1."),
        (lambda mask: np.minimum(mask, 1), "In the course's ids the pet is 0, not 1."),
        (lambda mask: (mask == 2) * 1, "That is the border alone."),
    ],
    hint="Only one id becomes 0. Compare with it, then turn booleans into integers.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[
        np.array([[2]]),
        np.array([[1, 1], [1, 1]]),
        np.array([[0, 1, 2, 2], [2, 0, 1, 1], [1, 1, 1, 0]], np.uint8),
    ],
    ### END HIDDEN TESTS
)

# %% [markdown]
# `binary_target` does the same and refuses ids that it does not know. Compare the
# trimap with the target. (Figures keep the pet's colour, whatever its id.)

# %%
targets = binary_target(masks)
two_rows = [(images[0], mask, None) for mask in (masks[0], 1 - targets[0])]
show_rows(two_rows, PET_CLASSES)

# %% [markdown]
# The band has joined the animal. How large is the object now, as a share of all pixels?
# A model that answers "pet" everywhere has that share as its IoU: the intersection is
# the pets, the union is everything. Whatever you build has to beat this number.

# %%
lazy_iou = targets.mean()
print(f"pet {(masks == 0).mean():.2f}, pet and border {lazy_iou:.2f}")

# %% [markdown]
# ## A folder of pictures, of every kind
#
# The pictures so far came from a loader that somebody else has tested. Yours come as
# files, and files come in kinds: grey, with a palette, with transparency, for the
# printing press, with 16 bits. Write ten pictures into a folder, in six kinds, with
# their masks. The layout is that of the Oxford-IIIT Pet data set.


# %%
def write_picture(path, image, mode):
    """Saves an image in [0, 1] as a file of one of Pillow's modes."""
    picture = Image.fromarray((255 * image).round().astype(np.uint8))
    if mode == "I;16":  # grey, 16 bits
        grey = np.asarray(picture.convert("L"), dtype=np.uint16)
        Image.fromarray(257 * grey).save(path)
    else:
        picture.convert(mode, palette=Image.Palette.ADAPTIVE).save(path)


# %%
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
pictures, trimaps = folder / "images", folder / "annotations" / "trimaps"
pictures.mkdir()
trimaps.mkdir(parents=True)
modes = ["RGB", "L", "P", "RGBA", "CMYK", "I;16"]
for n in range(min(10, len(images))):
    suffix = "tif" if modes[n % 6] == "CMYK" else "png"
    write_picture(pictures / f"pet_{n + 1}.{suffix}", images[n], modes[n % 6])
    Image.fromarray(masks[n] + 1).save(trimaps / f"pet_{n + 1}.png")

# %% [markdown]
# A network has a fixed number of input channels. What would it get? Compare what is in
# the file with what `read_image` makes of it.

# %%
for n, mode in enumerate(modes):
    path = next(pictures.glob(f"pet_{n + 1}.*"))
    raw, read = np.asarray(Image.open(path)), read_image(path)
    print(f"{mode:5} {raw.dtype!s:7} {raw.shape!s:12} -> {read.dtype} {read.shape}")

# %% [markdown]
# Six kinds, three shapes, two types; on the right all are RGB. The shapes of the file
# would at least raise an error. Worse is what an added axis makes fit: the numbers of a
# palette picture are places in a table of colours, and a network would take them for
# brightness. Did the conversion keep the picture?

# %%
for n, mode in enumerate(modes):
    read = read_image(next(pictures.glob(f"pet_{n + 1}.*"))) / 255
    error = abs(read - images[n]).mean()
    grey = bool(np.ptp(read, axis=-1).max() == 0)
    print(f"{mode:5} mean error {error:.3f}" + grey * ", three equal channels")

# %% [markdown]
# With three or four channels of 8 bits nothing is lost but rounding; a palette keeps
# most; grey files have three equal channels, since colour that was never stored cannot
# come back. What about transparency? It is dropped, and the colours below it stay.
#
# ## The n-th picture of two lists
#
# Pictures in one folder, masks in another: list both, take the n-th of each. It is in
# many notebooks, and it works on the author's machine. But a folder has no order. Its
# files come as the disk likes, and two folders need not agree. Here are two orders that
# a disk could choose, and what they pair.

# %%
disk = np.random.default_rng(7)
listed_pictures = disk.permutation(sorted(pictures.iterdir()))
listed_masks = disk.permutation(sorted(trimaps.iterdir()))
[(a.stem, b.stem) for a, b in zip(listed_pictures[:3], listed_masks[:3], strict=True)]

# %%
rows = []
for path, other in zip(listed_pictures[:3], listed_masks[:3], strict=True):
    own = read_mask(trimaps / f"{path.stem}.png")
    rows.append((read_image(path) / 255, own - 1, read_mask(other) - 1))
show_rows(rows, PET_CLASSES, prediction_title="n-th mask")

# %% [markdown]
# No error, no warning: shapes and ids fit. A network trained on such pairs learns where
# pets are on average, and its loss even falls. A score computed on such pairs looks
# like that of a bad model. The cure is one line: look the mask up by name.

# %%
mask_of = {path.stem: path for path in trimaps.iterdir()}
pairs = [(path, mask_of[path.stem]) for path in sorted(pictures.iterdir())]
" ".join(path.stem for path, _ in pairs)

# %%
parts, _, _ = read_pet_folder(folder)
assert pairs == [(example.image, example.target) for example in parts["train"]]

# %% [markdown]
# The course's reader finds the same pairs. Sorted names are in the order of a
# dictionary, so 10 comes before 2. That does no harm; what matters is that it is the
# same order everywhere. And a picture without a mask now is a `KeyError`, while in two
# sorted lists everything behind the gap would slip by one.
#
# ## Eight to two, by name and seed
#
# Some pictures have to be kept from training. Eight to two is a common ratio, and
# chance should choose, for files are often sorted by breed. A seed makes chance
# repeatable.
#
# ## Exercise 7.2: a split that can be repeated
#
# Write the function that chooses the validation names. Sort the names, draw
# `np.random.default_rng(seed).permutation(…)` of as many numbers as there are names,
# let the first fifth of these numbers (rounded) say which names are taken, and return
# them sorted. The order in which names come in must not matter.


# %% tags=["exercise"]
def validation_names(names, seed):
    """Returns a fifth of `names`, chosen by `seed`, as a sorted list."""
    ### BEGIN SOLUTION
    ordered = sorted(names)
    chosen = np.random.default_rng(seed).permutation(len(ordered))
    return sorted(ordered[k] for k in chosen[: round(len(ordered) / 5)])
    ### END SOLUTION


# %% tags=["check"]
def fifth(names, seed, first=0, share=0.2):
    """Takes part of the shuffled names, in the order in which they came."""
    order = np.random.default_rng(seed).permutation(len(names))
    start, count = round(first * len(names)), round(share * len(names))
    return sorted(names[k] for k in order[start : start + count])


check(
    validation_names,
    cases=[
        (["a", "b", "c", "d", "e"], 7),
        (["e", "c", "a", "d", "b"], 7),
        (["pug_10", "pug_2", "pug_1", "tabby_3", "pug_4", *"jihgfedcba"], 1),
        (list("hgfedcba"), 16),
        (list("fedcba"), 7),
    ],
    reference=lambda names, seed: split_names(names, seed)[1],
    mistakes=[
        (fifth, "The same names in another order must give the same answer: sort."),
        (
            lambda names, seed: fifth(sorted(names), seed, first=0.2, share=0.8),
            "Those are the four fifths to train on.",
        ),
        (
            lambda names, seed: fifth(sorted(names), seed, first=0.8),
            "The first fifth of the drawn numbers, not the last.",
        ),
        (
            lambda names, seed: [
                sorted(names)[k]
                for k in np.random.default_rng(seed).permutation(len(names))
            ][: round(len(names) / 5)],
            "The right names in another order: return them sorted.",
        ),
        (
            lambda names, seed: sorted(names)[: round(len(names) / 5)],
            "Nothing was drawn: these are the first names of the alphabet.",
        ),
        (
            lambda names, seed: fifth(
                sorted(names), seed, share=len(names) // 5 / len(names)
            ),
            "Rounded, not cut off: a fifth of eight names is two.",
        ),
    ],
    hint="`sorted(names)[k]` for every k of the first fifth of the permutation.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[
        (["b", "a", "d", "c", "e"], 8),
        ([f"pet_{n}" for n in range(30, 0, -1)], 0),
    ],
    ### END HIDDEN TESTS
)

# %% [markdown]
# `split_names` does the same and returns both parts. Of the ten in your folder:

# %%
split_names(mask_of, seed=7)

# %% [markdown]
# Why the sorting? Take a hundred names, and two machines that list them in their own
# orders. Both use the same seed; neither sorts. You train on the first, carry the
# weights to the second and validate there. How many of its twenty validation pictures
# has the network been trained on?


# %%
def split_unsorted(names, seed):
    """Divides names as they come: the same seed, but not the same split."""
    order = np.random.default_rng(seed).permutation(len(names))
    shuffled = [names[k] for k in order]
    return shuffled[20:], shuffled[:20]


names = [f"pet_{n}" for n in range(100)]
here, there = disk.permutation(names).tolist(), disk.permutation(names).tolist()
for split in (split_unsorted, split_names):
    trained_here, validated_there = split(here, 7)[0], split(there, 7)[1]
    print(split.__name__, len({*trained_here} & {*validated_there}))

# %% [markdown]
# Without sorting nearly all are known already. No wonder: four names in five were
# trained on, and the common seed did not help. The score on the second machine is a
# memory test. With sorting, none is known.
#
# One weakness stays. Add a single picture, and the seed shuffles another number of
# names: a new split altogether. The course's loaders therefore do not shuffle. Each
# name gets a *fingerprint*, a number computed from its letters alone, and the fifth
# with the lowest goes to validation. How many of the old hundred change sides when a
# picture is added?


# %%
def split_by_fingerprint(names, seed=None):
    """Divides names by a number that depends on nothing but the name."""
    numbers = fingerprints(names).numpy()
    order = [names[k] for k in np.argsort(numbers)]
    count = round(len(names) / 5)
    return order[count:], order[:count]


for split in (split_names, split_by_fingerprint):
    before, after = split(names, 7)[1], split(["another", *names], 7)[1]
    print(split.__name__, len({*names} & ({*before} ^ {*after})))

# %% [markdown]
# The seeded split moves dozens; by fingerprint at most one crosses the line. So for a
# folder that grows, and for results to be compared over months, fingerprints; for
# a folder that is finished, or several splits to compare, a seed over sorted names.
# From here on `load_pets` divides, and picture n is picture n in every run.

# %%
validation_images, validation_masks = load("validation")
validation_targets = binary_target(validation_masks)
again = next(iter(load_pets("validation", image_size=(64, 64))))[0]
np.testing.assert_array_equal(again, validation_images[0])
pets.split_sizes

# %% [markdown]
# ## The U, padded
#
# The U-Net of 2015 (lesson 2) answers for fewer pixels than it sees. Give every
# convolution a frame of zeros, `padding="same"`, and the mask has the size of the
# picture: nothing to crop, no mirror needed. It goes from 3 channels to 64, doubles
# down to 1024, comes back to 64, and ends in 1.
#
# ## Exercise 7.3: what does padding cost?
#
# The paper's network has 1 input channel and 2 output channels, 31,030,658 parameters.
# Yours has 3 input channels, 1 output channel, and padding. How many parameters more?
# The first convolution is 3×3 with 64 filters; the last is 1×1 and reads 64 channels.

# %% tags=["exercise"]
### BEGIN SOLUTION
more = 2 * 9 * 64 - (64 + 1)
### END SOLUTION

# %% tags=["check"]
paper = unet_table(572)
padded = unet_table(64, num_classes=1, channels=3, padding="same")
check_answer(
    more,
    expected=padded.parameters - paper.parameters,
    mistakes=[
        (2 * 9 * 64, "So much for the input. The output lost a channel."),
        (2 * 9 * 64 - 64, "Almost: every output channel has a bias as well."),
        (3 * 9 * 64 - 65, "One input channel was there before: two are new."),
        (-65, "So much for the output. The first kernels got deeper."),
        (0, "Padding costs nothing, but the channels at both ends changed."),
    ],
    hint="New weights: 3·3 for each new input channel and filter. Lost: 64 and a bias.",
)

# %% [markdown]
# Padding itself costs no parameter. Build it and let Keras count.

# %%
full = models.unet(1, (64, 64), channels=3, padding="same")
full.output_shape, full.count_params()

# %% [markdown]
# Thirty-one million weights, for a few hundred pictures, on a laptop? Let every level
# have an eighth of the filters, and leave the lowest out. Weights go with the square of
# the filters. *Batch normalisation* before every ReLU makes so small a network quick to
# train.

# %%
settings = dict(channels=3, filters=8, depth=3, padding="same", batch_norm=True)
keras.utils.set_random_seed(7)
narrow = models.unet(1, (64, 64), **settings)
narrow.output_shape, narrow.count_params()

# %%
show_network(unet_table(64, 1, **settings))

# %% [markdown]
# The last map has the size of the picture and a single channel: one number per pixel.
#
# ## One number, two classes
#
# With two classes, softmax sees only the difference of the two logits. So one of them
# may be fixed at 0, and the other, z, is all that is left: p = exp(z) / (exp(0) +
# exp(z)) = 1 / (1 + exp(−z)). That is the *sigmoid*. Check it.

# %%
z = np.array([-3.0, 0.0, 3.0])
both = np.stack([np.zeros(3), z], axis=-1)
softmax = np.exp(both) / np.exp(both).sum(axis=-1, keepdims=True)
sigmoid = 1 / (1 + np.exp(-z))
np.testing.assert_allclose(softmax[:, 1], sigmoid)
sigmoid.round(2)

# %% [markdown]
# The cross-entropy of a pixel with target t, 1 or 0, is minus the logarithm of the
# probability that the truth got: −log p for a pet, −log(1 − p) for background. In one
# line, −t·log p − (1 − t)·log(1 − p): *binary cross-entropy*. Written as it reads, in
# the float32 that networks use:


# %% tags=["given"]
@np.errstate(all="ignore")
def naive_cross_entropy(target, logit):
    """Computes binary cross-entropy in the obvious way."""
    p = 1 / (1 + np.exp(-logit))
    return -target * np.log(p) - (1 - target) * np.log(1 - p)


# %%
logits = np.array([-100, -20, -2, 0, 2, 20, 100], np.float32)
for target in (0, 1):
    print(target, naive_cross_entropy(np.float32(target), logits).round(2))

# %% [markdown]
# In the middle it works. At 20 the probability rounds to 1, the logarithm of 1 − p to
# minus infinity, and 0 times infinity is `nan`, "not a number", even where the model is
# right. One such pixel makes the mean `nan`, then every gradient, then every weight.
# And logits do get large: a confident network has them by the thousand.
#
# The cure is algebra. As −log p = log(1 + exp(−z)) and −log(1 − p) = z + log(1 +
# exp(−z)), the loss is (1 − t)·z + log(1 + exp(−z)), without any p. For negative z,
# exp(−z) still overflows; there, log(1 + exp(−z)) = −z + log(1 + exp(z)). One formula
# serves both signs: max(z, 0) − t·z + log(1 + exp(−|z|)). The exponent is never
# positive, so nothing overflows.
#
# ## Exercise 7.4: cross-entropy that survives
#
# Write the stable form, one loss per pixel. `np.log1p(x)` is log(1 + x), exact for tiny
# x, too.


# %% tags=["exercise"]
def binary_cross_entropy(target, logit):
    """Returns the loss of every pixel, finite for every finite logit."""
    ### BEGIN SOLUTION
    small = np.log1p(np.exp(-np.abs(logit)))
    return np.maximum(logit, 0) - target * logit + small
    ### END SOLUTION


# %% tags=["check"]
check(
    binary_cross_entropy,
    cases=[
        (1.0, 0.0),
        (0.0, 2.0),
        (1.0, -1000.0),
        (np.array([[0.0, 1.0, 1.0]]), np.array([[-30.0, 0.5, 400.0]])),
    ],
    reference=lambda target, logit: np.logaddexp(0, logit) - target * logit,
    mistakes=[
        (naive_cross_entropy, "The naive form overflows there. No p in the formula!"),
        (
            np.errstate(over="ignore")(
                lambda t, z: (1 - t) * z + np.log1p(np.exp(-np.asarray(z)))
            ),
            "Right for z ≥ 0. For a negative z, exp(−z) overflows: use |z|.",
        ),
        (
            lambda t, z: np.minimum(np.logaddexp(0, z) - t * z, -np.log(1e-7)),
            "Clipped: the worst errors all cost the same, and have no gradient.",
        ),
        (lambda t, z: np.maximum(z, 0) - t * z, "The logarithm's term is missing."),
        (lambda t, z: np.logaddexp(0, z), "The target plays no part: −t·z is missing."),
        (
            lambda t, z: np.logaddexp(0, z) + t * z,
            "Check the sign of t·z: a large logit on a pet should cost nothing.",
        ),
        (
            lambda t, z: np.mean(np.logaddexp(0, z) - t * z),
            "One loss per pixel. The mean over pixels comes later.",
        ),
    ],
    hint="np.maximum(z, 0) − t·z + np.log1p(np.exp(−|z|)), term by term.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[
        (0.0, -1000.0),
        (np.array([0.0, 1.0, 0.0, 1.0]), np.array([-3.0, 17.0, 88.0, -90.0])),
    ],
    ### END HIDDEN TESTS
)

# %% [markdown]
# `keras.losses.BinaryCrossentropy(from_logits=True)` computes this very form. And with
# `from_logits=False`, fed a sigmoid? It clips probabilities, so that no logarithm is
# infinite. Take a pet that the model is very sure is none, z = −20, and print loss and
# gradient of both.

# %%
logit, pet = tf.Variable([[-20.0]]), tf.constant([[1.0]])
with tf.GradientTape(persistent=True) as tape:
    stable = keras.losses.BinaryCrossentropy(from_logits=True)(pet, logit)
    clipped = keras.losses.BinaryCrossentropy()(pet, tf.sigmoid(logit))
for loss in (stable, clipped):
    print(f"loss {loss:.2f}, gradient {tape.gradient(loss, logit)[0, 0]:.2f}")

# %%
np.testing.assert_allclose(stable, np.logaddexp(0, -20.0) + 20.0, rtol=1e-6)
np.testing.assert_allclose(clipped, -np.log(1e-7), rtol=1e-3)

# %% [markdown]
# From logits the gradient is p − t, here −1: the worse the error, the harder the push.
# After the clip it is zero. The pixel is as wrong as can be, and nobody will ever tell
# the network. So the model ends in logits, and the loss takes them.
#
# ## An axis more, an axis less
#
# The model's logits have shape (N, H, W, 1), the targets (N, H, W). NumPy and
# TensorFlow line up shapes from the right, and repeat an axis of length 1. For one
# square picture the two even fit:

# %%
truth, answer = targets[:1].astype(np.float32), np.asarray(narrow(images[:1]))
wrong = np.logaddexp(0, answer) - truth * answer
right = np.logaddexp(0, answer) - truth[..., None] * answer
print(truth.shape, answer.shape, "->", wrong.shape, "instead of", right.shape)
print(f"mean loss {wrong.mean():.3f} instead of {right.mean():.3f}")

# %% [markdown]
# Every pixel of a row met every target of another, and the mean of it all is a number
# like any other. So give targets their axis, `targets[..., None]` (`np.expand_dims`
# with axis −1), or take the logits' away, `logits[..., 0]` (`np.squeeze` with axis −1).
# Always name the axis: without it, `squeeze` removes every axis of length 1, the batch
# of a single picture included.

# %%
np.squeeze(answer).shape, np.squeeze(answer, axis=-1).shape, answer[..., 0].shape

# %% [markdown]
# Keras' own losses notice a missing last axis and add it. Your own do not, so the
# course's Dice loss below refuses shapes of different rank.
#
# ## Training from nothing
#
# The pipeline is lesson 6's: shuffle, batch, mirror image and mask together. The last
# step adds the axis. Photographs vary more than rendered scenes, so they are magnified
# as well, and trained longer; and a small folder of your own gets at least 300 steps.

# %%
photographs = pets.source != "sample"
views = random_views(seed=7, zoom=0.25 if photographs else 0)
train = tf.data.Dataset.from_tensor_slices((images, targets))
train = train.shuffle(len(images), seed=7).batch(8).map(views)
train = train.map(lambda images, targets: (images, targets[..., None])).prefetch(2)
train.element_spec[1]

# %%
keras.utils.set_random_seed(7)
model = models.unet(1, (64, 64), **settings)
epochs = max(24, 300 // len(train)) if photographs else 12
loss = keras.losses.BinaryCrossentropy(from_logits=True)
model.compile(recipe(epochs * len(train), peak=1e-2), loss)

# %% tags=["moves-0.05"]
history = model.fit(
    train,
    epochs=epochs,
    validation_data=(validation_images, validation_targets[..., None]),
    validation_batch_size=16,
    shuffle=False,
)

# %%
plot_history(history)

# %% [markdown]
# A model that knows nothing says p = ½ everywhere and pays log 2, about 0.7. Where do
# your curves end? Now the logits of the validation pictures, as one array, and the IoU
# of the pet where p exceeds one half, that is, z exceeds 0.

# %% tags=["moves-0.05"]
logits = model.predict(validation_images, batch_size=16, verbose=0)
confusion = binary_confusion(validation_targets, logits)
iou = iou_per_class(confusion)[1]
print(f"pixel accuracy {pixel_accuracy(confusion):.2f}, pet IoU {iou:.2f}")

# %%
assert iou > lazy_iou

# %% [markdown]
# No weight of this network has ever seen anything but these pictures. Compare with the
# laziest model above. And numbers are not enough, so look.
#
# ## The n-th picture, side by side
#
# Image, true mask, prediction, of the same n. In this order a slip in the pairing is
# seen at once. On a page that can answer there is a slider; browse through the
# validation set.


# %%
def compare(n):
    """Shows validation picture n, its true mask and the predicted one."""
    one = slice(n, n + 1)
    predicted = binary_mask(logits[one])
    show_binary(validation_images[one], validation_targets[one], predicted)


explore(compare, n=(range(len(validation_images)), 0))

# %% [markdown]
# Most of what is wrong lies along the outline, and on photographs also inside, where
# fur resembles its background. And the check against slips, as a number: score the
# predictions against the masks of the *next* picture.

# %% tags=["moves-0.05"]
next_targets = np.roll(validation_targets, 1, axis=0)
slipped = iou_per_class(binary_confusion(next_targets, logits))[1]
print(f"pet IoU with its own mask {iou:.2f}, with the next one {slipped:.2f}")

# %%
assert slipped < iou or len(validation_targets) == 1

# %% [markdown]
# Far from zero, because pets tend to be in the middle. A model with such a score may be
# bad, or its masks may be another picture's. Figures tell them apart.
#
# ## Which threshold?
#
# One half is natural, not sacred. Should a pixel of probability p be called pet, if IoU
# is what you want? Say that the intersection is I and the union U. Called pet, the
# pixel adds p to the expected intersection, and to the union 1 − p, because with
# probability p it was in the union already, as truth. I/U grows if p / (1 − p) > I/U.
# With J for the IoU, the best threshold is J / (1 + J): below one half, unless J is 1.
# (Half of the best Dice; Lipton, Elkan and Narayanaswamy 2014, arXiv:1402.1892.)
#
# That holds if probabilities mean what they say. Measure, on the validation set: a
# threshold is a decision like any other.

# %% tags=["moves-0.1"]
thresholds = np.arange(5, 100, 5) / 100
curve = iou_by_threshold(validation_targets, logits, thresholds)
chosen = thresholds[np.argmax(curve)]
print(f"chosen {chosen:.2f}; J / (1 + J) is {curve.max() / (1 + curve.max()):.2f}")

# %%
show_thresholds(thresholds, {"cross-entropy": curve})

# %%
assert curve.max() >= iou

# %% [markdown]
# A hill with a flat top. Around its middle a few hundredths of threshold are worth next
# to nothing, and another seed may choose another; only far out IoU falls off. So
# choose, but do not expect wonders, and do not report the third digit.
#
# ## Exercise 7.5: explore another question
#
# You change your mind: the border shall *not* count as pet. `binary_target` takes
# `object_ids=(0,)`. The model stays as it is, trained to include the border. Find the
# best threshold for the new target. Before you run it: does the best threshold go "up"
# or "down", and the best IoU "up" or "down"?

# %% tags=["exercise", "explore", "moves-0.1"]
### BEGIN SOLUTION
sure_targets = binary_target(validation_masks, object_ids=(0,))
sure = iou_by_threshold(sure_targets, logits, thresholds)
print(f"best {sure.max():.2f} at {thresholds[np.argmax(sure)]:.2f}")
threshold_goes = "up"
iou_goes = "down"
### END SOLUTION

# %% tags=["check"]
without = binary_target(validation_masks, object_ids=(0,))
without = iou_by_threshold(without, logits, thresholds)
check_answer(
    (threshold_goes, iou_goes),
    expected=(
        "up" if thresholds[np.argmax(without)] > chosen else "down",
        "up" if without.max() > curve.max() else "down",
    ),
    mistakes=[
        (("up", "up"), "The model was not trained for this: compare the IoUs."),
        (("down", "down"), "Fewer pixels are pet now. Which threshold calls fewer so?"),
        (("down", "up"), "Both the other way round. Print both curves' best."),
    ],
    hint="`thresholds[np.argmax(…)]` and `max()` of both curves, old and new target.",
)

# %% [markdown] tags=["solution"]
# The best threshold goes up: probabilities fall from the middle of the animal to its
# outside, so a higher threshold peels off the outermost pixels, much as if the border
# were removed. It does not know where the border was drawn, so expect a lower best IoU
# than for the question that the model was trained on.

# %% [markdown]
# ## A loss that looks like the score
#
# Cross-entropy counts pixels, and most of them are harmless. If the object is small, a
# model that says "background, surely" pays little. Milletari, Navab and Ahmadi (2016,
# arXiv:1606.04797), whose prostates filled a small part of their scans, trained on Dice
# itself: twice the intersection over the sum of the sizes (lesson 5). Masks of zeros
# and ones have no gradient, so put probabilities p in their place:
#
# $$D = \frac{2 \sum t\,p}{\sum t^2 + \sum p^2}$$
#
# The squares change nothing for zeros and ones. The loss is 1 − D.


# %%
def soft_dice(target, p):
    """Dice of a target of zeros and ones with probabilities."""
    return 2 * np.sum(target * p) / (np.sum(target**2) + np.sum(p**2))


for share in (1, 10, 50):
    target, p = np.arange(100) < share, np.full(100, share / 100)
    entropy = -np.mean(target * np.log(p) + ~target * np.log(1 - p))
    print(f"{share:2}% object: cross-entropy {entropy:.2f}", end=", ")
    print(f"Dice loss {1 - soft_dice(1.0 * target, p):.2f}")

# %% [markdown]
# Each line is a model that has seen nothing and knows only how many pixels are object.
# Cross-entropy is nearly content with it if the object is small. The Dice loss is not:
# without an intersection there is no Dice, however large the background is.
#
# ## Exercise 7.6: predict a Dice loss
#
# Four pixels. Targets: 1, 1, 0, 0. Probabilities: 1, ½, ½, 0. What is the Dice loss?

# %% tags=["exercise"]
### BEGIN SOLUTION
dice_loss = 1 - 2 * (1 + 0.5) / (2 + (1 + 0.25 + 0.25))
### END SOLUTION

# %% tags=["check"]
four, halves = np.array([1.0, 1.0, 0.0, 0.0]), np.array([1.0, 0.5, 0.5, 0.0])
sizes = (four**2).sum() + (halves**2).sum()
check_answer(
    dice_loss,
    expected=1 - 2 * (four * halves).sum() / sizes,
    mistakes=[
        (6 / 7, "That is Dice. The loss is what is missing to 1."),
        (1 / 4, "The sizes are sums of squares: ½ counts ¼."),
        (4 / 7, "Twice the intersection belongs on top."),
        (1 / 5, "Do not round ½ to 1: probabilities stay as they are."),
        (1 / 3, "Do not round ½ to 0: probabilities stay as they are."),
    ],
    tolerance=0.005,
    hint="Intersection 1 + ½. Sizes: 2 for the targets, 1 + ¼ + ¼ for the other.",
)

# %% [markdown]
# `SoftDice` in `utils.metrics` is this loss from logits, image by image, with a small
# constant s above and below the fraction for images without any object. It has to agree
# with the lines above, and, with plain sums instead of squares, with Keras.

# %%
numbers = np.random.default_rng(7).normal(size=(1, 8, 8, 1)).astype(np.float32)
small = targets[:1, 28:36, 28:36, None].astype(np.float32)
p = keras.ops.sigmoid(numbers)
ours = SoftDice(smooth=0.0)(small, numbers)
np.testing.assert_allclose(ours, 1 - soft_dice(small, np.asarray(p)), rtol=1e-5)
plain = SoftDice(smooth=0.0, squared=False)(small, numbers)
np.testing.assert_allclose(plain, keras.losses.Dice()(small, p), rtol=1e-4)

# %% [markdown]
# Now try it. The same seed, so the same weights to start from; the same pictures in the
# same order, the same recipe. The loss is the only change.

# %% tags=["moves-0.05"]
keras.utils.set_random_seed(7)
dice_model = models.unet(1, (64, 64), **settings)
dice_model.compile(recipe(epochs * len(train), peak=1e-2), SoftDice())
dice_model.fit(train, epochs=epochs, shuffle=False)
dice_logits = dice_model.predict(validation_images, batch_size=16, verbose=0)

# %%
dice_curve = iou_by_threshold(validation_targets, dice_logits, thresholds)
curves = {"cross-entropy": curve, "Dice": dice_curve}
show_thresholds(thresholds, curves)

# %%
assert dice_curve.max() > max(lazy_iou, curve.max() - 0.1)

# %% [markdown]
# Two hills of about the same height. Pets fill a large part of their pictures, so the
# illness that Dice cures is not there, and a difference of a hundredth may turn round
# with the next seed. Remember it for small objects: lesions, cracks, ships. Its price
# is a gradient that depends on all pixels at once, and probabilities that no longer
# mean what they say.
#
# ## The unpadded one trains, too
#
# The U-Net of the paper sees more than it answers for. To train it you need the
# overlap-tile input of lesson 2, mirrored at the picture's edge, and of the mask the
# very part that its logits cover. At depth 2 it loses 40 pixels: a tile of 32 needs 72.

# %%
margin = output_margin(depth=2)
tiles, parts = overlap_tiles(images[:48], targets[:48], tile=32, margin=margin)
half = margin // 2
np.testing.assert_array_equal(tiles[0, half:-half, half:-half], images[0, :32, :32])
tiles.shape, parts.shape

# %% tags=["moves-0.05"]
keras.utils.set_random_seed(7)
unpadded = models.unet(1, (32 + margin, 32 + margin), channels=3, filters=8, depth=2)
unpadded.compile(recipe(4 * len(tiles) // 16), loss)
tile_history = unpadded.fit(tiles, parts[..., None], batch_size=16, epochs=4)

# %%
first, last = tile_history.history["loss"][0], tile_history.history["loss"][-1]
assert unpadded.output_shape[1:3] == parts.shape[1:] and last < first

# %% [markdown]
# Its loss falls. Had you taken the upper left corner of the mask in place of the part
# in the middle, the shapes would have been right and every outline off by twenty
# pixels. Shapes are necessary; they are not sufficient.
#
# ## A folder of your own
#
# Everything above runs on a folder of yours: set `COURSE_DATA` to its path before the
# first cell, or pass `source`. Here is the one you wrote, with pictures of six kinds.
# All files are checked first; then the loader divides by fingerprint.

# %%
pets_info(folder).split_sizes

# %%
own_images, own_masks = next(
    iter(load_pets("train", source=folder, image_size=(64, 64)).batch(4))
)
own_targets = binary_target(own_masks.numpy())
own_logits = model.predict_on_batch(own_images)

# %%
assert own_logits.shape == (len(own_images), 64, 64, 1)
show_binary(own_images.numpy(), own_targets, binary_mask(own_logits, chosen))

# %% [markdown]
# Grey or coloured, every kind went through the same network. That is no score: their
# originals were trained on. It is a rehearsal for your files. With less than a hundred
# pictures, expect little from a network that starts from nothing; lesson 6 has a better
# one for them. Only exercise 7.5 needs a border in the trimap.

# %%
temporary.cleanup()

# %% [markdown]
# ## The test set, once
#
# Network, loss and threshold are chosen. Open the test set: both models, each at one
# half and at the threshold that the validation set chose for it.

# %% tags=["moves-0.1"]
test_images, test_masks = load("test")
test_targets, scores = binary_target(test_masks), {}
for name, trained in (("cross-entropy", model), ("Dice", dice_model)):
    best = thresholds[np.argmax(curves[name])]
    test_logits = trained.predict(test_images, batch_size=16, verbose=0)
    scores[name] = iou_by_threshold(test_targets, test_logits, [0.5, best])
    at_half, at_best = scores[name]
    print(f"{name:14} IoU at 0.50: {at_half:.2f}, at {best:.2f}: {at_best:.2f}")

# %%
goal = 0.75 if pets.source == "sample" else lazy_iou
assert scores["cross-entropy"][1] > goal

# %% tags=["headline", "moves-0.05"]
both = " · ".join(f"{name} {score[1]:.2f}" for name, score in scores.items())
f"test pet IoU: {both}; pet everywhere {test_targets.mean():.2f}"

# %% [markdown]
# From nothing to this, in half a minute. On photographs the distance to lesson 6 is
# what a pretrained encoder is worth: rendered pets look alike, real ones do not.
#
# ## What you learned
#
# - Pair files by name, sort before you shuffle, and know what a seed does not protect.
# - Every kind of file becomes RGB before it becomes a batch.
# - Two classes need one logit; its cross-entropy is computed from the logit, never from
#   the probability.
# - (N, H, W) and (N, H, W, 1) may combine without an error, and wrongly.
# - The threshold is chosen on validation; near its best it hardly matters.
# - Dice loss asks for an intersection, cross-entropy for pixels. Small objects need the
#   former.
#
# Next: lesson 8 gets more out of few photographs.
#
# ## References
#
# - Ronneberger, Fischer and Brox (2015), "U-Net: convolutional networks for biomedical
#   image segmentation", arXiv:1505.04597.
# - Milletari, Navab and Ahmadi (2016), "V-Net: fully convolutional neural networks for
#   volumetric medical image segmentation", arXiv:1606.04797.
# - Lipton, Elkan and Narayanaswamy (2014), "Thresholding classifiers to maximize F1
#   score", arXiv:1402.1892.
# - Ioffe and Szegedy (2015), "Batch normalization", arXiv:1502.03167.
# - Parkhi, Vedaldi, Zisserman and Jawahar (2012), "Cats and dogs",
#   doi:10.1109/CVPR.2012.6248092.
