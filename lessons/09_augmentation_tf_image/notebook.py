# %% [markdown]
# # 9. Control every pixel of an augmentation
#
# You will change pictures with `tf.image`, one decision at a time, hand every picture
# a seed of its own, and find out which changes move the mask, which change the class,
# and which part of a pipeline keeps everybody waiting.

# %%
import zlib

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage

from utils.augmentation import (
    add_noise,
    adjust_brightness,
    as_written,
    blur,
    compare,
    greyscale,
    jitter,
    jpeg,
    motion_blur,
    with_seeds,
)
from utils.checks import check
from utils.datasets import draw_digits, glyph, load_pets, pets_info
from utils.plotting import explore, show_sheet

# %% [markdown]
# ## A picture, a mask and a function
#
# The layers of lesson 8 keep their random numbers to themselves. Here nothing is
# hidden: an augmentation is a function from a picture to a picture, and you see each
# number that goes in. The pictures are pets, because a pet has a mask, and half of the
# questions today are about masks.

# %%
pets = pets_info()
print(pets)

# %%
image, mask = next(iter(load_pets("train").skip(2)))
is_pet = mask.numpy() == 0
image.shape, image.dtype, is_pet.shape

# %% [markdown]
# ## Flips, turns and crops move pixels
#
# Take a picture so small that you can read all of it: four rows, four columns, one
# channel. Mirroring reverses every row. In NumPy that is a slice with step −1, and
# `tf.image` says the same in words.

# %%
tiny = np.arange(16.0).reshape(4, 4, 1)
mirrored = tf.image.flip_left_right(tiny)
np.testing.assert_array_equal(mirrored, tiny[:, ::-1])
mirrored[..., 0].numpy()

# %% [markdown]
# `rot90` turns by a quarter, against the clock, `k` times. `central_crop` keeps the
# middle: with one half of the height and of the width, a quarter of the pixels.

# %%
np.testing.assert_array_equal(tf.image.rot90(tiny, k=1), np.rot90(tiny))
np.testing.assert_array_equal(tf.image.central_crop(tiny, 0.5), tiny[1:3, 1:3])
tf.image.rot90(tiny, k=1)[..., 0].numpy()

# %% [markdown]
# The last column has become the first row. No number is new: these operations only
# carry pixels to other places. That is why they are safe for masks, too, as long as
# the mask travels along.
#
# ## Exercise 9.1: how much is left?
#
# `central_crop` cuts the same whole number of pixels off each side: the height minus
# the fraction of it that you want, halved, and rounded down. What is the shape of
# `tf.image.central_crop(image, 0.4)` for a picture of shape (128, 128, 3)?

# %% tags=["exercise"]
### BEGIN SOLUTION
cropped_shape = (52, 52, 3)
### END SOLUTION

# %% tags=["check"]
check_answer(
    cropped_shape,
    expected=tuple(tf.image.central_crop(tf.zeros((128, 128, 3)), 0.4).shape),
    mistakes=[
        ((51, 51, 3), "0.4 · 128 is 51.2. Calculate what is cut off, though."),
        ((50, 50, 3), "A cut is rounded down, not up: half of 76.8 is 38.4."),
        ((90, 90, 3), "Half of 76.8 goes from the top. The bottom loses as much."),
        ((52, 52), "The sides are right. A crop keeps the channels."),
        ((38, 38, 3), "That is what one side loses. What is left between the two?"),
    ],
    hint="(128 − 51.2) / 2, rounded down, goes from the top and from the bottom.",
)

# %% [markdown]
# ## Brightness, greys and saturation change numbers
#
# Now the opposite: pixels stay where they are and get other numbers. Brightness adds a
# number. Take one pixel, orange fur.

# %%
fur = tf.constant([[[0.8, 0.5, 0.2]]])
brighter = tf.image.adjust_brightness(fur, 0.3)
brighter.numpy().round(2)

# %% [markdown]
# The red is beyond 1, brighter than white. `tf.image` does not stop it, and what comes
# after the pipeline may not expect it. Clip. (With integers it is worse: NumPy adds 100
# to a byte of 200 and says 44.) `adjust_brightness` of the course clips.

# %%
clipped = tf.clip_by_value(brighter, 0, 1)
np.testing.assert_array_equal(adjust_brightness(fur, 0.3), clipped)
np.array([200], np.uint8) + np.array([100], np.uint8)

# %% [markdown]
# A *greyscale* picture weighs the channels as the eye does: green most, blue least.
# *Saturation* is how far a colour is from grey. Take the largest channel, 0.8, as it
# is; with half the saturation the others come half way towards it.

