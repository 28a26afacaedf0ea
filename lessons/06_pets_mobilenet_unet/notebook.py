# %% [markdown]
# # 6. Segment a photograph with a pretrained encoder
#
# You will take a network that already knows what animals look like, put a decoder
# behind it, and teach the pair to tell for every pixel of a picture whether it is pet,
# background or border.

# %%
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from utils import models
from utils.augmentation import random_views
from utils.checks import check
from utils.datasets import PET_CLASSES, load_pets, pets_info
from utils.masks import create_mask
from utils.metrics import (
    ConfusionScore,
    confusion_matrix,
    dataset_confusion,
    iou_per_class,
    mean_iou,
    pixel_accuracy,
)
from utils.models import mobilenet_v2_encoder, unfreeze_encoder, upsample
from utils.plotting import (
    ShowPrediction,
    display,
    plot_architecture,
    plot_history,
    show_feature_maps,
    show_predictions,
)

# %% [markdown]
# ## A picture and its trimap
#
# The pictures follow the Oxford-IIIT Pet data set (Parkhi et al. 2012,
# doi:10.1109/CVPR.2012.6248092): one cat or dog each, and a *trimap*, a mask with
# three classes. The line below says which source you have: the embedded sample, the
# full data set, or a folder of your own. The numbers differ, and what the text says of
# them is said of the sample.

# %%
pets = pets_info()
print(pets)

# %%
image, mask = next(iter(load_pets("train")))
image.shape, image.dtype, mask.shape, mask.dtype

# %% [markdown]
# An image is an array of rows, columns and three colour channels, with values in
# [0, 1]. Its mask has the same rows and columns and holds one class id per pixel,
# stored in a single byte. Before you run the next cell, guess how wide the border is.

# %%
display(image, mask, class_names=PET_CLASSES)

# %% [markdown]
# The border is a band along the outline, with all the fur and whiskers for which nobody
# could say on which side of it a pixel lies. (Rendered masks have specks of it inside
# the animal, too, such as eyes.)
#
# The files store the ids 1, 2 and 3; the course subtracts one. Which is which? The
# README of the data set says "1: Foreground 2:Background 3: Not classified".
# TensorFlow's segmentation tutorial, from which many learn this task, takes 2 for the
# pixels "bordering the pet". The pictures can settle it: an animal rarely fills a
# corner. Which id lives in the four corners of all training masks?

# %%
masks = np.stack([mask for _, mask in load_pets("train")])
corners = masks[:, [0, 0, -1, -1], [0, -1, 0, -1]]
counts = np.bincount(corners.ravel(), minlength=3)
dict(zip(PET_CLASSES, counts.tolist(), strict=True))

# %% [markdown]
# Nearly all corners hold the id 1, which is a 2 in the file. So 2 is the background,
# and the README is right. A model would train as happily with two names swapped, and
# every sentence about its "border" would be about the background. Look at a mask
# before you trust a caption.
#
# How many of all pixels belong to each class?

# %%
shares = np.bincount(masks.ravel(), minlength=3) / masks.size
dict(zip(PET_CLASSES, shares.round(2).tolist(), strict=True))

# %% [markdown]
# ## Exercise 6.1: the laziest model
#
# Ten pixels: three are pet, six are background, one is border. A model answers
# "background" ten times and is right for six: its pixel accuracy is 0.6. The
# intersection over union (IoU) of a class is the number of pixels that belong to it
# in truth *and* in the prediction, divided by the number that belong to it in truth
# *or* in the prediction. Predict all three, and their mean.

# %% tags=["exercise"]
### BEGIN SOLUTION
lazy_iou = {"pet": 0.0, "background": 0.6, "border": 0.0, "mean": 0.2}
### END SOLUTION

# %% tags=["check"]
lazy = confusion_matrix([0] * 3 + [1] * 6 + [2], [1] * 10, num_classes=3)
check_answer(
    lazy_iou,
    expected=dict(zip(PET_CLASSES, iou_per_class(lazy), strict=True))
    | {"mean": mean_iou(lazy)},
    mistakes=[
        (
            {"pet": 0.0, "background": 1.0, "border": 0.0, "mean": 1 / 3},
            "All six were found, but four others were called background as well.",
        ),
        (
            {"pet": 0.3, "background": 0.6, "border": 0.1, "mean": 1 / 3},
            "These are shares of the truth. How many pet pixels are in both masks?",
        ),
        (
            {"pet": 0.0, "background": 0.6, "border": 0.0, "mean": 0.6},
            "The mean is over all three classes: those never found count, too.",
        ),
    ],
    tolerance=0.005,
    hint="Take one class at a time: count the pixels in both, then those in either.",
)

