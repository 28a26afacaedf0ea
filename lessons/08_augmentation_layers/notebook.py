# %% [markdown]
# # 8. Get more out of few photographs
#
# You will turn two hundred pictures of flowers into as many as training asks for,
# inside the model and beside it, measure what either way costs and brings, write a
# random layer of your own, and hand over a model that needs no instructions.

# %%
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from utils.augmentation import RandomInvert, random_layers
from utils.checks import check
from utils.datasets import flowers_info, load_flowers
from utils.models import EpochTimer, recipe, small_convnet
from utils.plotting import plot_history, show_gallery

# %% [markdown]
# ## Few flowers
#
# The task of this lesson is classification, one class for the whole picture, because
# augmentation is simplest where a class is all there is to keep right. (Lesson 10 turns
# masks along with their pictures.) The names of the classes are those of TensorFlow's
# `tf_flowers`; the line below says which pictures you have.

# %%
flowers = flowers_info()
print(flowers)

# %%
some = list(load_flowers("train").take(60))
first_of = {int(label): image.numpy() for image, label in reversed(some)}
show_gallery(
    {"": [first_of[k] for k in sorted(first_of)]},
    [flowers.class_names[k] for k in sorted(first_of)],
)

# %% [markdown]
# A network of some 286,000 weights is about to see them. With more than a thousand
# weights for each picture it can learn every one by heart, background included, and
# that is the problem of this lesson. The remedy is old (LeCun et al. 1998,
# doi:10.1109/5.726791, trained on distorted digits): show it something a little
# different every time.
#
# ## Resizing and rescaling
#
# Two layers do not add variety but order. `Resizing` gives all pictures one size.

# %%
resize = layers.Resizing(64, 64)
image, label = some[0]
image.shape, resize(image).shape

# %% [markdown]
# It stretches; `crop_to_aspect_ratio=True` would cut instead. `Rescaling` computes
# x · scale + offset. Files hold bytes, 0 to 255. To map 255 to 1 and 0 to 0, the scale
# is 1/255 and the offset 0. For [-1, 1], which many pretrained networks expect, solve
# two equations: 0 · scale + offset = −1, so the offset is −1; 255 · scale − 1 = 1, so
# the scale is 2/255, written 1/127.5 as often as not.

# %%
file_bytes = np.array([[0.0, 51.0, 127.5, 255.0]])
to_01 = layers.Rescaling(1 / 255)
to_pm1 = layers.Rescaling(1 / 127.5, offset=-1)
np.asarray(to_01(file_bytes)).round(2), np.asarray(to_pm1(file_bytes)).round(2)

# %% [markdown]
# The course's images are in [0, 1] when they reach you. Then the second layer would be
# wrong, and silently: everything would land within a hundredth of −1. From [0, 1] to
# [-1, 1] the layer is `Rescaling(2, offset=-1)`. Both ways have to agree.

# %%
both = layers.Rescaling(2.0, offset=-1.0)(to_01(file_bytes))
np.testing.assert_allclose(both, to_pm1(file_bytes), atol=1e-6)
np.asarray(to_pm1(to_01(file_bytes))).round(3)

# %% [markdown]
# ## Exercise 8.1: from any range to any other
#
# Write the function that gives scale and offset for `Rescaling`, so that `low` becomes
# `new_low` and `high` becomes `new_high`. Solve the two equations above with letters.


# %% tags=["exercise"]
def scale_and_offset(low, high, new_low, new_high):
    """Returns (scale, offset) that map [low, high] to [new_low, new_high]."""
    ### BEGIN SOLUTION
    scale = (new_high - new_low) / (high - low)
    return scale, new_low - low * scale
    ### END SOLUTION


# %% tags=["check"]
check(
    scale_and_offset,
    cases=[
        (0, 255, 0, 1),
        (0, 255, -1, 1),
        (0, 1, -1, 1),
        (-1, 1, 0, 1),
        (10, 20, -5, 0),
    ],
    reference=lambda a, b, c, d: ((d - c) / (b - a), (b * c - a * d) / (b - a)),
    mistakes=[
        (lambda a, b, c, d: (1 / (b - a), c), "How long is the new range?"),
        (
            lambda a, b, c, d: ((d - c) / (b - a), 0),
            "Where does `low` land with offset 0?",
        ),
        (
            lambda a, b, c, d: ((b - a) / (d - c), c),
            "Upside down: the scale divides by the old length.",
        ),
        (
            lambda a, b, c, d: ((d - c) / (b - a), c),
            "Right while `low` is 0. What does −1 · scale add?",
        ),
    ],
    hint="The scale is new length by old length; then make `low` land on `new_low`.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[(-1, 1, 0, 255), (5, 15, -10, 30), (0, 65535, -1, 1)],
    ### END HIDDEN TESTS
)

# %% [markdown]
# ## What each random layer does
#
# Now variety. Every layer gets a batch of four copies of one picture; guess for each
# row how the four will differ. `factor` says how far: rotation in turns (0.1 is 36
# degrees to either side), zoom and translation as a share of the size, contrast and
# brightness as a share of the range.