# %%
weights = np.array([0.2989, 0.5870, 0.1140])
grey = tf.reduce_sum(fur * weights, axis=-1, keepdims=True)
np.testing.assert_allclose(tf.image.rgb_to_grayscale(fur), grey, rtol=1e-6)
half_way = (fur + 0.8) / 2
np.testing.assert_allclose(tf.image.adjust_saturation(fur, 0.5), half_way, rtol=1e-6)
half_way.numpy().round(2)

# %% [markdown]
# All of them on the cat, or on whatever your first pictures show. The first row carries
# pixels, the second changes them.

# %%
show_sheet(
    {
        "original": image,
        "flip_left_right": tf.image.flip_left_right(image),
        "rot90": tf.image.rot90(image),
        "central_crop 0.5": tf.image.central_crop(image, 0.5),
        "brightness + 0.3": adjust_brightness(image, 0.3),
        "saturation × 2.5": tf.image.adjust_saturation(image, 2.5),
        "saturation × 0.3": tf.image.adjust_saturation(image, 0.3),
        "greyscale": greyscale(image),
    }
)

# %% [markdown]
# ## Chance with a memory, and without
#
# Augmentation wants a random number in the place of your 0.3. `tf.image` has two
# families for that. Try the older one, twice with the same seed, and guess first.

# %%
half = tf.fill((1, 1, 3), 0.5)
twice = [tf.image.random_brightness(half, 0.4, seed=9)[0, 0, 0] for _ in range(2)]
bool(twice[0] == twice[1])

# %% [markdown]
# One seed, two results. The operation is *stateful*: the seed says where a sequence
# begins, and a counter that you do not see moves on with each call. What you get
# depends on how many calls were made before yours, and by whom.
#
# The newer family is *stateless*. It takes a seed of two integers and remembers
# nothing: a result is a function of its arguments.

# %%
same = [tf.image.stateless_random_brightness(half, 0.4, (9, 0)) for _ in range(2)]
other = tf.image.stateless_random_brightness(half, 0.4, (9, 1))
np.testing.assert_array_equal(*same)
bool(tf.reduce_all(same[0] == other))

# %% [markdown]
# Same seed, same result; another seed, another result. Eight such operations change a
# picture. Try them with the slider: the seed is (9, number). A number you liked comes
# back as it was. (`rot90` has none. Draw `k` yourself, with
# `tf.random.stateless_uniform`.)


# %%
def show_random(number):
    """Shows what the seed (9, number) does in each stateless operation."""
    seed, tools = (9, number), tf.image
    show_sheet(
        {
            "flip": tools.stateless_random_flip_left_right(image, seed),
            "flip up": tools.stateless_random_flip_up_down(image, seed),
            "crop": tools.stateless_random_crop(image, (80, 80, 3), seed),
            "brightness": tools.stateless_random_brightness(image, 0.4, seed),
            "contrast": tools.stateless_random_contrast(image, 0.3, 1.7, seed),
            "saturation": tools.stateless_random_saturation(image, 0.0, 3.0, seed),
            "hue": tools.stateless_random_hue(image, 0.5, seed),
            "JPEG": tools.stateless_random_jpeg_quality(image, 0, 30, seed),
        },
        columns=8,
    )


explore(show_random, number=(range(10), 7))

# %% [markdown]
# Try a few numbers. Do you notice that dark always comes with dull, and bright with
# harsh, and that the flips go with the dark ones? That is no accident.
#
# ## One seed, one decision
#
# Freedom from memory has a trap of its own. Give two operations the same seed, and both
# make their number from the same bits. Below, two hundred seeds decide on a brightness
# and on a contrast: how closely are the two related?

# %%
pair = tf.constant([[[0.4, 0.4, 0.4], [0.6, 0.6, 0.6]]])


def decisions(seed, other_seed):
    """Returns what was added by one seed, and the contrast chosen by another."""
    brighter = tf.image.stateless_random_brightness(pair, 0.3, seed)
    contrast = tf.image.stateless_random_contrast(pair, 0.5, 1.5, other_seed)
    return (brighter - pair)[0, 0, 0], (contrast[0, 1, 0] - contrast[0, 0, 0]) / 0.2


shared = np.array([decisions((9, n), (9, n)) for n in range(200)])
print(f"correlation {np.corrcoef(shared.T)[0, 1]:.2f}")

# %% [markdown]
# Perfectly: every bright picture is also harsh, every dark one dull, and the model
# never sees a bright, dull day. `tf.random.split` makes new seeds from one, as many as
# there are decisions.

