# %% [markdown]
# # 1. From pixels to labels
#
# You will see one picture through the eyes of six tasks, write masks in three forms,
# tell two animals apart that share a class, find out where that fails, and work out
# what a network would cost that never shrinks its pictures.

# %%
import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage

from utils.checks import check
from utils.datasets import load_scenes
from utils.masks import (
    boxes_from_instances,
    color_mask,
    create_mask,
    ids_from_colors,
    ids_from_one_hot,
    instances_from_semantic,
    one_hot,
)
from utils.plotting import display, explore, show_instances, show_profiles, show_tasks

# %% [markdown]
# ## One picture, six questions
#
# The course comes with scenes of a cat and a dog. They are rendered, so everything
# about them is known to the pixel. No model is trained in this lesson, so you may look
# at all of them, the test pictures too.

# %%
splits = ("train", "validation", "test")
scenes = {scene.name: scene for split in splits for scene in load_scenes(split)}
scene = scenes["scene_003"]
len(scenes), scene.image.shape, scene.image.dtype

# %% [markdown]
# An image is an array of rows, columns and three colour channels, with values from 0 to
# 1. Look at this one and answer in one sentence: what is in the picture?

# %%
display(scene.image)

# %% [markdown]
# "A dog." "A cat and a dog." "A cat on the left, a dog on the right, on a carpet,
# before a brick wall." All are right. They answer different questions, and each
# question is a *task* with a name. Before you run the next cell: which of your words
# say what there is, which say where, and which say how many?

# %%
show_tasks(scene)

# %% [markdown]
# - **Classification** names the whole picture with one class. With two animals in it,
#   whatever it says leaves one out.
# - **Localisation** adds a box around the object it names.
# - **Detection** lists all objects, a class and a box each, however many there are.
# - **Semantic segmentation** gives every pixel a class. Here the classes are *pet* and
#   *background*. Both animals are pets, so they get the same colour: the mask says
#   where pets are, and not how many.
# - **Instance segmentation** gives every object a mask of its own. The rest of the
#   picture is left open.
# - **Panoptic segmentation** (Kirillov et al. 2019, arXiv:1801.00868) leaves nothing
#   open: every pixel has a class, and where the class is a *thing*, which can be
#   counted, also the number of its object. Carpet and wall are *stuff*: there is
#   carpet, but no first and second carpet.
#
# What a detector has to say about this picture takes ten numbers:

# %%
list(zip(scene.species_names, scene.boxes_xyxy.tolist(), strict=True))

# %% [markdown]
# A box is written left, top, right, bottom, in pixels from the upper left corner, x to
# the right and y down. The masks of the second row need one number per pixel, hundreds
# of thousands. That is the price of knowing outlines. This course is about the second
# row; lessons 11 to 13 come back to boxes.
#
# ## A mask is an array of class ids
#
# A *mask* has the rows and columns of its image and holds one class id per pixel. Here
# is the semantic mask of the scene, with the ids that the whole course uses for pets:
# 0 for pet and 1 for background. The scene stores 0 for background and 1, 2 for its
# animals, so translate.

# %%
semantic = np.where(scene.instance_mask > 0, 0, 1).astype(np.uint8)
semantic.shape, semantic.dtype, np.unique(semantic)

# %% [markdown]
# A mask is not a picture. Its numbers are names, which is why nobody may average them:
# halfway between class 0 and class 2 lies class 1, which may have nothing to do with
# either. To see that there is nothing else in a mask, read a piece of it: a few rows
# and columns at the tip of the cat's ear, the one on the left.

# %%
semantic[52:64, 22:44]

# %% [markdown]
# Can you see the ear? Its edge is ragged: those are hairs. They will make trouble soon.
#
# ## Three forms of one mask
#
# **Class ids**, one byte per pixel, is the form in which masks are stored and compared.
# **One-hot** is the form in which networks answer: K numbers per pixel, one per class.
# In a perfect answer the number of the true class is 1 and all others are 0. Keras
# makes it from class ids. Take a mask of four pixels and three classes, and predict
# the shape first.

# %%
tiny_mask = np.array([[0, 1], [2, 1]])
keras.utils.to_categorical(tiny_mask, num_classes=3)