# %%
copies = np.repeat(first_of[min(first_of)][None], 4, axis=0)
zoo = [
    layers.RandomFlip("horizontal", seed=8),
    layers.RandomRotation(0.1, seed=8),
    layers.RandomZoom((-0.4, 0.2), seed=8),
    layers.RandomTranslation(0.2, 0.2, seed=8),
    layers.RandomContrast(0.6, value_range=(0, 1), seed=8),
    layers.RandomBrightness(0.3, value_range=(0, 1), seed=8),
    layers.RandomCrop(80, 80, seed=8),
]

# %%
show_gallery({type(layer).__name__: layer(copies, training=True) for layer in zoo})

# %% [markdown]
# Two things to notice. A negative zoom magnifies. And the last row is four times the
# same: `RandomCrop` draws one place per call, all others draw for every picture. To cut
# every picture elsewhere, map it over the pictures *before* they are batched.
#
# `value_range` is not decoration. Left out, it is (0, 255), and then a brightness of
# 0.3 means 76 grey levels, added to pictures that end at 1.

# %%
forgot = layers.RandomBrightness(0.3, seed=8)(copies, training=True)
told = layers.RandomBrightness(0.3, value_range=(0, 1), seed=8)(copies, training=True)
float(np.max(forgot)) > 10, float(np.max(told)) <= 1

# %% [markdown]
# ## Exercise 8.2: how many different pictures?
#
# A batch holds eight copies of one picture. How many *different* pictures come out of
# one call of each layer? Assume luck with the coins: what can differ, does.

# %% tags=["exercise"]
### BEGIN SOLUTION
different = {"flip": 2, "rotation": 8, "crop": 1, "rotation, training=False": 1}
### END SOLUTION

# %% tags=["check"]
eight = np.repeat(np.random.default_rng(8).random((1, 16, 16, 3)), 8, axis=0)
calls = {
    "flip": layers.RandomFlip("horizontal", seed=8)(eight, training=True),
    "rotation": layers.RandomRotation(0.1, seed=8)(eight, training=True),
    "crop": layers.RandomCrop(12, 12, seed=8)(eight, training=True),
    "rotation, training=False": layers.RandomRotation(0.1)(eight, training=False),
}
check_answer(
    different,
    expected={k: len(np.unique(np.asarray(v), axis=0)) for k, v in calls.items()},
    mistakes=[
        (
            {"flip": 8, "rotation": 8, "crop": 1, "rotation, training=False": 1},
            "A mirrored picture and one that is not: who else could there be?",
        ),
        (
            {"flip": 2, "rotation": 8, "crop": 8, "rotation, training=False": 1},
            "Look at the last row of the gallery again.",
        ),
        (
            {"flip": 2, "rotation": 8, "crop": 1, "rotation, training=False": 8},
            "With `training=False` the layer hands its input on.",
        ),
        (
            {"flip": 1, "rotation": 1, "crop": 1, "rotation, training=False": 1},
            "All but one of the layers draw for every picture of a batch.",
        ),
    ],
    hint="The rows of the gallery show three of the four.",
)

# %% [markdown]
# ## What fills the gap
#
# A picture that is turned or moved leaves a gap, and `fill_mode` says what goes there.
# `"reflect"`, the default, mirrors the picture at its edge; `"nearest"` repeats the
# edge; `"wrap"` continues with the opposite side; `"constant"` paints one value. Here
# the range of the translation is a single number, so nothing is random.

# %%
modes = ("reflect", "nearest", "wrap", "constant")
moved = [
    layers.RandomTranslation((0.3, 0.3), (0.3, 0.3), fill_mode=mode)(copies[0])
    for mode in modes
]
show_gallery({"": moved}, modes)

# %% [markdown]
# Which is best? Look for what no camera would take: a black bar is an outline that a
# network may learn to rely on, `"wrap"` puts the sky under the soil. A reflection does
# least harm here, though it can add a second flower.

# %% [markdown]
# ## Off in inference, if you say so
#
# A prediction must not throw dice. Keras' random layers listen to `training`: `fit`
# sets it to true, `predict` and `evaluate` to false. What if you call a model like a
# function and say nothing? Here is a model that does nothing but turn pictures.

# %%
photos = keras.Input((128, 128, 3))
turning = keras.Model(photos, layers.RandomRotation(0.5, seed=8)(photos))
answers = {
    "predict": turning.predict(copies, verbose=0),
    "model(x, training=False)": turning(copies, training=False),
    "model(x)": turning(copies),
}
{name: bool(np.all(answer == copies)) for name, answer in answers.items()}

# %% [markdown]
# The last line is a trap: called without `training`, a random layer augments, and a
# model that holds one does, too. TensorFlow's tutorial says that augmentation "is
# inactive at test time"; that goes for `predict` and `evaluate`. In a call of your own,
# say which you want. From here on this notebook does.
#
# ## Option 1: layers inside the model
#
# Several layers in a row make one layer. It stands at the start of the model, before
# the rescaling. Each needs a seed of its own: with one seed for all, angle and zoom
# would be the same random number in two disguises.

# %%
augmentation = keras.Sequential(
    [
        layers.RandomFlip("horizontal", seed=40),
        layers.RandomRotation(0.1, seed=41),
        layers.RandomZoom((-0.3, 0.1), seed=42),
        layers.RandomTranslation(0.1, 0.1, seed=43),
        layers.RandomContrast(0.3, value_range=(0, 1), seed=44),
    ]
)
ours = augmentation(copies, training=True)
np.testing.assert_array_equal(random_layers(seed=8)(copies, training=True), ours)