# %% [markdown]
# ## Three sets, three jobs
#
# The training set teaches. The validation set, a fifth of the training pictures chosen
# by their names, serves every decision: how many epochs, which decoder. The test set
# is opened once, at the very end. Whoever chooses a model on the test set has used it
# up: its score no longer tells how the model does on a picture nobody has seen.

# %%
pets.split_sizes

# %% [markdown]
# More pictures for nothing: a cat in a mirror is still a cat. Image and mask have to
# turn *together*, so one layer gets both in one call. It wants a channel axis on the
# masks and returns them as floats; the function takes both back. Lesson 10 shows what
# happens to those who flip the two separately.

# %%
flip = keras.layers.RandomFlip("horizontal", seed=6)


def random_flips(images, masks):
    """Mirrors about half of the pairs of a batch."""
    pairs = flip({"images": images, "segmentation_masks": masks[..., None]})
    return pairs["images"], tf.cast(pairs["segmentation_masks"][..., 0], masks.dtype)


# %% [markdown]
# Try it on one batch. `random_views` in `utils.augmentation` does the same, and with
# `zoom` it magnifies as well. From the same seed both have to flip the same pictures.

# %%
images, masks = next(iter(load_pets("train").batch(4)))
ours = random_flips(images, masks)
theirs = random_views(seed=6, zoom=0)(images, masks)
np.testing.assert_array_equal(ours[0], theirs[0])
np.testing.assert_array_equal(ours[1], theirs[1])

# %% [markdown]
# Now the pipeline. `cache` decodes each file once and keeps the result, `shuffle` gives
# every epoch another order, `batch` stacks four pictures, and `prefetch` prepares the
# next batch while the model works on this one. Only training pictures are shuffled and
# flipped: validation asks the same questions every time. Photographs, which are trained
# longer, are magnified, too.


# %%
photographs = pets.source != "sample"
views = random_views(seed=6, zoom=0.25 if photographs else 0)


def batches(split, training=False, size=4):
    """Returns batches (images, masks) of one split, ready for a model."""
    dataset = load_pets(split).cache()
    if training:
        dataset = dataset.shuffle(pets.split_sizes[split], seed=6)
    dataset = dataset.batch(size)
    return (dataset.map(views) if training else dataset).prefetch(2)


train, validation = batches("train", training=True), batches("validation", size=16)
train.element_spec

# %% [markdown]
# ## A network that has seen animals before
#
# A few hundred pictures are too few to learn what fur, ears and paws look like, so
# borrow. MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381) is a classifier of whole
# pictures; on the way, its layers turn a picture into ever smaller and more meaningful
# feature maps. Keep five of them and drop the classifier. (The course's own weights
# have learned from rendered pictures, first names, then masks as well; those of
# ImageNet from names alone.) Each stage halves height and width. Predict the five sizes
# for 128×128 pixels, then look.

# %% tags=["given"]
encoder = mobilenet_v2_encoder()
[feature_map.shape[1:] for feature_map in encoder.outputs]

# %% [markdown]
# The first four are the *skip connections*. They still know where things are: the
# largest has a cell for every two by two pixels. The last is the *bottleneck*: sixteen
# cells for the whole picture, each with more than a hundred channels that say what is
# there. The decoder needs both, the what from below and the where from the side.
#
# The encoder stays *frozen*: training leaves its weights alone. That saves time, and
# it keeps your few pictures from overwriting what thousands have taught.

# %%
encoder.trainable = False
len(encoder.trainable_variables), len(encoder.variables), encoder.count_params()

# %% [markdown]
# None of its variables is left to train. What does it see? Each panel below is the mean
# over the channels of one of the five maps, bright where the channels are large. Guess
# from which size on you no longer recognise the animal.

# %%
show_feature_maps(image, [maps[0] for maps in encoder(image[None])])

# %% [markdown]
# Outlines first, blobs of meaning last. No map alone is enough for a mask: the sharp
# ones do not know what they show, and those that know are coarse.

# %% [markdown]
# ## One block up
#
# The decoder climbs from 4×4 back to 128×128. Its step is the up-sampling block of
# pix2pix (Isola et al. 2017, arXiv:1611.07004), and its first layer is a transposed
# convolution with stride 2: every cell of the input writes a small patch of the
# output, neighbours two cells apart. Here is a stand-in for one picture's bottleneck.

# %%
keras.utils.set_random_seed(6)
bottleneck = keras.random.normal((1, 4, 4, 112))
transposed = keras.layers.Conv2DTranspose(
    512, kernel_size=3, strides=2, padding="same", use_bias=False
)
doubled = transposed(bottleneck)
doubled.shape, transposed.count_params()