# %% [markdown]
# Two rows, two columns, three classes: H×W×K. Read it along the last axis, one pixel
# after the other: the 1 stands at the place of the class. Or cut it across: `[..., k]`
# is a mask of its own that says yes or no to class k.

# %% [markdown]
# ## Exercise 1.1: what does a one-hot mask weigh?
#
# Pascal VOC, on which segmentation networks have been compared for years, has 20 kinds
# of objects and the background (Everingham et al. 2010). Predict, for an image of
# 512×512 pixels: the shape of its one-hot mask, the bytes it takes as float32 (four
# bytes a number), and how many times that is the mask of class ids, stored as uint8.

# %% tags=["exercise"]
### BEGIN SOLUTION
shape = (512, 512, 21)
one_hot_bytes = 512 * 512 * 21 * 4
times = 21 * 4
### END SOLUTION

# %% tags=["check"]
voc_mask = np.zeros((512, 512), np.uint8)
voc_vectors = one_hot(voc_mask, num_classes=21)
check_answer(
    (shape, one_hot_bytes, times),
    expected=(
        voc_vectors.shape,
        voc_vectors.nbytes,
        voc_vectors.nbytes // voc_mask.nbytes,
    ),
    mistakes=[
        (
            ((512, 512, 20), 512 * 512 * 20 * 4, 80),
            "The background is a class as well: a pixel has to be something.",
        ),
        (
            ((21, 512, 512), 512 * 512 * 21 * 4, 84),
            "The size is right. In Keras the classes are the last axis.",
        ),
        (
            ((512, 512, 21), 512 * 512 * 21, 21),
            "That counts numbers. A float32 has four bytes.",
        ),
        (
            ((512, 512, 21), 512 * 512 * 21 * 4, 21),
            "Shape and bytes are right. The mask of ids has one byte per pixel.",
        ),
        (
            ((512, 512, 21), 512 * 512 * 21 * 4, 4),
            "Four bytes replace one, and that for each of how many numbers?",
        ),
    ],
    hint="Count the numbers per pixel first, then the bytes per number.",
)

# %% [markdown]
# ## Exercise 1.2: write one-hot
#
# Write the conversion yourself. It should serve one mask (H, W) as well as a batch
# (N, H, W): the classes become a new last axis. Keras' function is not needed; an
# `==` between arrays of the right shapes, or a row of `np.eye`, goes far.


# %% tags=["exercise"]
def to_one_hot(mask, num_classes):
    """Returns zeros and, at the class of each pixel, a one: shape (..., K)."""
    ### BEGIN SOLUTION
    return (mask[..., np.newaxis] == np.arange(num_classes)).astype("float32")
    ### END SOLUTION


# %% tags=["check"]
check(
    to_one_hot,
    cases=[
        (np.array([[0, 1]]), 2),
        (np.array([[0, 1], [2, 1]]), 3),
        (np.array([[0, 0], [2, 0]]), 4),
        (np.array([[[1, 0]], [[0, 0]]]), 2),
    ],
    reference=one_hot,
    mistakes=[
        (
            lambda m, k: np.eye(m.max() + 1)[m],
            "A class may be missing from a mask. Its channel is there all the same.",
        ),
        (
            lambda m, k: np.eye(k)[m - 1],
            "Ids start at 0: class 0 has its one at place 0.",
        ),
        (
            lambda m, k: np.eye(k + 1)[m],
            "One class too many: K classes have the ids 0 to K - 1.",
        ),
        (
            lambda m, k: (np.arange(k).reshape(k, *[1] * m.ndim) == m) * 1.0,
            "The values are right, but classes go last: (H, W, K).",
        ),
        (
            lambda m, k: np.stack([(m == j) * 1.0 for j in range(k)], axis=2),
            "Right for one mask. In a batch the last axis is not axis 2: use -1.",
        ),
        (
            lambda m, k: (m[..., None] != np.arange(k)) * 1.0,
            "Inside out: the one belongs where the ids are equal.",
        ),
    ],
    hint="Compare `mask[..., np.newaxis]` with the K ids.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[
        (np.array([[3, 1, 0]], np.uint8), 5),
        (np.zeros((2, 3, 4), int), 1),
    ],
    ### END HIDDEN TESTS
)

# %% [markdown]
# From here on use `one_hot` from `utils.masks`. It gives the same as Keras, and its
# inverse gives the class ids back.