# %% [markdown]
# The function in `utils.augmentation` makes the same five. The classifier is as plain
# as they come: three convolutions, each halved by max-pooling, and a hidden layer that
# reads all that is left.


# %%
def flower_model(augmentation=None):
    """Builds a classifier of pictures (64, 64, 3) in [0, 1]."""
    images = keras.Input((64, 64, 3))
    x = images if augmentation is None else augmentation(images)
    x = layers.Rescaling(2.0, offset=-1.0)(x)
    for filters in (16, 32, 64):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
    return keras.Model(images, layers.Dense(flowers.num_classes)(x))


# %%
keras.utils.set_random_seed(8)
option_1 = flower_model(random_layers(seed=8))
ready_made = small_convnet(flowers.num_classes)
assert option_1.count_params() == ready_made.count_params()
option_1.count_params()

# %% [markdown]
# A random layer has no weights, so both counts agree. Where are they? 8·8·64 numbers
# leave the last pooling, and each has 64 connections: nine tenths of all weights say
# what stands *where*, and know nothing of a flower one step to the left.
#
# Does option 1 really augment? In training two calls must differ, in inference they
# must not.

# %%
small = resize(copies)
once, again = (option_1(small, training=True) for _ in range(2))
calm, still_calm = (option_1(small, training=False) for _ in range(2))
assert not np.allclose(once, again)
np.testing.assert_array_equal(calm, still_calm)

# %% [markdown]
# What speaks for option 1: the layers run where the model runs, on a graphics card if
# there is one; and they are saved with it. What speaks against: they lengthen every
# training step.
#
# ## Option 2: layers in the pipeline
#
# `Dataset.map` calls the same layers while batches are prepared: on the processor,
# asynchronously, several batches at a time, whatever the model is doing meanwhile. The
# model knows nothing of it, and nothing is saved. Pictures are resized once and cached.
# Only training pictures are shuffled and augmented.


# %%
def batches(split, training=False, augmentation=None, threads=tf.data.AUTOTUNE):
    """Returns batches (images, labels) of one split, ready for a model."""
    dataset = load_flowers(split).map(lambda image, label: (resize(image), label))
    dataset = dataset.cache()
    if training:
        dataset = dataset.shuffle(flowers.split_sizes[split], seed=8)
    dataset = dataset.batch(16)
    if augmentation is not None:
        dataset = dataset.map(
            lambda images, labels: (augmentation(images, training=True), labels),
            num_parallel_calls=threads,
        )
    return dataset.prefetch(tf.data.AUTOTUNE)


# %% [markdown]
# Trust nothing that is random before you have seen it differ. Take the same pictures in
# the same order twice, and compare two passes: two epochs.


# %%
def epochs_differ(dataset):
    """Says whether two passes over a data set give different pictures."""
    first, second = (np.concatenate([x for x, _ in dataset]) for _ in range(2))
    return not np.array_equal(first, second)


epochs_differ(batches("validation"))

# %%
epochs_differ(batches("validation", augmentation=random_layers(seed=8)))

# %% [markdown]
# Good: option 2 augments. (It is tried on the validation pictures only because they are
# not shuffled.) Now find the bug in this pipeline, which follows a widely read tutorial
# closely. It even says `training=True`.

# %%
resize_and_rescale = keras.Sequential([layers.Resizing(64, 64), layers.Rescaling(1.0)])
augmented = batches("validation").map(
    lambda x, y: (resize_and_rescale(x, training=True), y)
)
epochs_differ(augmented)

# %% [markdown]
# The layers that are mapped are the wrong ones: resizing and rescaling know no chance,
# and `training=True` changes nothing about them. The pipeline runs, the variable is
# called `augmented`, the model trains. Only a comparison of two epochs tells.
#
# ## Exercise 8.3: which of them augment?
#
# Four pipelines over the same pictures; `views` holds random layers. In which are the
# pictures of the second epoch different from those of the first? Answer `True` or
# `False` for each.

# %% tags=["exercise"]
### BEGIN SOLUTION
new_each_epoch = {
    "cache, then map views": True,
    "map views, then cache": False,
    "map views with training=False": False,
    "map resizing with training=True": False,
}
### END SOLUTION

# %% tags=["check"]
views, sizes = layers.RandomRotation(0.5, seed=8), layers.Resizing(8, 8)
plain = tf.data.Dataset.from_tensors(np.random.default_rng(8).random((4, 16, 16, 3)))
pipelines = {
    "cache, then map views": plain.cache().map(lambda x: views(x, training=True)),
    "map views, then cache": plain.map(lambda x: views(x, training=True)).cache(),
    "map views with training=False": plain.map(lambda x: views(x, training=False)),
    "map resizing with training=True": plain.map(lambda x: sizes(x, training=True)),
}
check_answer(
    new_each_epoch,
    expected={
        name: not np.array_equal(*(next(iter(pipeline)) for _ in range(2)))
        for name, pipeline in pipelines.items()
    },
    mistakes=[
        (
            dict(zip(pipelines, (True, True, False, False), strict=True)),
            "A cache keeps what reaches it, dice and all: epoch 2 repeats epoch 1.",
        ),
        (
            dict(zip(pipelines, (True, False, False, True), strict=True)),
            "Resizing has nothing to draw, whatever `training` says.",
        ),
        (
            dict(zip(pipelines, (False, True, False, False), strict=True)),
            "The other way round: what comes before the cache is frozen in it.",
        ),
        (
            dict(zip(pipelines, (True, True, True, True), strict=True)),
            "`training=False` is there to switch something off.",
        ),
    ],
    hint="Ask of each: is anything drawn, and is it drawn again in the second epoch?",
)