# %%
seeds = [tf.random.split((9, n), 2) for n in range(200)]
separate = np.array([decisions(*seed) for seed in seeds])
assert abs(np.corrcoef(separate.T)[0, 1]) < 0.3 < np.corrcoef(shared.T)[0, 1]

# %% [markdown]
# ## A seed for every picture
#
# A data set needs many seeds. Follow three pictures through two epochs and write down
# the seed that each gets. The first way is a counter: `Dataset.counter` yields 0, 1, 2,
# …, and `zip` hands one number n to each picture. With a constant beside it, (9, n), it
# is a seed.

# %%
pictures = tf.data.Dataset.range(3)
counter = tf.data.Dataset.counter()


def two_epochs(dataset):
    """Returns the numbers that the elements drew, one list per epoch."""
    return [[int(number) for _, number in dataset] for _ in range(2)]


two_epochs(tf.data.Dataset.zip((pictures, counter)))

# %% [markdown]
# Reproducible, but look at the second list: an epoch starts the counter again, so each
# picture is changed in the same way for ever. That is no augmentation, it is another
# picture. Repeat the pictures *before* you zip, and the counter runs on. One pass over
# the result is then two epochs (and `fit` wants to know `steps_per_epoch`).

# %%
repeated = tf.data.Dataset.zip((pictures.repeat(2), counter))
[int(number) for _, number in repeated]

# %% [markdown]
# The second way is a generator, an object with a state. Each call of `make_seeds` takes
# the next seeds and moves the state on; the map below shows their last three digits.

# %%
generator = tf.random.Generator.from_seed(9)


def drawn_in_map(picture):
    """Returns the picture with three digits of a seed drawn here and now."""
    return picture, generator.make_seeds(1)[0, 0] % 1000


two_epochs(pictures.map(drawn_in_map))

# %% [markdown]
# New seeds in the second epoch, no `repeat` needed. But run the cell again and you get
# others, for the generator remembers all earlier draws. The third way has neither flaw:
# `Dataset.random` yields random numbers as data, with `rerandomize_each_iteration`
# other ones in every epoch, and the same again in tomorrow's program. `with_seeds` of
# the course zips a data set with pairs of them. How many different numbers do three
# pictures draw in two epochs?

# %%
seeded = with_seeds(pictures, seed=9).map(lambda picture, seed: (picture, seed[0]))
again = with_seeds(pictures, seed=9).map(lambda picture, seed: (picture, seed[0]))
numbers = two_epochs(seeded)
assert numbers == two_epochs(again)
len(set(numbers[0] + numbers[1]))

# %% [markdown]
# ## What a parallel map does to a state
#
# A serial map changes one picture after the other. With `num_parallel_calls`, several
# threads work at once. Pictures still come out in their order. But which thread gets to
# the generator first? Each of these ways gives a number to 2,000 pictures; run it twice
# and count the pictures whose number is not the same. (`set_random_seed` starts both
# runs alike.)


# %%
def stateful(picture, seed):
    """A draw whose state is hidden in the operation."""
    return tf.random.uniform((), seed=9)


def from_generator():
    """Makes a map function with a generator of its own."""
    generator = tf.random.Generator.from_seed(9)
    return lambda picture, seed: generator.uniform(())


def from_seed(picture, seed):
    """A draw that depends on the seed in the element and on nothing else."""
    return tf.random.stateless_uniform((), seed)


# %%
def one_run(draw, threads):
    """Returns the number of every picture."""
    keras.utils.set_random_seed(9)
    dataset = with_seeds(tf.data.Dataset.range(2000), seed=9)
    dataset = dataset.map(draw, num_parallel_calls=threads)
    return np.array([float(number) for number in dataset])


def changed(make_draw, threads):
    """Returns the share of pictures that two runs disagree about."""
    first, second = (one_run(make_draw(), threads) for _ in range(2))
    np.testing.assert_array_equal(np.sort(first), np.sort(second))
    return np.mean(first != second)


# %% tags=["race"]
ways = {
    "hidden state": lambda: stateful,
    "generator": from_generator,
    "seed in the element": lambda: from_seed,
}
shares = {name: (changed(way, None), changed(way, 4)) for name, way in ways.items()}
for name, (serial, parallel) in shares.items():
    print(f"{name:20} serial {serial:4.0%}   parallel {parallel:4.0%}")

# %%
assert shares["seed in the element"] == (0, 0)
assert all(serial == 0 for serial, _ in shares.values())