# %%
vectors = one_hot(semantic, num_classes=2)
np.testing.assert_array_equal(vectors, keras.utils.to_categorical(semantic, 2))
np.testing.assert_array_equal(ids_from_one_hot(vectors), semantic)
vectors.shape, vectors.dtype

# %% [markdown]
# One thing it can do that Keras' cannot. Some pixels have no label, because nobody
# could tell what they are. Such pixels are *void*, id 255. In one-hot they are a row of
# zeros: they belong to no class, and later to no loss.

# %%
one_hot([[0, 1, 255]], num_classes=2)

# %% [markdown]
# The third form is **colour**, for the eye. A *palette* gives each id a colour. If
# every colour has one id, the way back exists.

# %%
painted = color_mask(semantic)
np.testing.assert_array_equal(ids_from_colors(painted), semantic)
painted.shape, np.unique(painted.reshape(-1, 3), axis=0).tolist()

# %% [markdown]
# Two classes, two colours. Masks are often published in colour, and it goes well as
# long as nobody touches the colours. Now save this one as JPEG, as one would a
# photograph, and open it again. How many colours will there be?

# %%
reopened = tf.io.decode_jpeg(tf.io.encode_jpeg(painted)).numpy()
len(np.unique(reopened.reshape(-1, 3), axis=0))

# %% [markdown]
# JPEG smooths what the eye does not miss. All those new colours along the outline are
# the names of nothing, and `ids_from_colors(reopened)` stops with an error that says
# so: try it. Store masks as PNG, which loses nothing.
#
# ## In: H×W×3 or H×W×1. Out: H×W×K
#
# Now you know what a segmentation network has to produce: for an image H×W×3, or
# H×W×1 if it is grey, an array H×W×K. Its K numbers per pixel are called *logits*. They
# need not be 0 or 1: the largest names the class. Two convolutions are enough to have
# the right shapes (and nothing else: this network is not trained).


# %%
def segmenter(channels, num_classes):
    """Builds the smallest network that gives K numbers for every pixel."""
    images = keras.Input((None, None, channels))
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(images)
    return keras.Model(images, keras.layers.Conv2D(num_classes, 1)(x))


# %%
keras.utils.set_random_seed(1)
logits = segmenter(channels=3, num_classes=2)(scene.image[np.newaxis])
logits.shape

# %% [markdown]
# The first axis is the batch, here of one picture. `padding="same"` keeps height and
# width; the last convolution, 1×1 with K filters, makes the K numbers out of whatever
# channels there are. `None, None` says that any size will do. What has to change for a
# grey picture?

# %%
grey = scene.image.mean(axis=-1, keepdims=True)
grey.shape, segmenter(channels=1, num_classes=2)(grey[np.newaxis]).shape

# %% [markdown]
# Only the input. From logits to a mask it is one step, the position of the largest
# number along the last axis. `create_mask` takes it, and you have an array of class
# ids again, of the same shape as the true mask.

# %%
predicted_mask = create_mask(logits)[0]
predicted_mask.shape == semantic.shape, predicted_mask.dtype, np.unique(predicted_mask)

# %% [markdown]
# ## Telling instances apart: connected components
#
# A semantic mask does not count. But you did, at once: two spots of one colour, two
# animals. What makes a spot? You can walk from any of its pixels to any other without
# leaving the class, from neighbour to neighbour. Such a spot is a *connected
# component*. Here is a mask small enough to see everything in it, 1 for inside.

# %% tags=["given"]
small = np.array([[1, 1, 0, 0, 1], [0, 1, 0, 1, 1], [0, 0, 0, 0, 0], [1, 0, 0, 0, 1]])

# %% [markdown]
# The oldest way is the *flood fill*: pour in water at one pixel. It wets the pixel and
# goes on to the four neighbours, and stops outside and where it is wet already. The
# list holds the pixels where water stands at the door.


# %%
def flood(inside, start):
    """Returns the component of a pixel: True wherever water from there arrives."""
    height, width = inside.shape
    wet, waiting = np.zeros((height, width), bool), [start]
    while waiting:
        row, column = waiting.pop()
        if not (0 <= row < height and 0 <= column < width):
            continue
        if inside[row, column] and not wet[row, column]:
            wet[row, column] = True
            waiting += [(row - 1, column), (row + 1, column)]
            waiting += [(row, column - 1), (row, column + 1)]
    return wet