# %% [markdown]
# ## Batched twice
#
# Another bug from the same tutorial. One recipe maps and batches the validation set and
# gives the result the old name. Further down, a second recipe maps and batches what
# goes by that name. What is the shape of one element? And will it even come out?

# %%
prepared = tf.data.Dataset.from_tensor_slices(np.zeros((50, 64, 64, 3))).batch(16)
twice = prepared.batch(16)
twice.element_spec.shape

# %%
try:
    next(iter(twice))
except tf.errors.InvalidArgumentError as error:
    print(error.message.split("}} ")[-1].split(" [Op")[0])

# %% [markdown]
# Rank 5: a batch of batches. The definition passes; the error waits until somebody
# iterates, because fifty pictures leave a last batch of two, and a stack needs equal
# shapes. With 48 pictures not even that would fail, and the model would complain of a
# shape three cells later. `element_spec` tells at once and costs nothing: look at it
# whenever a pipeline is finished.
#
# ## Prefetch: prepare while the model works
#
# Without `prefetch` everybody waits for everybody: load, train, load, train. With it,
# the next batch is loaded while the model trains. To see that without a training, let
# loading be a nap of 20 milliseconds, and training another.


# %%
def nap(number):
    """Stands in for loading one batch."""
    time.sleep(0.02)
    return number


def seconds(dataset):
    """Measures a pass whose every step trains for 20 ms."""
    begin = time.perf_counter()
    for _ in dataset:
        time.sleep(0.02)
    return time.perf_counter() - begin


# %%
loading = tf.data.Dataset.range(20).map(
    lambda number: tf.numpy_function(nap, [number], tf.int64)
)
options = tf.data.Options()
options.experimental_optimization.inject_prefetch = False
by_turns = loading.with_options(options)

# %% tags=["clock"]
passes = {
    "without": by_turns,
    "prefetch(1)": by_turns.prefetch(1),
    "left alone": loading,
}
naps = {name: seconds(dataset) for name, dataset in passes.items()}
print(", ".join(f"{name} {time_:.2f} s" for name, time_ in naps.items()))

# %% [markdown]
# On a quiet machine nearly half is saved, as both sides take equally long, and the last
# number is as small. Hence the option: TensorFlow has learned to add a `prefetch` at
# the end of a pipeline that lacks one. Write it all the same: it says what you mean,
# and older versions, or a pipeline that goes on after the slow step, need it.
#
# ## Exercise 8.4: what prefetch saves
#
# Write the formula: how long does an epoch of `steps` steps take, if a batch loads in
# `load` seconds and trains in `train`, without and with prefetch? With it, the first
# batch must be waited for, then the two run side by side, and the last training step
# runs alone. Try it on the naps above.


# %% tags=["exercise"]
def epoch_seconds(steps, load, train, prefetch):
    """Returns the seconds of one epoch."""
    ### BEGIN SOLUTION
    if prefetch:
        return load + (steps - 1) * max(load, train) + train
    return steps * (load + train)
    ### END SOLUTION


# %% tags=["check"]
check(
    epoch_seconds,
    cases=[
        (1, 2.0, 3.0, False),
        (1, 2.0, 3.0, True),
        (4, 1.0, 3.0, False),
        (4, 1.0, 3.0, True),
        (4, 3.0, 1.0, True),
        (20, 0.02, 0.02, True),
    ],
    reference=lambda n, a, b, p: a + (n - 1) * (max(a, b) if p else a + b) + b,
    mistakes=[
        (
            lambda n, a, b, p: n * max(a, b) if p else n * (a + b),
            "Nothing can run beside the first load, nor beside the last step.",
        ),
        (
            lambda n, a, b, p: n * (a + b),
            "With prefetch, loading and training overlap.",
        ),
        (
            lambda n, a, b, p: a + (n - 1) * min(a, b) + b if p else n * (a + b),
            "Who runs side by side waits for the slower one.",
        ),
        (
            lambda n, a, b, p: a + n * b if p else n * (a + b),
            "Right where training is the slower of the two. And if loading is?",
        ),
    ],
    hint="Draw two rows of blocks, one for loading, one for training.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[(7, 0.5, 0.25, True), (7, 0.25, 0.5, True), (3, 1.0, 1.5, False)],
    ### END HIDDEN TESTS
)

# %% [markdown]
# ## With and without
#
# Three trainings, alike in everything but the augmentation: the same pictures, the same
# weights at the start, the same recipe, the same number of epochs. First without.