# %% [markdown]
# In a serial map all three repeat. In a parallel one, both kinds of state may go
# astray. The same numbers are drawn (`changed` asserts it, after sorting), but a thread
# that is overtaken gets the number of its neighbour, and two runs seldom overtake
# alike. The shares are a matter of luck each time you look, and on a machine with one
# core they may be nought. Only seeds that come *with* the picture do not care who is
# first: hand out the seeds before the map, then use all your cores.
#
# The table also says when a generator is fine: in a serial map, or where repeatable
# results do not matter. For image and mask, drawn in two places, it never is. Lesson 10
# counts the victims.
#
# ## The same on your machine
#
# Stateless operations promise more than the same result twice: the same in another
# process, on a processor and on a graphics card. (Not from any version of TensorFlow to
# any other, though.) The number below is a checksum of twenty augmented squares of
# noise, rounded to bytes. It was computed here when the notebook was built; yours has
# to agree, and so it has in every test of the course.

# %%
squares = np.random.default_rng(9).random((20, 16, 16, 3), dtype=np.float32)


def three_changes(square, seed):
    """Mirrors, crops and brightens, each with a seed of its own."""
    seeds = tf.random.split(seed, 3)
    square = tf.image.stateless_random_flip_left_right(square, seeds[0])
    square = tf.image.stateless_random_crop(square, (12, 12, 3), seeds[1])
    return tf.image.stateless_random_brightness(square, 0.2, seeds[2])


dataset = with_seeds(tf.data.Dataset.from_tensor_slices(squares), seed=9, fresh=False)
dataset = dataset.map(three_changes, num_parallel_calls=tf.data.AUTOTUNE)
bytes_of_all = (np.stack(list(dataset)) * 255).round().astype(np.int16)
zlib.crc32(bytes_of_all.tobytes())

# %% [markdown]
# ## A blur by hand
#
# A lens out of focus spreads each pixel over its neighbours. How much a neighbour at
# distance d gets is a Gaussian: exp(−d² / 2σ²), divided by the sum of all weights, so
# that the picture gets neither brighter nor darker. σ, the standard deviation, is a
# length in pixels.
#
# ## Exercise 9.2: the weights of a blur
#
# Write the weights for the distances −radius, …, 0, …, radius. They add up to 1.


# %% tags=["exercise"]
def gaussian_weights(sigma, radius):
    """Returns 2 · radius + 1 weights whose sum is 1."""
    ### BEGIN SOLUTION
    distances = np.arange(-radius, radius + 1)
    weights = np.exp(-(distances**2) / (2 * sigma**2))
    return weights / weights.sum()
    ### END SOLUTION


# %% tags=["check"]
def shares(exponents):
    """Divides the exponentials by their sum."""
    return np.exp(exponents) / np.exp(exponents).sum()


def squares(radius):
    """Returns the squared distances."""
    return np.arange(-radius, radius + 1) ** 2


check(
    gaussian_weights,
    cases=[(1.0, 0), (1.0, 1), (0.5, 2), (2.0, 6)],
    reference=lambda sigma, radius: ndimage.gaussian_filter1d(
        np.eye(1, 2 * radius + 1, radius)[0], sigma, mode="constant", radius=radius
    ),
    mistakes=[
        (
            lambda sigma, radius: np.exp(-squares(radius) / (2 * sigma**2)),
            "The weights have to add up to 1: divide by their sum.",
        ),
        (
            lambda sigma, radius: (
                np.exp(-squares(radius) / (2 * sigma**2))
                / np.sqrt(2 * np.pi * sigma**2)
            ),
            "That integral is over the whole line. Here the sum over pixels must be 1.",
        ),
        (
            lambda sigma, radius: shares(-squares(radius) / (2 * sigma)),
            "Is σ squared in the exponent?",
        ),
        (
            lambda sigma, radius: shares(-squares(radius) / sigma**2),
            "The exponent is divided by 2σ²: where is the 2?",
        ),
        (
            lambda sigma, radius: shares(-squares(radius) / 2 * sigma**2),
            "Put 2σ² in brackets: the exponent is divided by all of it.",
        ),
        (
            lambda sigma, radius: shares(-np.sqrt(squares(radius)) / (2 * sigma**2)),
            "Is the distance squared in the exponent?",
        ),
        (
            lambda sigma, radius: shares(squares(radius) / (2 * sigma**2)),
            "The farthest would weigh most: the exponent is negative.",
        ),
        (
            lambda sigma, radius: np.full(2 * radius + 1, 1 / (2 * radius + 1)),
            "Equal weights are a box. Nearer pixels weigh more.",
        ),
    ],
    hint="`np.arange(-radius, radius + 1)` has the distances. Divide by the sum last.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[(3.0, 2), (0.7, 4), (10.0, 10)],
    ### END HIDDEN TESTS
)