# %%
flood(small, start=(0, 0)).astype(int)

# %% [markdown]
# Three pixels, and the water has not reached the other spots. For all of them, go
# through the pixels row by row; whenever one is inside and still dry, a new object
# begins: flood it and give it the next number. Numbers start at 1, since 0 is taken by
# what is no object.


# %%
def connected_components(inside):
    """Numbers the components 1, 2, … in the order in which rows meet them."""
    numbers = np.zeros(inside.shape, int)
    for row, column in np.argwhere(inside):
        if numbers[row, column] == 0:
            numbers[flood(inside, (row, column))] = numbers.max() + 1
    return numbers


# %%
connected_components(small)

# %% [markdown]
# SciPy has the same as `ndimage.label`, much quicker because it passes each pixel
# once or twice instead of flooding (Rosenfeld and Pfaltz 1966,
# doi:10.1145/321356.321357). Both must agree, number by number.

# %%
numbers, count = ndimage.label(small)
np.testing.assert_array_equal(numbers, connected_components(small))
count

# %% [markdown]
# ## Exercise 1.3: are corners neighbours?
#
# So far a pixel has four neighbours. Some count the four diagonal ones as well: then it
# has eight. Look at this mask and predict how many objects of ones it has, with four
# neighbours and with eight.

# %% tags=["given"]
diagonal = np.array([[1, 0, 0, 0, 1], [0, 1, 0, 1, 0], [0, 0, 0, 0, 0]])
diagonal = np.vstack([diagonal, [[1, 1, 0, 0, 1], [0, 0, 1, 1, 1]]])
diagonal

# %% tags=["exercise"]
### BEGIN SOLUTION
objects_with_four = 6
objects_with_eight = 3
### END SOLUTION

# %% tags=["check"]
check_answer(
    (objects_with_four, objects_with_eight),
    expected=tuple(
        int(instances_from_semantic(diagonal, 1, connectivity=k).max()) for k in (4, 8)
    ),
    mistakes=[
        ((3, 6), "The other way round: more neighbours, fewer objects."),
        ((7, 4), "Are the zeros an object? Background is not counted."),
        ((11, 11), "That is the number of ones. Neighbours are one object."),
        ((6, 6), "With eight, (0, 0) and (1, 1) are neighbours."),
        ((6, 4), "Look at the last two rows again: corners count there, too."),
        ((5, 2), "Numbers start at 1, so the largest number is the count."),
    ],
    hint="Draw it on paper and colour one spot after the other.",
)

# %% [markdown]
# ## Hairs are objects, too
#
# Now the real mask: two animals that stand well apart. Predict the number of
# components. Then let the function you have read count them.

# %%
parts = connected_components(semantic == 0)
np.testing.assert_array_equal(parts, ndimage.label(semantic == 0)[0])
int(parts.max())

# %% [markdown]
# Not two? Look at how large the parts are. `np.bincount` counts how often each number
# occurs; number 0, the background, is left out.

# %%
areas = np.bincount(parts.ravel())[1:]
np.sort(areas)[::-1][:12]

# %% [markdown]
# Two animals, and crumbs of a few pixels. Magnify the lower tip of the dog's ear, on
# the right, and you meet some: the title counts the objects in this small window.

# %%
ear = np.s_[228:260, 404:436]
window = {"components": parts[ear], "truth": scene.instance_mask[ear]}
show_instances(scene.image[ear], window)

# %% [markdown]
# They are tips of hairs, which leave the outline between two pixels and come back
# farther out. The truth knows whose hairs they are; a rule about neighbours does not.
# Masks drawn by hand have crumbs as well, and predicted ones even more. The remedy is a
# least area, `smallest`. `instances_from_semantic` does all of it: pick a class, number
# its components, drop the crumbs, number the rest again. Where sliders work, move them:
# when do the crumbs go, and when do you lose an animal?


# %%
def look(smallest, connectivity):
    """Shows the components of at least `smallest` pixels."""
    found = instances_from_semantic(semantic, 0, connectivity, smallest)
    show_instances(scene.image, {"components": found})


areas_to_try = [1, 2, 3, 4, 5, 100, 10000, 31000, 45000]
explore(look, smallest=(areas_to_try, 3), connectivity=[4, 8])