# %%
few = flowers.split_sizes["train"] < 1000
epochs = 30 if few else 10
train, validation = batches("train", training=True), batches("validation")
histories, epoch_times = {}, {}


# %%
def fit(name, model, train):
    """Trains a model, and keeps its curves and its seconds per epoch."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(recipe(epochs * len(train)), loss, metrics=["accuracy"])
    timer = EpochTimer()
    histories[name] = model.fit(
        train,
        epochs=epochs,
        validation_data=validation,
        callbacks=[timer],
        shuffle=False,
    )
    epoch_times[name] = timer.seconds_per_epoch


# %% tags=["moves-0.4"]
keras.utils.set_random_seed(8)
without = flower_model()
fit("without", without, train)

# %% [markdown]
# The model knows its training pictures by heart, and is worth much less on others. Now
# the same with option 1. What do you expect of the training, what of the validation?

# %% tags=["moves-0.4"]
keras.utils.set_random_seed(8)
option_1 = flower_model(random_layers(seed=8))
fit("option 1", option_1, train)

# %% [markdown]
# And with option 2: the plain model, fed with batches that are augmented on the way. In
# one thread, so that each batch meets the same draw on every machine; lesson 9 shows
# what several threads do to that.

# %% tags=["moves-0.4"]
keras.utils.set_random_seed(8)
option_2 = flower_model()
views = random_layers(seed=8)
fit("option 2", option_2, batches("train", True, views, threads=None))

# %%
plot_history(histories)

# %%
last = {name: {k: v[-1] for k, v in h.history.items()} for name, h in histories.items()}
if flowers.source == "sample":
    by_heart = last["without"]
    assert by_heart["accuracy"] > max(0.9, by_heart["val_accuracy"] + 0.1)
    for name in ("option 1", "option 2"):
        assert last[name]["loss"] > by_heart["loss"] + 0.05
        assert last[name]["val_loss"] < 0.8 * by_heart["val_loss"]

# %% [markdown]
# On the left, overfitting as in a textbook: the training loss falls to nothing, while
# the validation loss turns round early and climbs. The model grows ever surer of wrong
# answers. With augmentation, training is harder and its loss stays higher; the
# validation loss no longer runs away. That gap is what augmentation is for.
#
# Be fair to the numbers: the validation set is small, so a few pictures decide between
# two accuracies, and another seed or processor gives others.
# `benchmarks/augmentation.py` repeats this with several seeds, on the test set, and
# with a second network that overfits less: it gains less.
#
# ## What the two options cost
#
# First the layers alone, in pictures per second. `Dataset.map` runs serially or in
# parallel; a compiled function stands for option 1, whose layers are part of the
# training step.


# %%
def pictures_per_second(batches, step=lambda images: images, passes=3):
    """Measures a few passes, after one that fills the cache."""
    for images, _ in batches:
        step(images)
    begin, count = time.perf_counter(), 0
    for _ in range(passes):
        for images, _ in batches:
            count += len(step(images))
    return count / (time.perf_counter() - begin)


# %% tags=["clock"]
views = random_layers(seed=8)
augment = tf.function(lambda images: views(images, training=True))
serial = train.map(lambda images, labels: (views(images, training=True), labels))
speeds = {
    "no augmentation": pictures_per_second(train),
    "compiled, as in option 1": pictures_per_second(train, augment),
    "Dataset.map, serial": pictures_per_second(serial),
    "Dataset.map, parallel": pictures_per_second(batches("train", True, views)),
}
for name, speed in speeds.items():
    print(f"{name:25} {speed:8,.0f} pictures per second")

# %% tags=["clock"]
for name, time_ in epoch_times.items():
    ratio = time_ / epoch_times["without"]
    print(f"{name:10} {1000 * time_:5.0f} ms per epoch, {ratio:.1f}x")

# %% [markdown]
# Augmentation is work, and handing out cached pictures is hardly any: on a quiet
# machine the first line is many times as fast as the others. Whether that matters is a
# question of who waits. On a graphics card, option 1 takes a small part of a step
# there, while option 2 leaves the card to the model and fills the processor's idle
# time. On a processor alone, both compete for the same cores, so neither is for
# nothing, and your own table decides.
#
# ## Why only the training set
#
# Validation is a measurement. Put random layers in front of it and you measure with a
# rubber ruler. Here is one model, asked three times about the validation set: as it is,
# then through random layers. How many different losses come out?

# %%
shaken = batches("validation", augmentation=random_layers(seed=9))
steady_losses = [option_1.evaluate(validation, verbose=0)[0] for _ in range(3)]
shaken_losses = [option_1.evaluate(shaken, verbose=0)[0] for _ in range(3)]
[len(set(np.round(losses, 4))) for losses in (steady_losses, shaken_losses)]

# %%
assert np.ptp(steady_losses) < 1e-5 < np.ptp(shaken_losses)

# %% [markdown]
# The model has not changed, but its score has, from one time to the next. And it is the
# score on pictures that nobody will ever send. Without the layers all three agree,
# although `option_1` holds random layers itself: `evaluate` switches them off.
#
# ## Exercise 8.5: who keeps calm?
#
# Change every validation picture a little. How often does a model change its mind?
# `changed` measures the share of pictures whose class is another one afterwards.
# Compare `without` and `option_1` for a mirrored picture and for one moved by five
# pixels: which is steadier, on average over these two, `"without"` or `"option_1"`?
# Then look at `upside_down`, which no layer of ours has ever shown. Expect that a model
# learns to ignore what it was shown to ignore, and no more.

# %%
photos, labels = next(iter(validation.unbatch().batch(1000)))
mirrored = photos[:, :, ::-1]
moved = tf.roll(photos, 5, axis=2)
upside_down = photos[:, ::-1]


def changed(model, new_photos):
    """Returns the share of pictures that get another class than before."""
    before, after = (model(x, training=False) for x in (photos, new_photos))
    return float(np.mean(ops.argmax(before, axis=1) != ops.argmax(after, axis=1)))


# %% tags=["exercise", "explore", "moves-0.25"]
### BEGIN SOLUTION
for name, new in (("mirror", mirrored), ("move", moved), ("flip", upside_down)):
    print(f"{name:6} {changed(without, new):.2f} {changed(option_1, new):.2f}")
steadier = min(
    ("without", "option_1"),
    key=lambda name: sum(changed(globals()[name], x) for x in (mirrored, moved)),
)
### END SOLUTION

# %% tags=["check"]
shares = [
    changed(model, mirrored) + changed(model, moved) for model in (without, option_1)
]
check_answer(
    steadier,
    expected="without" if shares[0] < shares[1] else "option_1",
    mistakes=[
        ("without", "Add up its two shares and compare."),
        ("both", "One sum is smaller than the other."),
        ("option_2", "The question is about `without` and `option_1`."),
        ("upside_down", "That is a picture. Which model changes its mind less?"),
    ],
    hint="Call `changed(without, mirrored)`, and so on: two models, two changes.",
)

# %% [markdown] tags=["solution"]
# The augmented model changes its mind less often about mirrored and moved flowers: that
# is what training asked of it. Upside down, nobody asked, so do not count on its calm
# there. An augmentation teaches the invariance that it shows, so choose those that your
# pictures really have.

# %% [markdown]
# ## Saved with the model, or not
#
# Save both models, load them again, and look what came back.


# %%
def saved_and_loaded(model):
    """Sends a model through a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flowers.keras"
        model.save(path)
        return keras.models.load_model(path)