# %% [markdown]
# A blur of the plane needs no square of weights. The Gaussian of a distance with two
# parts is a product of two Gaussians, so blur the columns, then the rows: for a radius
# of 8, twice 17 products per pixel where a square has 289. SciPy does the same, and the
# course's `blur` agrees with it.

# %%
along_columns = ndimage.gaussian_filter1d(image, 2.0, axis=0)
along_both = ndimage.gaussian_filter1d(along_columns, 2.0, axis=1)
np.testing.assert_allclose(blur(image, sigma=2.0), along_both, atol=1e-5)

# %% [markdown]
# A *motion blur* is the mean along a line, as if the camera had moved while the shutter
# was open. A white dot shows the line. Is the middle of the line where the dot was?

# %%
dot = tf.scatter_nd([[2, 2]], [[1.0, 1.0, 1.0]], (5, 5, 3))
motion_blur(dot, length=3, angle=0)[..., 0].numpy().round(2)

# %% [markdown]
# It is, and that matters. A line that began at the dot would blur the picture *and*
# push it aside by half the length, and the mask would no longer fit.
#
# ## Which changes move the mask?
#
# On each picture below, the outline is that of the *unchanged* mask. Where does it
# still fit?

# %%
changes = {
    "blur": lambda x: blur(x, 2.0),
    "motion blur": lambda x: motion_blur(x, 11, 30),
    "noise": lambda x: add_noise(x, 0.1, seed=(9, 0)),
    "JPEG": lambda x: jpeg(x, 10),
    "jitter": lambda x: jitter(x, 0.2, 0.4, 0.5, 0.1, seed=(9, 0)),
    "flip": tf.image.flip_left_right,
    "quarter turn": tf.image.rot90,
    "crop and resize": lambda x: tf.image.resize(
        tf.image.central_crop(x, 0.7), (128, 128)
    ),
}
views = {name: change(image) for name, change in changes.items()}
show_sheet(views, outline=is_pet)

# %% [markdown]
# The five *pixel-level* changes leave the pet inside its outline: the mask stays as it
# is. The three *spatial-level* ones carry the pet off, and the mask must make the same
# move with the same random numbers. (A blur does soften the outline: the mask is as
# right as before, only harder to see.)
#
# The new ones among them: *noise* adds a number of its own to every channel of every
# pixel, *JPEG* stores the picture and reads it again, *jitter* changes brightness,
# contrast, saturation and hue at once.
#
# ## Exercise 9.3: stay or move
#
# Six other changes: (1) greyscale, (2) `flip_up_down`, (3) `adjust_hue`, (4)
# translation, which shifts the picture, (5) solarising, which inverts its bright
# pixels, (6) a random crop. Must the mask move with the picture? Answer with a tuple of
# six, `True` or `False` for each in this order.

# %% tags=["exercise"]
### BEGIN SOLUTION
must_move = (False, True, False, True, False, True)
### END SOLUTION

# %% tags=["check"]
spatial = np.array([False, True, False, True, False, True])
check_answer(
    must_move,
    expected=tuple(spatial.tolist()),
    mistakes=[
        ((True,) * 6, "A grey cat sits where the orange one sat."),
        ((False,) * 6, "In a mirror, is the tail still on the same side?"),
        ((False, True, False, True, True, True), "Solarising inverts colours only."),
        ((False, True, False, True, False, False), "Row 0 of a crop was another row."),
        ((False, True, True, True, False, True), "Hue is a colour, not a place."),
        ((False, True, False, False, False, True), "A shifted pet left its outline."),
        (tuple((~spatial).tolist()), "The other way round."),
    ],
    hint="Ask of one pixel of the pet: is it still in the same row and column?",
)

# %% [markdown]
# ## A six upside down
#
# A mask can move along. A class cannot: is the picture after the change still what its
# label says? A cat in a mirror is a cat. Digits are more fragile. Here are ten, drawn
# from small bitmaps, with a slant, a shift and some noise.

# %%
digits, labels = draw_digits(count=20, seed=9, shift=1.0)
test_digits, test_labels = draw_digits(count=100, seed=109, shift=1.0)
np.testing.assert_array_equal(np.rot90(glyph(6), 2), glyph(9))
show_sheet({str(label): digits[label] for label in range(10)}, columns=10)

# %% [markdown]
# The six turned by half a turn *is* the nine, pixel by pixel. Train a small classifier
# three times from the same start: on the digits as they are, on digits shifted by a
# pixel or two, and on digits of which half are turned round. Every change gets a
# picture and its seed.


# %%
def unchanged(image, seed):
    """Leaves the picture alone."""
    return image