# %% [markdown]
# ## Exercise 1.4: count the objects
#
# How many objects of a class does a mask show, if parts of fewer than `smallest` pixels
# do not count? Use `ndimage.label`, which has four neighbours unless told otherwise,
# and `np.bincount`. The mask may hold any number of classes.


# %% tags=["exercise"]
def count_objects(mask, class_id, smallest):
    """Returns the number of components of a class with at least `smallest` pixels."""
    ### BEGIN SOLUTION
    numbers, _ = ndimage.label(mask == class_id)
    areas = np.bincount(numbers.ravel())[1:]
    return int(np.sum(areas >= smallest))
    ### END SOLUTION


# %% tags=["check"]
def areas_of(inside, structure=None):
    return np.bincount(ndimage.label(inside, structure)[0].ravel())


check(
    count_objects,
    cases=[
        (np.array([[1, 0, 1]]), 1, 1),
        (np.array([[1, 1, 0, 1, 0, 1]]), 1, 2),
        (np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 0, 0]]), 1, 1),
        (np.array([[1, 2, 0], [1, 2, 0], [1, 0, 1]]), 0, 2),
        (np.array([[2, 2], [2, 2]]), 1, 1),
    ],
    reference=lambda mask, class_id, smallest: int(
        instances_from_semantic(mask, class_id, smallest=smallest).max()
    ),
    mistakes=[
        (
            lambda m, c, s: int((areas_of(m == c) >= s).sum()),
            "The first entry of `bincount` is what is no object: leave it out.",
        ),
        (
            lambda m, c, s: int((areas_of(m == c, np.ones((3, 3)))[1:] >= s).sum()),
            "Pixels that share a corner are not neighbours here.",
        ),
        (
            lambda m, c, s: int((areas_of(m == c)[1:] > s).sum()),
            "An object of exactly `smallest` pixels counts.",
        ),
        (
            lambda m, c, s: len(areas_of(m == c)) - 1,
            "These are all parts. Those smaller than `smallest` do not count.",
        ),
        (
            lambda m, c, s: len(np.unique(ndimage.label(m == c)[0])),
            "`np.unique` lists 0 as well. And parts below `smallest` do not count.",
        ),
        (
            lambda m, c, s: int((areas_of(m)[1:] >= s).sum()),
            "`label` takes every id but 0 for inside. Ask for one class: `mask == …`.",
        ),
        (
            lambda m, c, s: int((areas_of(m == c)[1:] >= s).sum()) - 1,
            "One too few: numbers start at 1, so the last number is the count.",
        ),
    ],
    hint="Label `mask == class_id`, count the pixels of each number, compare.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[
        (np.array([[1, 0, 1, 0, 1], [1, 1, 0, 0, 2], [0, 0, 0, 1, 1]]), 1, 2),
        (np.zeros((4, 4), np.uint8), 0, 16),
    ],
    ### END HIDDEN TESTS
)

# %% [markdown]
# ## Where it fails: objects that touch
#
# Count all scenes, with `smallest=100` against the crumbs. Every scene has two animals.
# In which of them does the count differ?


# %%
def components(scene, smallest=100):
    """Numbers the components of the pets' semantic mask."""
    return instances_from_semantic(scene.instance_mask > 0, 1, smallest=smallest)


counts = {name: int(components(scene).max()) for name, scene in scenes.items()}
{name: count for name, count in counts.items() if count != 2}

# %% [markdown]
# Three scenes have one object instead of two. Look at one of them, and search for the
# spot where it happens.

# %%
touching = scenes["scene_014"]
found = {"components": components(touching), "truth": touching.instance_mask}
show_instances(touching.image, found)

# %% [markdown]
# The dog's tail brushes the cat. A few pixels of contact are enough: water
# that is poured on the cat's ear wets the dog's nose. And no cleverer rule will help,
# because the information is not there. A semantic mask of two touching pets and one
# of a single pet with an odd shape can be the same array.
#
# Would finer classes help? With *cat* and *dog* in place of *pet*, these two would stay
# apart. Two cats would not.
#
# ## Exercise 1.5: shave it off
#
# An old trick is *erosion*: take away the outermost layer of pixels, several times, so
# that thin bridges break. `counted_right(layers)` erodes all masks, counts, and returns
# how many scenes come out with two objects. Try 0 to 10 layers. What is the smallest
# number of layers that gets the most scenes right, and how many are then still wrong?
# Expect that what breaks bridges breaks other thin things, too.