loaded_1, loaded_2 = saved_and_loaded(option_1), saved_and_loaded(option_2)
for loaded in (loaded_1, loaded_2):
    print([layer.name.rstrip("_0123456789") for layer in loaded.layers][:3])

# %%
for loaded, model in ((loaded_1, option_1), (loaded_2, option_2)):
    answers = loaded(photos, training=False)
    np.testing.assert_allclose(answers, model(photos, training=False), atol=1e-4)
for loaded in (loaded_1, loaded_2):
    once, again = (loaded(photos, training=True) for _ in range(2))
    print("same in training:", np.allclose(once, again))

# %% [markdown]
# Both predict as before. The first still has its random layers: train it further, and
# it augments. The second gives the same answer twice even in training: what was done to
# its pictures is known to your pipeline alone. Keep that program beside the file.
#
# ## A layer of your own
#
# Negatives, why not: x becomes 1 − x. A layer that does so with probability `factor`
# needs four things. It uses the factor. It throws a coin for every picture. It listens
# to `training`. And it says in `get_config` what it takes to build it again. The
# version below has the first three wrong; the tutorial's has, too.


# %%
class ForgetfulInvert(layers.Layer):
    """Inverts pictures, sometimes. Find the bugs."""

    def __init__(self, factor=0.5):
        super().__init__()
        self.factor = factor

    def call(self, images):
        coin = keras.random.uniform(())
        return ops.where(coin < 0.5, 1 - images, images)


# %% [markdown]
# How would you notice? No error, and a grid of pictures looks fine. Count instead: of
# 400 black pixels, how many come out white, for a few factors? With a probability, two
# values need no statistics at all: 0 means none, and 1 means all.


# %%
def inverted_counts(layer_class):
    """Counts the inverted of 400 pictures for each of five factors."""
    keras.utils.set_random_seed(8)
    black = np.zeros((400, 1, 1, 1), "float32")
    factors = (0.0, 0.25, 0.5, 0.75, 1.0)
    return {factor: int(np.sum(layer_class(factor)(black))) for factor in factors}


inverted_counts(ForgetfulInvert)

# %% [markdown]
# All or nothing, and whatever the factor: one coin for the batch, compared with a
# number that somebody typed. `self.factor` is stored and never read.
#
# ## Exercise 8.6: mend it
#
# Write the core. `coins` holds one random number from 0 up to, but not including, 1 for
# every picture; a picture is inverted where its coin is below `factor`.


# %% tags=["exercise"]
def inverted(images, coins, factor):
    """Returns images (N, H, W, C), some inverted; `coins` has shape (N,)."""
    ### BEGIN SOLUTION
    heads = coins[:, None, None, None] < factor
    return np.where(heads, 1 - images, images)
    ### END SOLUTION