# %% [markdown]
# Height and width have doubled. Each of the 512 output channels owns a 3×3 kernel for
# each of the 112 input channels: 3·3·112·512 weights in one layer, more than the whole
# encoder has.
#
# Two layers follow. Batch normalisation brings each channel to mean 0 and variance 1
# (and would subtract a bias again, so the convolution has none). ReLU then sets
# everything negative to zero. What share of the numbers will be left?

# %%
normalised = keras.layers.BatchNormalization()(doubled, training=True)
by_hand = keras.layers.ReLU()(normalised)
round(float(np.mean(by_hand > 0)), 2)

# %% [markdown]
# About half: numbers around zero are as often positive as negative. That is the whole
# block. `upsample` from `utils.models` makes the same three layers; with the same
# kernel it has to give the same numbers. One detail it adds: predictions use moving
# averages of mean and variance, and with Keras' default momentum those need hundreds
# of steps to forget their start. A short training needs 0.9.

# %%
block = upsample(filters=512, size=3)
block.build(bottleneck.shape)
block.layers[0].set_weights(transposed.get_weights())
np.testing.assert_allclose(block(bottleneck, training=True), by_hand, atol=1e-5)

# %% [markdown]
# ## Exercise 6.2: what the second join holds
#
# After a block, the skip of the same size is *concatenated*: laid behind the block's
# output, channel after channel. The first block makes 8×8×512, its skip has 8×8×192,
# so the join is 8×8×704. The second block has 256 filters. Predict the shape after
# the second join: (height, width, channels). The list of the five sizes helps.

# %% tags=["exercise"]
### BEGIN SOLUTION
second_join = (16, 16, 256 + 96)
### END SOLUTION

# %% tags=["check"]
check_answer(
    second_join,
    expected=(16, 16, 256 + encoder.outputs[2].shape[-1]),
    mistakes=[
        ((16, 16, 256), "The block makes 256. Which skip is laid behind it?"),
        ((16, 16, 704 + 96), "A block's filters replace the channels it was given."),
        ((8, 8, 352), "The channels are right. The block doubles height and width."),
        ((16, 16, 256 + 48), "The skip at 16×16 is the third of the five."),
    ],
    hint="Double 8×8, then add the block's filters and the channels of the 16×16 skip.",
)

# %% [markdown]
# ## The model in four parts
#
# A U-Net (Ronneberger, Fischer and Brox 2015, arXiv:1505.04597) is now a short story:
# the inputs; the way down, which yields the skips, and the way up, which joins them;
# one last transposed convolution from 64×64 to 128×128 with one channel per class;
# and the model. Every layer is created inside the function. TensorFlow's tutorial
# keeps encoder and blocks outside, so that a second call shares them with the first.


# %%
def unet_model(output_channels):
    """Builds a U-Net for pictures of 128×128 pixels."""
    images = keras.Input((128, 128, 3))  # 1. the inputs

    encoder = mobilenet_v2_encoder()  # 2. down, and up with skips
    encoder.trainable = False
    *skips, x = encoder(images)
    for filters, skip in zip((512, 256, 128, 64), skips[::-1], strict=True):
        x = keras.layers.Concatenate()([upsample(filters, size=3)(x), skip])

    logits = keras.layers.Conv2DTranspose(  # 3. the last doubling
        output_channels, 3, strides=2, padding="same"
    )(x)
    return keras.Model(images, logits)  # 4. the model


# %%
keras.utils.set_random_seed(6)
ours, pix2pix = unet_model(3), models.unet_model(3)
assert [v.shape for v in ours.variables] == [v.shape for v in pix2pix.variables]
ours.output_shape, ours.count_params()

# %% [markdown]
# Yours and the one in `utils.models` agree in the shape of every variable, so from
# here on the course's function is used: it can do the same with other decoders. In its
# graph the encoder is one box with five outputs. Follow the skips: each goes past the
# blocks below it, straight to the join of its own size.

# %% tags=["drawing"]
plot_architecture(pix2pix)

# %% [markdown]
# ## Three numbers for every pixel
#
# The model returns *logits*: one number per class, of any size. The softmax of a pixel
# turns its logits z into probabilities, exp(z) divided by the sum of all exp(z). The
# loss of the pixel is minus the logarithm of the probability of its true class: near 0
# if the model was sure and right, large if it was sure and wrong.

# %%
pixel_logits, true_class = np.array([2.0, 1.0, 0.0]), 0
probabilities = np.exp(pixel_logits) / np.exp(pixel_logits).sum()
loss_by_hand = -np.log(probabilities[true_class])
probabilities.round(2), round(float(loss_by_hand), 2)