# %%
def counted_right(layers):
    """Returns how many scenes have two components after erosion."""
    masks = [scene.instance_mask > 0 for scene in scenes.values()]
    if layers:
        masks = [ndimage.binary_erosion(mask, iterations=layers) for mask in masks]
    counts = [instances_from_semantic(m, 1, smallest=100).max() for m in masks]
    return int(np.sum(np.array(counts) == 2))


# %% tags=["exercise", "explore"]
### BEGIN SOLUTION
right = [counted_right(layers) for layers in range(11)]
print(right)
best_layers = int(np.argmax(right))
still_wrong = len(scenes) - max(right)
### END SOLUTION

# %% tags=["check"]
rights = [counted_right(layers) for layers in range(11)]
best = int(np.argmax(rights))
check_answer(
    (best_layers, still_wrong),
    expected=(best, len(scenes) - rights[best]),
    mistakes=[
        ((0, len(scenes) - rights[0]), "That is without erosion: try more layers."),
        ((best + 1, len(scenes) - rights[best]), "As good. Do fewer do, too?"),
        ((best, 0), "Do all come out right? Compare with `len(scenes)`."),
        ((best, rights[best]), "These are the scenes that are right."),
        ((10, len(scenes) - rights[10]), "Too much: other scenes fall apart."),
    ],
    hint="Run `counted_right` for each number of layers and compare the results.",
)

# %% [markdown] tags=["solution"]
# A few layers break two of the three bridges. The third, the tail, is thicker than ears
# and other tails: before it gives way, animals elsewhere fall into pieces. No number of
# layers gets all scenes right, and each layer makes every mask smaller than its animal.

# %% [markdown]
# Does it work for the tail at last, with more layers? The count of this scene is right
# at six. Look closer: the figure shows which parts erosion has found.

# %%
eroded = ndimage.binary_erosion(touching.instance_mask > 0, iterations=6)
parts = instances_from_semantic(eroded, 1, smallest=100)
show_instances(touching.image, {"after six layers": parts})

# %% [markdown]
# A right count for the wrong reason: the tip of the cat's tail has come off, and cat
# and dog are still one. Whoever reports counts alone would not have noticed.
#
# Networks solve it by predicting more than classes. U-Net was trained to see a gap
# between cells that touch, by a large weight on the pixels between them (Ronneberger,
# Fischer and Brox 2015, arXiv:1505.04597). Mask R-CNN finds boxes first and then a mask
# in each (He et al. 2017, arXiv:1703.06870).
#
# ## Every answer contains the simpler ones
#
# From the instance mask and one class per object you can compute all the others. Boxes:
# the first and last row and column of each object. Do they agree with those that came
# with the scene?

# %%
boxes_xyxy = boxes_from_instances(scene.instance_mask)
np.testing.assert_array_equal(boxes_xyxy, scene.boxes_xyxy)
boxes_xyxy

# %% [markdown]
# A panoptic answer needs two numbers per pixel. They are commonly packed into one,
# class times 1000 plus the number of the object, which leaves room for 999 objects of a
# class. What belongs to stuff gets object 0. `divmod` unpacks it.

# %%
panoptic = semantic.astype(int) * 1000 + scene.instance_mask
classes, objects = np.divmod(panoptic, 1000)
np.testing.assert_array_equal(classes, semantic)
np.testing.assert_array_equal(objects, scene.instance_mask)
np.unique(panoptic)

# %% [markdown]
# 1 and 2 are the first and the second pet, 1000 is background. So panoptic gives
# semantic and instance; instance gives boxes; boxes with classes give the list of what
# is there. Down is a line of code, up is a model: nothing computes outlines from boxes
# alone, or the number of animals from a semantic mask.
#
# ## The price of never down-sampling
#
# If the output has the size of the input, why make anything smaller on the way? Take
# a network that exists: VGG-16 (Simonyan and Zisserman 2015, arXiv:1409.1556), 13
# convolutions of 3×3 with these numbers of filters, and a pooling between the groups
# that halves height and width. Then leave out the poolings.