# %% tags=["check"]
check(
    inverted,
    cases=[
        (np.zeros((2, 1, 1, 1)), np.array([0.2, 0.7]), 0.5),
        (np.full((3, 1, 1, 1), 0.2), np.array([0.0, 0.4, 0.9]), 0.0),
        (np.full((3, 1, 1, 1), 0.2), np.array([0.0, 0.4, 0.9]), 1.0),
        (np.full((3, 2, 2, 3), 0.7), np.array([0.3, 0.6, 0.1]), 0.25),
    ],
    reference=lambda images, coins, factor: np.stack(
        [1 - x if coin < factor else x for x, coin in zip(images, coins, strict=True)]
    ),
    mistakes=[
        (
            lambda x, c, f: np.where(c[:, None, None, None] < 0.5, 1 - x, x),
            "The factor is ignored: that is the tutorial's bug.",
        ),
        (
            lambda x, c, f: 1 - x if c[0] < f else x,
            "One coin decides for the whole batch.",
        ),
        (
            lambda x, c, f: np.where(c[:, None, None, None] < f, 255 - x, x),
            "These images end at 1. Where would 255 − x lead?",
        ),
        (
            lambda x, c, f: np.where(c[:, None, None, None] > f, 1 - x, x),
            "With factor 1 nobody would be inverted.",
        ),
        (
            lambda x, c, f: np.where(c[:, None, None, None] <= f, 1 - x, x),
            "A coin can be exactly 0. With factor 0, who is inverted?",
        ),
    ],
    hint="Give `coins` three more axes, so that each meets its own picture.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[
        (np.random.default_rng(1).random((5, 2, 3, 3)), np.arange(5) / 5, 0.6),
        (np.full((1, 1, 1, 3), 0.9), np.array([0.95]), 0.96),
    ],
    ### END HIDDEN TESTS
)

# %% [markdown]
# ## As a subclass
#
# The whole layer. `SeedGenerator` holds the state of the coins as a variable, so that
# every call throws new ones, in a compiled step as well; a plain integer as `seed` of
# `uniform` would give the same coins in every call. The decorator registers the class
# under a name, by which a file finds it again.


# %%
@keras.saving.register_keras_serializable(package="lesson_8")
class Invert(layers.Layer):
    """Inverts each picture with probability `factor`."""

    def __init__(self, factor=0.5, seed=None, **options):
        super().__init__(**options)
        self.factor, self.seed = factor, seed
        self.coins = keras.random.SeedGenerator(seed)

    def call(self, images, training=True):
        if not training:
            return images
        shape = (ops.shape(images)[0], 1, 1, 1)
        heads = keras.random.uniform(shape, seed=self.coins) < self.factor
        return ops.where(heads, 1 - images, images)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor, "seed": self.seed}


# %%
inverted_counts(Invert)

# %% [markdown]
# None, a quarter, a half, three quarters, all: about what the factors promise, and
# exactly at both ends. `RandomInvert` in `utils.augmentation` is the same layer, with
# its arguments checked; with one seed they throw the same coins.

# %%
theirs = RandomInvert(factor=0.25, seed=8)
np.testing.assert_array_equal(Invert(0.25, seed=8)(copies), theirs(copies))
rebuilt = RandomInvert.from_config(theirs.get_config())
rebuilt.factor, rebuilt.seed

# %%
photo_input = keras.Input((64, 64, 3))
inverting = keras.Model(photo_input, Invert(0.25, seed=8)(photo_input))
loaded = saved_and_loaded(inverting)
np.testing.assert_array_equal(
    loaded(photos, training=True), inverting(photos, training=True)
)
np.testing.assert_array_equal(loaded(photos, training=False), photos)

# %% [markdown]
# Saved, loaded, and on its way with the same coins; in inference it does nothing.
#
# ## As a Lambda
#
# `Lambda` makes a layer of a function. It takes a few lines less, and a few things
# more on trust: the state of the coins lives outside the model and is not saved
# with it. The factor goes into `arguments`, and the function is registered as the class
# was.

# %%
coins = keras.random.SeedGenerator(8)


@keras.saving.register_keras_serializable(package="lesson_8")
def invert_some(images, factor, training=True):
    """Inverts each picture with probability `factor`."""
    if not training:
        return images
    shape = (ops.shape(images)[0], 1, 1, 1)
    heads = keras.random.uniform(shape, seed=coins) < factor
    return ops.where(heads, 1 - images, images)


# %%
as_lambda = layers.Lambda(invert_some, arguments={"factor": 0.25})
np.testing.assert_array_equal(
    as_lambda(copies, training=True), Invert(0.25, seed=8)(copies, training=True)
)
lambda_model = keras.Model(photo_input, as_lambda(photo_input))
np.testing.assert_array_equal(lambda_model(photos, training=False), photos)
len(inverting.variables), len(lambda_model.variables)

# %% [markdown]
# The same coins, the same pictures, off in inference. The last line shows the
# difference: the subclass owns the state of its coins, the Lambda owns nothing. Loaded
# elsewhere, it needs your function registered under that name.
#
# A Python `lambda` has no name to be found by. Keras stores its bytecode, which would
# have to run when the file is loaded. A model file from a stranger could then do
# anything to your machine, so loading refuses.

# %%
negative = keras.Model(photo_input, layers.Lambda(lambda x: 1 - x)(photo_input))
try:
    saved_and_loaded(negative)