# %% [markdown]
# The same from Keras. *Sparse* means that the truth is a class id, not a one-hot
# vector; `from_logits=True` that the softmax happens inside the loss, where a large
# logit cannot overflow the exponential. The loss of a picture is the mean over its
# pixels.

# %%
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
np.testing.assert_allclose(
    cross_entropy(np.array([true_class]), pixel_logits[None]), loss_by_hand, rtol=1e-6
)

# %% [markdown]
# ## Exercise 6.3: from logits to a mask
#
# Write the step from three numbers per pixel to one class id per pixel. A softmax is
# not needed: it never changes which of the numbers is the largest. The same function
# should serve one picture (H, W, K) and a batch (N, H, W, K).


# %% tags=["exercise"]
def mask_of(logits):
    """Returns the id of the largest logit of every pixel, one per pixel."""
    ### BEGIN SOLUTION
    return np.argmax(logits, axis=-1)
    ### END SOLUTION


# %% tags=["check"]
random_logits = np.random.default_rng(6).normal(size=(2, 3, 4, 3)).round(1)
check(
    mask_of,
    cases=[
        np.array([[[0.0, 2.0, 1.0]]]),
        np.array([[[3.0, 1.0, 2.0], [-3.0, -2.0, -1.0]]]),
        random_logits[0],
        random_logits,
        random_logits.reshape(3, 6, 4),
    ],
    reference=create_mask,
    mistakes=[
        (lambda x: np.argmax(x, axis=0), "Axis 0 holds rows. Where are the classes?"),
        (lambda x: np.argmax(x), "Without `axis` there is one answer for everything."),
        (lambda x: np.max(x, axis=-1), "That is the largest logit, not its position."),
        (lambda x: np.argmax(x, axis=-1) + 1, "The files count from 1, we from 0."),
        (lambda x: np.argmax(x, axis=2), "Right for one picture. In a batch, axis 2?"),
    ],
    hint="`np.argmax` gives positions, and the classes are on the last axis.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[
        np.random.default_rng(7).normal(size=(5, 2, 4)),
        np.random.default_rng(8).normal(size=(3, 6, 5, 2)),
    ],
    ### END HIDDEN TESTS
)

# %% [markdown]
# ## Before training
#
# What does a decoder answer that has never seen a mask? Follow one picture of the
# validation set through the lesson, and look at its predicted mask now.

# %%
followed_image, followed_mask = next(iter(load_pets("validation")))
logits = pix2pix(followed_image[None])
display(followed_image, followed_mask, create_mask(logits)[0], PET_CLASSES)

# %% [markdown]
# Confetti, and yet not without structure: look for the animal's outline in it, above
# all in the error map. The encoder already tells fur from floor, even through a decoder
# of random numbers. What the decoder has to learn is which is which.
#
# ## A recipe and a first training
#
# The optimizer is Adam (Kingma and Ba 2015, arXiv:1412.6980). Its learning rate warms
# up during the first tenth of the steps, because the first gradients point anywhere,
# then falls to zero along a cosine (Loshchilov and Hutter 2017, arXiv:1608.03983),
# because a model that is nearly right needs ever smaller corrections. Take the recipe
# on trust; a later section measures it.


# %%
def recipe(steps, peak=3e-3):
    """Returns Adam with a warm-up to `peak` and a cosine decay to zero."""
    warm_up = steps // 10
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm_up, warmup_target=peak, warmup_steps=warm_up
    )
    return keras.optimizers.Adam(schedule)


# %% [markdown]
# Beside the loss, follow mean IoU, for accuracy is soon content. The rendered sample is
# learned in a few epochs, photographs take more. An *epoch* is one pass over all
# training pictures.

# %%
epochs = 18 if photographs else 3
steps = epochs * len(train)
pix2pix.compile(recipe(steps), cross_entropy, metrics=[ConfusionScore("mean_iou", 3)])

# %% [markdown]
# One more thing before you press the key: `ShowPrediction` draws the mask of the
# followed picture after every epoch. What will appear first: ears, tail, body, border?

# %% tags=["moves-0.05"]
follow = ShowPrediction(followed_image, followed_mask, PET_CLASSES)
history = pix2pix.fit(
    train,
    epochs=epochs,
    validation_data=validation,
    callbacks=[follow],
    shuffle=False,
)

# %%
plot_history(history)

# %% [markdown]
# Read the curves in pairs. Both still improve: train longer. Training improves while
# validation turns back: the model learns its pictures by heart (*overfitting*). Both
# flat: this network has given what it can. That the training curve may lie below the
# other is no mistake: it is measured while the epoch still learns.

# %%
show_predictions(pix2pix, validation, count=3, class_names=PET_CLASSES)