# %%
vgg16 = [64, 64, "pool", 128, 128, "pool", 256, 256, 256, "pool"]
vgg16 += [512, 512, 512, "pool", 512, 512, 512, "pool"]
never = [layer for layer in vgg16 if layer != "pool"]
len(never)

# %% [markdown]
# Against it stands an *encoder–decoder*: VGG-16 with its poolings as *encoder*, and
# its mirror image as *decoder*, which doubles height and width as often as the encoder
# has halved them. This is SegNet (Badrinarayanan, Kendall and Cipolla 2017,
# arXiv:1511.00561), here for two classes.

# %%
decoder = ["up", 512, 512, 512, "up", 512, 512, 256, "up", 256, 256, 128]
segnet = vgg16 + decoder + ["up", 128, 64, "up", 64, 2]
sum(isinstance(layer, int) for layer in segnet)

# %% [markdown]
# What does one convolution cost? With C channels in and F filters it has 3·3·C·F
# weights and F biases. At each pixel every weight is used once, a multiplication whose
# result is added to a sum: a *multiply–accumulate*, MAC for short. So it takes 9·C·F
# MACs per pixel. Its output has F numbers per pixel of four bytes. Training has to keep
# all those *activations*, because the gradients need them.


# %%
def convolution_costs(layers, side, channels=3):
    """Lists what each 3×3 convolution costs for an image of side×side pixels."""
    costs = []
    for layer in layers:
        if layer == "pool":
            side //= 2
        elif layer == "up":
            side *= 2
        else:
            weights, pixels = 9 * channels * layer, side * side
            cost = {"MACs": weights * pixels, "bytes": 4 * layer * pixels}
            cost |= {"shape": (side, side, layer), "parameters": weights + layer}
            costs.append(cost)
            channels = layer
    return costs


# %%
convolution_costs(never, side=512)[0]

# %% [markdown]
# Is the arithmetic right? Run that first convolution, and count the bytes of what comes
# out. Then build all three networks in Keras, which computes nothing yet but knows
# every shape and parameter, and compare.

# %%
output = keras.layers.Conv2D(64, 3, padding="same")(np.zeros((1, 512, 512, 3)))
assert np.asarray(output).nbytes == convolution_costs(never, side=512)[0]["bytes"]


# %%
def keras_layer(layer):
    """Makes the Keras layer for one entry of the lists above."""
    if layer == "pool":
        return keras.layers.MaxPooling2D()
    if layer == "up":
        return keras.layers.UpSampling2D()
    return keras.layers.Conv2D(layer, 3, padding="same", activation="relu")


networks = {"never smaller": never, "VGG-16": vgg16, "encoder–decoder": segnet}

# %%
for layers in networks.values():
    model = keras.Sequential([keras.Input((512, 512, 3)), *map(keras_layer, layers)])
    made = [x for x in model.layers if isinstance(x, keras.layers.Conv2D)]
    costs = convolution_costs(layers, side=512)
    assert [x.output.shape[1:] for x in made] == [cost["shape"] for cost in costs]
    assert model.count_params() == sum(cost["parameters"] for cost in costs)

# %% [markdown]
# Shapes and parameters agree. Keras ships VGG-16, too: without its classifier it must
# have as many parameters as our list. And before the table: the first two networks have
# exactly the same weights. Which costs more, and how many times?

# %%
keras_vgg16 = keras.applications.VGG16(include_top=False, weights=None)
assert keras_vgg16.count_params() == sum(
    cost["parameters"] for cost in convolution_costs(vgg16, side=512)
)
keras_vgg16.count_params()


# %%
def price_list(side):
    """Prints MACs and activations of the three networks for one picture."""
    print(f"{side}×{side} pixels     GMAC   GB of activations")
    for name, layers in networks.items():
        costs = convolution_costs(layers, side)
        macs, memory = (sum(cost[key] for cost in costs) for key in ("MACs", "bytes"))
        print(f"{name:16} {macs / 1e9:8.1f} {memory / 1e9:12.2f}")


explore(price_list, side=([128, 256, 512, 1024, 2048], 512))

# %% [markdown]
# A GMAC is a thousand million MACs. For one picture of 512×512, never getting smaller
# asks for thousands of them and for gigabytes to train on. A batch of 16 takes 16 times
# that. With poolings the same weights need a small share, and even with the decoder,
# which doubles the layers, there is a large factor left:

# %%
macs = {
    name: sum(cost["MACs"] for cost in convolution_costs(layers, side=512))
    for name, layers in networks.items()
}
round(macs["never smaller"] / macs["encoder–decoder"])

# %% [markdown]
# Where does it come from? Draw the activations of each convolution's output. Mind the
# axis: one line of the grid is four times the line below it.

# %%
profiles = {
    name: [cost["bytes"] / 1e6 for cost in convolution_costs(networks[name], side=512)]
    for name in ("never smaller", "encoder–decoder")
}
show_profiles(profiles, "activations (MB)")

# %% [markdown]
# The first curve can only climb: the channels double, and the pixels stay. In the
# second, each pooling leaves a quarter of the pixels. Down, a narrow middle, and up
# again: you have met the shape that gave U-Net its name.
#
# ## And it would be short-sighted
#
# Cost is not all. What can one number of the last layer know? A 3×3 convolution spreads
# a pixel to its neighbours, one step in each direction; 13 of them, 13 steps. Follow
# one bright pixel through 13 convolutions and count the columns it reaches.

# %%
spread = np.zeros((41, 41))
spread[20, 20] = 1
for _ in range(13):
    spread = ndimage.convolve(spread, np.ones((3, 3)))
int(np.count_nonzero(spread[20]))

# %% [markdown]
# 1 + 13·2 columns. Read backwards, it is the *receptive field*: each pixel of the
# answer depends on a window as wide as that, a patch of fur. A pooling doubles every
# later step. What does the last convolution of VGG-16 see?


# %%
def receptive_field(layers):
    """Returns how many columns of the image the last layer's numbers depend on."""
    field, step = 1, 1
    for layer in layers:
        field += step if layer == "pool" else 2 * step
        step *= 2 if layer == "pool" else 1
    return field


receptive_field(never), receptive_field(vgg16[:-1])

# %% [markdown]
# With the same weights it sees a window seven times as wide, enough for a whole cat. So
# down-sampling is not a compromise to save money: it is what lets a network see
# *what* is there. It forgets *where*, and getting that back is the subject of
# the lessons to come. Four families do it in four ways, FCN, SegNet, U-Net and DeepLab:
# their tree, and what doctors, cars and satellites do with masks, are on the page of
# this lesson. Its link stands at the top of the notebook.

# %% tags=["headline"]
correct = sum(count == 2 for count in counts.values())
(
    f"components count {correct} of {len(scenes)} scenes right; never down-sampling "
    f"costs {macs['never smaller'] / macs['encoder–decoder']:.0f} times the MACs"
)

# %% [markdown]
# ## What you learned
#
# - Classification, localisation, detection, semantic, instance and panoptic
#   segmentation are six answers to one picture, and each contains simpler ones.
# - A mask holds one class id per pixel. One-hot is H×W×K, as a network's logits are;
#   colours are for the eye and for PNG files only.
# - Connected components turn a semantic mask into instances: mind the number of
#   neighbours, the crumbs, and objects that touch.
# - Full resolution throughout costs many times the MACs and memory of an
#   encoder–decoder, and sees a patch of fur instead of a cat.
#
# Next: lesson 2 follows every pixel of U-Net's way down and up.
#
# ## References
#
# - Kirillov, He, Girshick, Rother and Dollár (2019), "Panoptic segmentation",
#   arXiv:1801.00868.
# - Everingham, Van Gool, Williams, Winn and Zisserman (2010), "The Pascal visual object
#   classes (VOC) challenge", doi:10.1007/s11263-009-0275-4.
# - Rosenfeld and Pfaltz (1966), "Sequential operations in digital picture processing",
#   doi:10.1145/321356.321357.
# - Simonyan and Zisserman (2015), "Very deep convolutional networks for large-scale
#   image recognition" (VGG-16), arXiv:1409.1556.
# - Badrinarayanan, Kendall and Cipolla (2017), "SegNet", arXiv:1511.00561.
# - Ronneberger, Fischer and Brox (2015), "U-Net", arXiv:1505.04597.
# - He, Gkioxari, Dollár and Girshick (2017), "Mask R-CNN", arXiv:1703.06870.