except ValueError as error:
    print(type(error).__name__, "...", "safe_mode=False" in str(error))

# %%
reloaded = saved_and_loaded(lambda_model)
np.testing.assert_array_equal(reloaded(photos, training=False), photos)

# %% [markdown]
# The message names the way round, `load_model(path, safe_mode=False)`. Take it only for
# files of your own. The registered function needs no such thing, and a subclass is the
# better choice as soon as a layer holds anything.
#
# ## Export with the preprocessing inside
#
# Whoever uses your model has a photograph of any size, as bytes. Everything between
# that and an answer belongs into the model: resizing, both rescalings, the softmax. (To
# floats first: of bytes, `Resizing` makes whole numbers again.) The random layers are
# told that this is no training, which holds until a call says `training=True`; why, you
# will see in a moment.

# %%
file_bytes = keras.Input((None, None, 3), dtype="uint8")
x = layers.Resizing(64, 64)(layers.Rescaling(1 / 255)(file_bytes))
calm = option_1(x, training=False)
final = keras.Model(file_bytes, layers.Softmax()(calm))
final = saved_and_loaded(final)

# %%
[(image, _)] = load_flowers("validation", image_size=(240, 300)).take(1)
photograph = tf.cast(tf.round(255 * image), tf.uint8)
chances = final.predict(photograph[None], verbose=0)[0]
by_hand = option_1(resize(photograph[None] / 255), training=False)
np.testing.assert_allclose(chances, ops.softmax(by_hand)[0], atol=1e-4)

# %% tags=["exact"]
photograph.shape, photograph.dtype.name, chances.shape, round(float(chances.sum()), 4)

# %% [markdown]
# Bytes of 240×300 go in, one probability a class comes out, from a file, and together
# they are one. No caller can forget a step or take it twice. How far to believe the
# largest of them, the test set below tells: a softmax is no promise.
#
# For a server that has TensorFlow and no Keras, `export` writes a *SavedModel*, a graph
# without Python, in which even `Invert` needs no class. Ask it twice, and ask the same
# of a model that was not told `training=False`.


# %%
def served(model):
    """Exports a model, and asks the server twice about one photograph."""
    with tempfile.TemporaryDirectory() as folder:
        model.export(folder, verbose=False)
        server = tf.saved_model.load(folder)
        return [server.serve(photograph[None])[0].numpy() for _ in range(2)]


careless = keras.Model(file_bytes, layers.Softmax()(option_1(x)))
once, again = served(final)
dice, other_dice = served(careless)

# %%
np.testing.assert_allclose(once, chances, atol=1e-4)
np.testing.assert_array_equal(once, again)
np.array_equal(dice, other_dice)

# %% [markdown]
# The careless one gives the same photograph two answers: `export` calls the model as a
# function, without `training`, and writes the dice into the graph. With Keras' own
# `predict` you would never have noticed. Before you hand a model over, ask it twice.
#
# ## The test set, once
#
# Nothing was chosen on these pictures. One loss per model, which also notices how sure
# a wrong answer was, and beside it the accuracy.

# %% tags=["moves-0.5"]
test = batches("test")
models = {"without": without, "option 1": option_1, "option 2": option_2}
tested = {name: model.evaluate(test, verbose=0) for name, model in models.items()}
for name, (loss, accuracy) in tested.items():
    print(f"{name:10} loss {loss:.2f}  accuracy {accuracy:.2f}")

# %%
if flowers.source == "sample":
    higher = max(tested["option 1"][0], tested["option 2"][0])
    assert higher < 0.8 * tested["without"][0]

# %% [markdown]
# Read the losses first: without augmentation the loss is far above the other two.
# Which of these two is lower is a matter of luck. So are accuracies of so few pictures:
# they are made of single flowers, and with one seed they may as well lie close
# together. The benchmark's several seeds tell how much of a gain is luck. And no trick
# makes a small set large. Lesson 6 has the other remedy, an encoder that has seen
# thousands of pictures before.

# %% tags=["headline", "moves-0.5"]
"test loss: " + " · ".join(f"{name} {loss:.2f}" for name, (loss, _) in tested.items())

# %% [markdown]
# ## What you learned
#
# - Rescaling is two equations, and the wrong one runs without a word.
# - Random layers draw for every picture; `RandomCrop` draws once a call. Called without
#   `training`, they are on.
# - Inside the model: saved with it, on its device. In `Dataset.map`: on the processor,
#   beside it, not saved, and never before `cache`.
# - Two epochs that differ, two predictions that agree, a count for every factor: three
#   small tests find the bugs that no error reports.
# - Export with the preprocessing inside and `training=False` written down.
# - Augmentation pays where a model overfits. Only the training set gets it.
#
# Next: lesson 9 does the same by hand with `tf.image`, with seeds that repeat in any
# order of execution.
#
# ## References
#
# - LeCun, Bottou, Bengio and Haffner (1998), "Gradient-based learning applied to
#   document recognition", doi:10.1109/5.726791.
# - Shorten and Khoshgoftaar (2019), "A survey on image data augmentation for deep
#   learning", doi:10.1186/s40537-019-0197-0.
# - TensorFlow, "Data augmentation",
#   <https://www.tensorflow.org/tutorials/images/data_augmentation>.