# %% [markdown]
# Compare the first row with the confetti, then look at the error maps: where is most of
# what is wrong? A row of numbers should say the same. Count over all pixels of the
# validation set, not picture by picture, so that a large cat counts more than a small
# one.


# %%
def show_table(runs):
    """Prints one line per run: pixel accuracy, mean IoU, IoU of each class."""
    print(f"{'':26} accuracy  mean IoU       pet  background    border")
    for name, confusion in runs.items():
        scores = pixel_accuracy(confusion), mean_iou(confusion)
        pet, background, border = iou_per_class(confusion)
        print(
            f"{name:26} {scores[0]:8.2f} {scores[1]:9.2f} "
            f"{pet:9.2f} {background:11.2f} {border:9.2f}"
        )


# %% tags=["moves-0.05"]
results = {"pix2pix": dataset_confusion(pix2pix, validation, num_classes=3)}
show_table(results)

# %%
assert mean_iou(results["pix2pix"]) > 0.6 or photographs

# %% [markdown]
# Accuracy looks content, because most pixels lie far from any outline. The last column
# shows what it hides: the border. It is thin, so a band that lies one pixel off loses
# much of its intersection. And it is rare, so the loss, a mean over all pixels, hardly
# feels it.
#
# ## Exercise 6.4: a weight for every pixel
#
# A mean may be weighted: give the border weight 2 and each of its pixels counts twice.
# Write the function that puts the weight of its class in the place of each class id.


# %% tags=["exercise"]
def pixel_weights(mask, class_weights):
    """Returns `class_weights[k]` wherever `mask` is k, in the shape of `mask`."""
    ### BEGIN SOLUTION
    return np.asarray(class_weights)[mask]
    ### END SOLUTION


# %% tags=["check"]
def overwritten(mask, class_weights):
    """Takes weights that stand already for ids."""
    weights = mask.astype(float)
    for number, weight in enumerate(class_weights):
        weights[weights == number] = weight
    return weights


check(
    pixel_weights,
    cases=[
        (np.array([[0, 2]]), [1.0, 1.0, 2.0]),
        (np.array([[0, 1], [1, 2]]), [0.5, 1.0, 3.0]),
        (np.array([[2, 2, 1], [0, 2, 1]]), [4.0, 0.0, 2.0]),
        (np.array([[0, 1, 2], [2, 0, 1]]), [1.0, 2.0, 0.0]),
        (np.array([[[1, 0], [3, 2]]]), [0.25, 0.5, 1.0, 8.0]),
    ],
    reference=lambda mask, class_weights: np.array(class_weights)[mask],
    mistakes=[
        (lambda m, w: m * w[2], "Class 0 would weigh nothing: look weights up by id."),
        (lambda m, w: np.array(w), "One weight per pixel: the result is like `mask`."),
        (
            lambda m, w: np.array(w)[m] / np.mean(np.array(w)[m]),
            "Do not rescale them to mean 1: Keras does not, either.",
        ),
        (overwritten, "A weight of 2 is taken for id 2 later. Fill another array."),
    ],
    hint="An array may be indexed with an array of ids: `values[ids]`.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[
        (np.array([[[4, 0], [3, 2]], [[0, 1], [1, 4]]]), [3.0, 0.5, 1.0, 2.0, 7.0]),
        (np.zeros((3, 2), np.uint8), [5.0]),
    ],
    ### END HIDDEN TESTS
)

# %% [markdown]
# ## Class weights, and a silent trap
#
# Keras takes the weights by class: `fit(…, class_weight={2: 2.0})`. It is often said
# that this fails for masks from `tf.data`. It works, on one condition. Take one
# picture of 2×2 pixels, a model of one 1×1 convolution, and a learning rate of zero,
# so that every `fit` reports the loss of the same model.

# %%
keras.utils.set_random_seed(6)
tiny = keras.Sequential([keras.Input((2, 2, 3)), keras.layers.Conv2D(3, 1)])
tiny_image, tiny_mask = image[:2, :2][None], np.array([[[0, 1], [1, 2]]])


def tiny_loss(*data, **options):
    """Reports the loss of one step that changes nothing."""
    tiny.compile(keras.optimizers.SGD(0.0), cross_entropy)
    dataset = tf.data.Dataset.from_tensors((tiny_image, *data))
    return tiny.fit(dataset, shuffle=False, verbose=0, **options).history["loss"][0]


# %% tags=["exact"]
weights = np.array([1.0, 1.0, 2.0])[tiny_mask]
per_pixel = tiny_loss(tiny_mask, weights)
per_class = tiny_loss(tiny_mask[..., None], class_weight={2: 2.0})
no_channel = tiny_loss(tiny_mask, class_weight={2: 2.0})
print(f"{per_pixel:.3f} per pixel, {per_class:.3f} per class, {no_channel:.3f} ?")