def shifted(image, seed):
    """Moves the picture by up to two pixels in each direction."""
    padded = tf.pad(image, ((2, 2), (2, 2), (0, 0)), "SYMMETRIC")
    return tf.image.stateless_random_crop(padded, (16, 16, 3), seed)


def turned(image, seed):
    """Turns every second picture round, by 180 degrees."""
    heads = tf.random.stateless_uniform((), seed) < 0.5
    return tf.where(heads, tf.image.rot90(image, k=2), image)


# %%
keras.utils.set_random_seed(9)
classifier = keras.Sequential(
    [
        keras.Input((16, 16, 3)),
        keras.layers.Rescaling(-4, offset=2),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dense(10),
    ]
)
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
classifier.compile(keras.optimizers.Adam(3e-3), cross_entropy)
classifier.optimizer.build(classifier.trainable_variables)
variables = classifier.variables + classifier.optimizer.variables
start = [variable.numpy() for variable in variables]


# %%
def accuracy_after(change):
    """Trains from the start on changed digits; returns the accuracy of each digit."""
    for variable, value in zip(variables, start, strict=True):
        variable.assign(value)
    dataset = tf.data.Dataset.from_tensor_slices((digits, labels)).repeat(40)
    dataset = with_seeds(dataset.shuffle(200, seed=9), seed=9, fresh=False)
    dataset = dataset.map(lambda pair, seed: (change(pair[0], seed), pair[1]))
    classifier.fit(dataset.batch(32), shuffle=False, verbose=0)
    right = np.argmax(classifier(test_digits), axis=-1) == test_labels
    return np.array([right[test_labels == digit].mean() for digit in range(10)])


# %% tags=["moves-0.1"]
scores = {
    change.__name__: accuracy_after(change) for change in (unchanged, shifted, turned)
}
print(f"{'':10}", *(f"{digit:5}" for digit in range(10)), "  mean")
for name, score in scores.items():
    print(f"{name:10}", *(f"{part:5.2f}" for part in score), f"{score.mean():6.2f}")

# %%
others = [0, 1, 2, 3, 4, 5, 7, 8]
assert scores["shifted"].mean() > scores["unchanged"].mean() - 0.05
assert scores["turned"][[6, 9]].mean() < 0.65 < 0.8 < scores["turned"][others].mean()

# %% [markdown]
# Read the columns 6 and 9. Shifting says something true about digits, that their place
# does not matter, and does no harm. Turning says something false, that a nine may be
# called a six, and the mean of the two falls to about what a coin would give. No longer
# training repairs that: the labels contradict each other. So before you switch on an
# augmentation, ask whether you would still give the picture the same label.
#
# ## Exercise 9.4: the victims of a mirror
#
# Photographs are mirrored without a thought. Digits? Make up your mind which two digits
# should suffer most, then measure `accuracy_after` a change that mirrors every second
# picture, and set `worst_pair`, the smaller digit first.


# %%
def mirrored_at_random(image, seed):
    """Mirrors every second picture."""
    return tf.image.stateless_random_flip_left_right(image, seed)


# %% tags=["exercise", "explore", "moves-0.1"]
### BEGIN SOLUTION
mirror_scores = accuracy_after(mirrored_at_random)
print(mirror_scores.round(2))
worst_pair = tuple(sorted(np.argsort(mirror_scores)[:2].tolist()))
### END SOLUTION

# %% tags=["check"]
check_answer(
    worst_pair,
    expected={2, 5},
    mistakes=[
        ({6, 9}, "Half a turn makes a nine of a six. Does a mirror?"),
        ({3, 4}, "In a mirror they look like no other digit, so they can be learned."),
        ({0, 8}, "In a mirror they are themselves."),
    ],
    hint="Draw the ten digits on paper and hold it against the light.",
)

# %% [markdown] tags=["solution"]
# The mirror image of an angular 2 has the strokes of a 5, and the other way round, so
# each gets the label of the other. A mirrored 3 or 4 looks strange, but like nothing
# else: the model learns two shapes for one label, and suffers much less.

# %% [markdown]
# ## How fast is it?
#
# A training step waits for its batch. Measure, in pictures per second, where the time
# goes: a pipeline with three changes, then the same with one improvement after the
# other. `compare` runs each for a fraction of a second, in turn, and keeps the better
# of two rounds, because whatever disturbs a measurement makes it slower.


# %%
def augmented(images, seed):
    """Changes a picture or a whole batch."""
    seeds = tf.random.split(seed, 3)
    images = tf.image.stateless_random_flip_left_right(images, seeds[0])
    images = jitter(images, 0.2, 0.2, 0.2, 0.05, seed=seeds[1])
    return add_noise(images, 0.03, seeds[2])