# %%
np.testing.assert_allclose(per_class, per_pixel, rtol=1e-6)

# %% [markdown]
# The first two agree; the third is the surprise. Without a channel axis on the mask,
# Keras takes its last axis, the columns of the picture, for a one-hot vector. It
# weights the wrong pixels and says nothing. So for `class_weight` a mask needs the
# shape (N, H, W, 1); or hand over the weights yourself, as in the first call.
#
# ## Exercise 6.5: the price of a bolder border
#
# A class weight makes a model call more pixels "border". Another lever does so without
# training: add a bonus to the border's logit. Of the true border pixels, *recall* is
# the share that was found; of the pixels called border, *precision* is the share that
# is one. Try `border_scores` with bonuses from −2 to 2. As the bonus grows, where do
# recall and precision go, "up" or "down"? Expect no free lunch.

# %%
validation_logits = [pix2pix.predict_on_batch(images) for images, _ in validation]
validation_masks = np.concatenate([masks for _, masks in validation])


def border_scores(bonus):
    """Returns recall, precision and IoU of the border, in per cent."""
    logits = np.concatenate(validation_logits) + [0, 0, bonus]
    called, true = create_mask(logits) == 2, validation_masks == 2
    hits = (called & true).sum()
    return [round(100 * hits / n.sum()) for n in (true, called, called | true)]


# %% tags=["exercise", "explore", "moves-4"]
### BEGIN SOLUTION
for bonus in (-2, -1, 0, 1, 2):
    print(bonus, border_scores(bonus))
recall_goes = "up"
precision_goes = "down"
### END SOLUTION

# %% tags=["check"]
low, high = border_scores(-2), border_scores(2)
check_answer(
    (recall_goes, precision_goes),
    expected=tuple("up" if high[n] > low[n] else "down" for n in (0, 1)),
    mistakes=[
        (("up", "up"), "More pixels are called border. Are all of them?"),
        (("down", "down"), "A larger logit wins more often: are fewer found?"),
        (("down", "up"), "That is what a negative bonus does."),
    ],
    hint="Compare `border_scores(-2)` with `border_scores(2)`.",
)

# %% [markdown] tags=["solution"]
# Recall rises and precision falls with every step. IoU, which punishes both kinds of
# error, rises at first, then levels off or falls. A class weight of w pulls the same
# lever as a bonus of log w: it decides which errors you prefer and removes none.

# %% [markdown]
# ## A lighter decoder
#
# Most weights of the pix2pix decoder sit in 3×3 kernels between hundreds of channels at
# 8×8 and 16×16, where no outline can be drawn; and with stride 2 such kernels overlap
# unevenly. The light decoder doubles with 2×2 kernels that do not overlap and has fewer
# filters. After each join it adds what the other lacks, a 3×3 convolution at the new
# size. That one is *separable*: a 1×1 convolution mixes all channels into few, then a
# 3×3 kernel per channel looks at the neighbours (Chollet 2017, arXiv:1610.02357).

# %%
keras.utils.set_random_seed(6)
light = models.unet_model(3, decoder="light")
pix2pix.count_params(), light.count_params()

# %% [markdown]
# A sixth of the weights and the same encoder. The recipe is the same with a higher
# peak, which so small a decoder bears. An epoch takes little more than half the time,
# so on the sample there are more of them in about the same time. (On photographs both
# have enough.) One look at the validation set will do, at the end. Will the small one
# lose a little, or a lot?

# %% tags=["moves-0.05"]
light_epochs = 20 if photographs else 5
light.compile(recipe(light_epochs * len(train), peak=8e-3), cross_entropy)
light.fit(train, epochs=light_epochs, shuffle=False)
results["light"] = dataset_confusion(light, validation, num_classes=3)

# %% tags=["moves-0.05"]
show_table(results)

# %%
light_iou, pix2pix_iou = map(iou_per_class, (results["light"], results["pix2pix"]))
assert light_iou.mean() > pix2pix_iou.mean() - 0.02 or photographs
assert light_iou[2] > pix2pix_iou[2] or photographs

# %% [markdown]
# The small one does not fall behind, and where it counts, on the border, it wins. (A
# comparison of decoders alone would give both the same epochs and the same peak.) A
# decoder needs its effort where outlines are drawn, at the large sizes, not where its
# feature maps have the most channels. How many weights is one question; where they are
# is the better one.
#
# ## What is each choice worth?
#
# You took much on trust. Measure it now, in miniature: a few pictures, of which only
# every second row and column, and three epochs. Such a run does not predict the final
# score, but it shows which effects are large.
#
# One trick makes it quick. A frozen encoder says the same about the same picture in
# every epoch, so let it speak once, keep its five feature maps, and train the decoder
# alone. (That forgoes the mirror: a mirrored picture has other feature maps.)

# %%
keras.utils.set_random_seed(6)
small_encoder = mobilenet_v2_encoder((64, 64))
maps = [keras.Input(output.shape[1:]) for output in small_encoder.outputs]
decoder = keras.Model(maps, models.light_decoder(maps, output_channels=3))


def kept(split, change=lambda images: images):
    """Returns feature maps and masks of the first pictures of one split."""
    images, masks = next(iter(load_pets(split).batch(96)))
    return small_encoder(change(images[:, ::2, ::2])), masks[:, ::2, ::2].numpy()


features, masks = kept("train")
[feature_map.shape for feature_map in features]

# %% [markdown]
# A fair comparison changes one thing and starts all runs from the same numbers, in the
# weights and in the optimizer, with the pictures in the same order. Keep those numbers.

# %%
decoder.compile(recipe(3 * len(masks) // 8, peak=8e-3), cross_entropy)
decoder.optimizer.build(decoder.trainable_variables)
variables = decoder.variables + decoder.optimizer.variables
start = [variable.numpy() for variable in variables]


# %%
def short_run(train, validation, weights=(1.0, 1.0, 1.0), batch_size=8):
    """Trains for three epochs from the start; returns the confusion matrix."""
    keras.utils.set_random_seed(6)
    for variable, value in zip(variables, start, strict=True):
        variable.assign(value)
    decoder.fit(
        *train,
        sample_weight=np.array(weights)[train[1]],
        batch_size=batch_size,
        epochs=3,
        verbose=0,
    )
    logits = decoder(validation[0])
    return confusion_matrix(validation[1], create_mask(logits), num_classes=3)


# %% [markdown]
# The first change is the border's double weight. The second is a slip that is often
# copied: MobileNetV2 was trained on values in [-1, 1] and is fed [0, 1]. The course's
# models begin with a `Rescaling` layer that computes 2x − 1; to repeat the slip you
# have to undo that with (x + 1) / 2.


# %%
def zero_to_one(images):
    """Undoes the rescaling, so that the encoder sees [0, 1]."""
    return (images + 1) / 2


# %%
right = (features, masks), kept("validation")
slip = kept("train", zero_to_one), kept("validation", zero_to_one)
short = {
    "reference": short_run(*right),
    "border counts twice": short_run(*right, weights=(1.0, 1.0, 2.0)),
    "encoder sees [0, 1]": short_run(*slip),
}

# %% [markdown]
# The last run changes the whole recipe, as in TensorFlow's tutorial: a constant and
# lower learning rate, and batches of 64. As many pictures pass, in a sixth of the
# steps.

# %%
decoder.compile(keras.optimizers.Adam(1e-3), cross_entropy)
short["Adam, batches of 64"] = short_run(*right, batch_size=64)

# %% tags=["moves-0.05"]
show_table(short)

# %%
short_iou = [mean_iou(confusion) for confusion in short.values()]
assert short_iou[0] > short_iou[3] + 0.1 or photographs
border = [iou_per_class(confusion)[2] for confusion in short.values()]
assert border[1] > border[0] + 0.1 or photographs

# %% [markdown]
# Compare each line with the reference, and read the last column first: the border is
# what a short run has not found yet, and its double weight the largest gain. Nothing
# costs as much as the other recipe; whether by its few steps or its low rate, one line
# cannot tell. And be fair: one seed is an anecdote; a few hundredths may turn round
# with the next.
#
# ## Wake the encoder
#
# So far the encoder only watched. Now that the decoder makes sense, its gradients do
# too, and its deepest blocks may adapt to pets: *fine-tuning*. Two precautions. The
# learning rate is smaller and the batches are larger, for few, sure steps that adjust
# rather than overwrite. And batch normalisation stays frozen: its averages come from
# many thousands of pictures, and those of a small batch would spoil them. (Calling the
# encoder with `training=False`, as guides for older versions advise, does not protect
# them in Keras 3; `trainable = False` does.)

# %%
before = len(light.trainable_variables)
unfreeze_encoder(light, from_layer="block_13_expand")
before, len(light.trainable_variables)

# %% tags=["moves-0.05"]
more = 4 if photographs else 1
tuning = batches("train", training=True, size=16)
light.compile(recipe(more * len(tuning), peak=1e-3), cross_entropy)
light.fit(tuning, epochs=more, shuffle=False)
results["light, fine-tuned"] = dataset_confusion(light, validation, num_classes=3)

# %% tags=["moves-0.05"]
show_table(results)

# %%
assert mean_iou(results["light, fine-tuned"]) > mean_iou(results["light"]) - 0.1

# %% [markdown]
# A small step up or down, as fine-tuning usually is when encoder and pictures suit each
# other. It gains more where they do not: X-rays, satellites, drawings. Whether to keep
# it is a decision, so validation takes it, and the rule was written down before: keep
# it unless it does more harm than the next seed could.
#
# ## Ask twice
#
# One more idea needs no training. A cat in a mirror is still a cat, so ask the model
# about the mirror image as well, turn the answer back, and average the two. Where the
# two disagree, mostly along outlines, the mean is often the better guess. The price:
# every prediction takes twice as long. Axis 2 of (N, H, W, C) runs from left to right.

# %%
images = keras.Input((128, 128, 3))
mirrored = light(keras.ops.flip(images, axis=2))
twice = keras.Model(images, (light(images) + keras.ops.flip(mirrored, axis=2)) / 2)

# %% tags=["moves-0.05"]
results["light, asked twice"] = dataset_confusion(twice, validation, num_classes=3)
show_table(results)

# %%
once = mean_iou(results["light, fine-tuned"])
assert mean_iou(results["light, asked twice"]) > once - 0.05

# %% [markdown]
# Compare the last two lines, class by class: expect a hundredth or so, for nothing but
# time. It is called test-time augmentation, and it is the last decision that the
# validation set takes here.
#
# ## Keep it
#
# A `.keras` file holds the architecture, the weights and, because it is a layer, the
# rescaling of the input; here even the mirror is inside. Whoever loads it needs none of
# this notebook's code: picture in, logits out. Save, reload, and ask both about the
# picture you have followed.

# %%
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "pets.keras"
    twice.save(path)
    reloaded = keras.models.load_model(path)
logits = twice(followed_image[None])
np.testing.assert_allclose(reloaded(followed_image[None]), logits, atol=1e-5)

# %% [markdown]
# ## The test set, once
#
# Every decision is taken. Open the test set and count, for the first model and for the
# last, the one you have saved, which asks twice.

# %%
test = batches("test", size=16)
tested = {
    "pix2pix": dataset_confusion(pix2pix, test, num_classes=3),
    "light": dataset_confusion(twice, test, num_classes=3),
}
show_predictions(twice, test, count=4, class_names=PET_CLASSES)

# %% [markdown]
# No picture of these has ever been trained on or chosen by. Look for what is still
# missing: thin tails, whiskers, paws in their own shadow. Everything you measured, in
# one table: miniatures and full models on the validation set, then the two on the test
# set.

# %% tags=["moves-0.05"]
named = {f"test: {name}": confusion for name, confusion in tested.items()}
show_table({f"64×64 {name}": run for name, run in short.items()} | results | named)

# %%
light_iou, pix2pix_iou = mean_iou(tested["light"]), mean_iou(tested["pix2pix"])
assert light_iou > max(0.7, pix2pix_iou - 0.02) or photographs

# %% tags=["headline", "moves-0.05"]
scores = [f"{name} {mean_iou(confusion):.2f}" for name, confusion in tested.items()]
"test mean IoU: " + " · ".join(scores)

# %% [markdown]
# ## What you learned
#
# - A trimap's 2 is the background. A look at the corners beats a caption.
# - A pretrained encoder brings the seeing; skips bring the where, the bottleneck the
#   what; the decoder learns the names.
# - Cross-entropy from logits is a mean over pixels. Weight it, and you choose which
#   errors you prefer.
# - The recipe matters, and the place of the weights more than their number. You know
#   because you measured.
# - Pixel accuracy comforts, IoU per class informs, and the test set is opened once.
#
# Next: lesson 7 builds a U-Net without any pretrained part.
#
# ## References
#
# - Parkhi, Vedaldi, Zisserman and Jawahar (2012), "Cats and dogs",
#   doi:10.1109/CVPR.2012.6248092.
# - Sandler et al. (2018), "MobileNetV2", arXiv:1801.04381.
# - Isola et al. (2017), "Image-to-image translation with conditional adversarial
#   networks" (pix2pix), arXiv:1611.07004.
# - Ronneberger, Fischer and Brox (2015), "U-Net", arXiv:1505.04597.
# - Kingma and Ba (2015), "Adam: a method for stochastic optimization",
#   arXiv:1412.6980.
# - Loshchilov and Hutter (2017), "SGDR: stochastic gradient descent with warm
#   restarts", arXiv:1608.03983.
# - Chollet (2017), "Xception", arXiv:1610.02357.