files = load_pets("train").map(lambda image, mask: image)
cached = files.cache()
kept = sum(1 for _ in cached)  # one pass fills the cache

# %% [markdown]
# `tf.data` helps without being asked: it runs a map in parallel if it finds no state in
# it (one more reward for stateless operations), and it prefetches. To see what each
# improvement is worth, `as_written` switches that off.

# %%
every, parallel = with_seeds(files, 9), {"num_parallel_calls": tf.data.AUTOTUNE}
kept_seeded, batches = with_seeds(cached, 9), with_seeds(cached.batch(16), 9)
pipelines = {
    "decode, nothing else": files.batch(16),
    "decode, serial map": every.map(augmented).batch(16),
    "decode, parallel map": every.map(augmented, **parallel).batch(16),
    "cache, nothing else": cached.batch(16),
    "cache, serial map": kept_seeded.map(augmented).batch(16),
    "cache, parallel map": kept_seeded.map(augmented, **parallel).batch(16),
    "cache, batch, serial map": batches.map(augmented),
    "cache, batch, parallel map": batches.map(augmented, **parallel),
    "the same, prefetched": batches.map(augmented, **parallel).prefetch(2),
}
pipelines = {name: as_written(pipeline) for name, pipeline in pipelines.items()}

# %% tags=["clock"]
rates = compare(pipelines)
for name, rate in rates.items():
    print(f"{name:27}{rate:8,.0f} pictures per second")

# %% [markdown]
# Compare the two lines with nothing else. On a quiet machine they lie far apart:
# decoding a file is slow, reading a decoded picture from memory costs next to nothing.
# So cache first, and *before* the random changes: a cache after them would keep the
# first epoch's versions for ever. Now the changes themselves are what everybody waits
# for. A parallel map can gain as many times as there are idle cores, and no more.
# Batching first may even lose at this size of pictures; where it gains, you will see
# below. Prefetching has nothing to gain in the last line, because nobody works while
# the next batch is made.
#
# Which of the three changes takes the time? Guess, then measure each alone.

# %% tags=["clock"]
flip = tf.image.stateless_random_flip_left_right
single = {
    "flip": kept_seeded.map(lambda image, seed: flip(image, seed)),
    "jitter": kept_seeded.map(
        lambda image, seed: jitter(image, 0.2, hue=0.1, seed=seed)
    ),
    "noise": kept_seeded.map(lambda image, seed: add_noise(image, 0.03, seed)),
}
alone = compare({name: as_written(each.batch(16)) for name, each in single.items()})
{name: round(rate) for name, rate in alone.items()}

# %% [markdown]
# A flip only carries numbers. Jitter turns every colour into hue, saturation and value
# and back; noise draws a random number for each of 128 · 128 · 3 values. If you need
# more pictures per second, begin there: do you need both?
#
# ## When does a batch pay?
#
# Mapping whole batches saves the overhead of a call, which is the same for a large
# picture and for a small one. So it pays most where the work per picture is small.
# Try squares of 16×16.

# %% tags=["clock"]
many = tf.data.Dataset.from_tensor_slices(np.repeat(squares, 50, axis=0)).cache()
small = {
    "map, then batch": with_seeds(many, 9).map(augmented).batch(50),
    "batch, then map": with_seeds(many.batch(50), 9).map(augmented),
}
small = compare({name: as_written(pipeline) for name, pipeline in small.items()})
{name: round(rate) for name, rate in small.items()}

# %% [markdown]
# On a quiet machine it is several times as many. But does a batch get one random
# number, or one per picture? Ask both kinds of brightness to change eight equal greys.

# %%
greys = tf.fill((8, 1, 1, 3), 0.5)
by_tensorflow = tf.image.stateless_random_brightness(greys, 0.4, (9, 0))
by_course = jitter(greys, brightness=0.4, seed=(9, 0))
[len(np.unique(batch[..., 0])) for batch in (by_tensorflow, by_course)]

# %% [markdown]
# `tf.image` draws once for the whole batch (its flips are the exception, they draw for
# every picture). The functions of `utils.augmentation` draw for each, or take one
# number per picture. Speed is no use if it makes all pictures of a batch equally dark.
#
# ## While the model works
#
# Let a pause of 20 milliseconds after each batch stand for a training step on another
# device. Without prefetching, pause and preparation follow each other; with it, they
# overlap. The third line is what `tf.data` makes of the first if you let it.

# %% tags=["clock"]
serial = with_seeds(cached.batch(8), 9).map(augmented)
waiting = {
    "wait": as_written(serial),
    "prefetch": as_written(serial.prefetch(2)),
    "left to tf.data": serial,
}
waiting = compare(waiting, step=0.02)
{name: round(rate) for name, rate in waiting.items()}

# %% [markdown]
# ## Exercise 9.5: two stages, one speed
#
# Two stages alone deliver `first` and `second` pictures per second. Write their speed
# together: if they take turns, the *times* per picture add up; if they overlap
# perfectly, the slower one sets the pace.


# %% tags=["exercise"]
def combined_rate(first, second, overlap):
    """Returns the pictures per second of two stages, one after the other or at once."""
    ### BEGIN SOLUTION
    if overlap:
        return min(first, second)
    return 1 / (1 / first + 1 / second)
    ### END SOLUTION


# %% tags=["check"]
check(
    combined_rate,
    cases=[
        (100, 100, False),
        (100, 100, True),
        (300, 500, False),
        (300, 500, True),
        (600, 300, True),
    ],
    reference=lambda first, second, overlap: (
        min(first, second) if overlap else first * second / (first + second)
    ),
    mistakes=[
        (
            lambda a, b, overlap: min(a, b),
            "In turns, both times count, not the longer.",
        ),
        (
            lambda a, b, overlap: min(a, b) if overlap else (a + b) / 2,
            "A mean of speeds would be faster than the slower stage alone.",
        ),
        (
            lambda a, b, overlap: min(a, b) if overlap else a + b,
            "Add the times per picture, not the speeds.",
        ),
        (
            lambda a, b, overlap: max(a, b) if overlap else a * b / (a + b),
            "Overlapping, the faster stage has to wait for the slower.",
        ),
        (lambda a, b, overlap: a * b / (a + b), "What does `overlap` change?"),
        (
            lambda a, b, overlap: min(a, b) if overlap else 1 / a + 1 / b,
            "That is the time for one picture. How many are that per second?",
        ),
    ],
    hint="One picture takes 1 / first seconds here and 1 / second seconds there.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[(20, 5, False), (20, 5, True), (1000, 1, False)],
    ### END HIDDEN TESTS
)

# %% [markdown]
# It predicts your own table, within limits. `load_pets` decodes ahead in threads of its
# own, as far as there are idle cores. So the second line of the table should lie
# somewhere between taking turns and overlapping, on the left and on the right below,
# unless the machine had other work in the meantime.

# %% tags=["clock"]
decode, change = rates["decode, nothing else"], rates["cache, serial map"]
in_turns, overlapping = decode * change / (decode + change), min(decode, change)
round(in_turns), round(rates["decode, serial map"]), round(overlapping)

# %% [markdown]
# Cached, parallel and in batches: how many times as fast as the second line is that?

# %% tags=["clock"]
gain = max(rates["cache, parallel map"], rates["cache, batch, parallel map"])
f"{gain / rates['decode, serial map']:.1f} times as fast"

# %% [markdown]
# The time is well spent only if a change keeps the class. What half turns cost the two
# digits that they turn into each other is the result to remember.

# %% tags=["headline", "moves-0.1"]
victims, kept = (scores["turned"][each].mean() for each in ([6, 9], others))
f"6 and 9 after half turns: accuracy {victims:.2f}, the others {kept:.2f}"

# %% [markdown]
# ## What you learned
#
# - An augmentation is a function of picture and seed. Stateless operations are the same
#   in every process; stateful ones depend on who was first.
# - One seed for each decision: split it. One for each picture: zip the seeds with the
#   data set before a parallel map, and mind that a counter starts again in each epoch.
# - Pixel-level changes leave the mask; spatial-level ones must move it.
# - A change that turns one class into another teaches contradictions.
# - Cache what is decoded, change it in parallel or in batches, prefetch. Measure first:
#   the slowest stage sets the pace.
#
# Next: lesson 10 moves image, mask and boxes with one decision.
#
# ## References
#
# - TensorFlow, "Data augmentation",
#   <https://www.tensorflow.org/tutorials/images/data_augmentation>.
# - TensorFlow, "Random number generation",
#   <https://www.tensorflow.org/guide/random_numbers>.
# - Salmon, Moraes, Dror and Shaw (2011), on parallel random numbers (Philox, the
#   generator behind stateless operations), doi:10.1145/2063384.2063405.
# - Shorten and Khoshgoftaar (2019), "A survey on image data augmentation for deep
#   learning", doi:10.1186/s40537-019-0197-0.
# - Parkhi, Vedaldi, Zisserman and Jawahar (2012), "Cats and dogs",
#   doi:10.1109/CVPR.2012.6248092.
