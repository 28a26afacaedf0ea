# %% [markdown]
# # 3. Transposed convolution: how a small map becomes a large one
#
# You will enlarge the same 2×2 map in five ways, write the one that learns, and find
# out why it sometimes paints checkerboards.

# %%
import keras
import numpy as np
import tensorflow as tf

from utils.checks import check
from utils.datasets import PET_CLASSES, load_pets
from utils.layers import (
    BilinearKernel,
    MaxPoolingWithPositions,
    MaxUnpooling,
    bed_of_nails,
    bilinear,
    bilinear_kernel,
    convolution_matrix,
    max_pool,
    max_unpool,
    nearest_neighbour,
    overlap_counts,
    transposed_convolution,
)
from utils.masks import create_mask
from utils.metrics import confusion_matrix, mean_iou
from utils.models import recipe
from utils.plotting import display, explore, show_grids, show_overlaps, show_scatter

# %% [markdown]
# ## Two ways that invent nothing: nearest neighbour and bed of nails
#
# An encoder has made the map small; the mask has to be large again. Where do the new
# pixels come from? Take the smallest example, four numbers that shall become sixteen.
# *Nearest neighbour* repeats each number in a 2×2 block. Before you run the cell, write
# down its first row.

# %%
small = np.array([[1, 2], [3, 4]])
nearest_neighbour(small)

# %% [markdown]
# The *bed of nails* puts each number into the top left corner of its block and zeros
# around it: a nail, and flat board between nails. It looks useless. Keep it in mind all
# the same: what comes later is a bed of nails with something hung on every nail.

# %%
bed_of_nails(small)

# %% [markdown]
# ## Max-unpooling: remember where the maximum stood
#
# Why always the top left corner? If the small map came from max-pooling, somebody knew
# where each maximum stood, and threw it away. SegNet (Badrinarayanan, Kendall and
# Cipolla 2015, arXiv:1511.00561) keeps it. Here is a 4×4 map whose 2×2 maxima are your
# four numbers. A position counts the cells of its window row by row, from 0 to 3.

# %%
large = np.array([[0, 1, 2, 0], [0, 0, 1, 1], [1, 3, 0, 2], [2, 0, 1, 4]])
pooled, positions = max_pool(large)
pooled, positions

# %% [markdown]
# The 3 stood top right in its window, position 1; the 4 bottom right, position 3.
# *Max-unpooling* drives each nail in where its number came from. The small details
# between the maxima stay lost, but outlines return to the pixel, for two bits a window.

# %%
max_unpool(pooled, positions)

# %% [markdown]
# Keras has no such layer; the course brings a pair of them. TensorFlow has the pooling
# half, and counts positions over the whole map instead, 4·row + column. The 3 stands in
# row 2, column 1. All three have to agree.

# %%
batch = large[None, ..., None].astype("float32")
values, places = MaxPoolingWithPositions()(batch)
unpooled = MaxUnpooling()([values, places])
_, flat = tf.nn.max_pool_with_argmax(batch, 2, 2, "VALID")

np.testing.assert_array_equal(unpooled[0, ..., 0], max_unpool(pooled, positions))
np.asarray(flat)[0, ..., 0]

# %% [markdown]
# 4·2 + 1 = 9, as TensorFlow says.
#
# ## Bilinear: a straight line between the centres
#
# Neither way gives anything smooth. *Bilinear* up-sampling draws a straight line from
# centre to centre. Twice as many pixels have their centres at −¼, ¼, ¾ and 1¼ of the
# old ones, so between 1 and 2 lie 1 + ¼ and 1 + ¾; beyond the last centre the line
# stays level. Keras does the same.

# %%
theirs = keras.layers.UpSampling2D(2, interpolation="bilinear")(
    small[None, ..., None].astype("float32")
)
np.testing.assert_allclose(theirs[0, ..., 0], bilinear(small))
bilinear(small)

# %% [markdown]
# ## One pixel becomes one kernel: the toy
#
# Every way so far is fixed. Now one with weights. A convolution reads a window and
# writes one number. A *transposed convolution* reads one number and writes a window:
# each input pixel scales a copy of the kernel, neighbouring copies start `stride`
# pixels apart, and a bias is added everywhere. The smallest example there is: a 1×1
# kernel with the weight 1, bias 1, stride 2. Work it out before you run the cell.

# %%
toy = transposed_convolution(small, [[1]], stride=2, bias=1)
np.testing.assert_array_equal(
    toy, [[2, 1, 3, 1], [1, 1, 1, 1], [4, 1, 5, 1], [1, 1, 1, 1]]
)
toy

# %% [markdown]
# A bed of nails plus one: the numbers 1, 2, 3, 4 stand two apart, everything is raised
# by the bias, and where no copy reaches there is the bias alone. Ask Keras for the
# same. Its kernel has the shape (height, width, filters, input channels).

# %%
layer = keras.layers.Conv2DTranspose(1, kernel_size=1, strides=2)
layer.build((None, 2, 2, 1))
layer.set_weights([np.ones((1, 1, 1, 1)), np.ones(1)])
theirs = layer(small[None, ..., None].astype("float32"))
np.testing.assert_array_equal(theirs[0, ..., 0], toy)

# %% [markdown]
# ## A 3×3 kernel: overlaps are added
#
# A kernel larger than the stride makes copies that overlap. Read the strip column by
# column: which pixel, where its copy lands, what the sum is so far. Where two copies
# meet their numbers are added.

# %%
ones = np.ones((3, 3), int)
show_scatter(small, ones, stride=2)

# %% [markdown]
# The pixel in the middle is reached by all four copies: 1 + 2 + 3 + 4 = 10. Its
# neighbours to the left and right get two, and a corner belongs to one copy alone.
#
# ## Exercise 3.1: three pixels of another map
#
# The same kernel of nine ones and stride 2, but the input is [[3, 1], [4, 2]]. Predict
# three pixels of the output: the corner [0, 0], the middle of the top edge, [0, 2], and
# the centre, [2, 2]. No computer is needed.

# %% tags=["exercise"]
### BEGIN SOLUTION
three_pixels = {"corner": 3, "edge": 4, "centre": 10}
### END SOLUTION

# %% tags=["check"]
enlarged = transposed_convolution([[3, 1], [4, 2]], np.ones((3, 3), int), stride=2)
check_answer(
    three_pixels,
    expected={
        "corner": enlarged[0, 0],
        "edge": enlarged[0, 2],
        "centre": enlarged[2, 2],
    },
    mistakes=[
        (
            {"corner": 3, "edge": 1, "centre": 2},
            "These are the copies that came last. Overlaps are added.",
        ),
        (
            {"corner": 3, "edge": 2, "centre": 2.5},
            "These are means. Nobody divides: overlaps are added.",
        ),
        (
            {"corner": 1, "edge": 2, "centre": 4},
            "That is how many copies arrive. Each brings its input pixel.",
        ),
    ],
    hint="List the input pixels whose copies reach the place, and add them.",
)

# %% [markdown]
# ## The size of the output
#
# Look at one axis of the strip. There were 2 pixels, a kernel of 3, a stride of 2,
# and 5 pixels came out. A few more sizes:

# %%
for size, kernel_size, stride in [
    (2, 3, 1),
    (2, 3, 2),
    (3, 3, 2),
    (3, 4, 2),
    (3, 4, 3),
]:
    output = transposed_convolution(
        np.ones((size, 1)), np.ones((kernel_size, 1)), stride
    )
    print(f"size {size}, kernel {kernel_size}, stride {stride}: {len(output)} pixels")

# %% [markdown]
# ## Exercise 3.2: the formula
#
# Write the number of output pixels along one axis, for kernels at least as large as the
# stride. Where does the first copy start, where does the last one start, and where does
# it end?


# %% tags=["exercise"]
def output_size(size, kernel_size, stride):
    """Returns the number of output pixels along one axis."""
    ### BEGIN SOLUTION
    return (size - 1) * stride + kernel_size
    ### END SOLUTION


# %% tags=["check"]
from utils.layers import transposed_size

check(
    output_size,
    cases=[(1, 3, 2), (2, 3, 2), (4, 2, 2), (5, 4, 3)],
    reference=transposed_size,
    mistakes=[
        (lambda n, k, s: n * s, 'That is the size with `padding="same"`.'),
        (lambda n, k, s: (n - 1) * s, "The last copy starts there. Where does it end?"),
        (lambda n, k, s: n * k, "That is right if the copies do not overlap."),
        (lambda n, k, s: n * s + k, "From the first copy to the last are n − 1 steps."),
        (lambda n, k, s: (n - k) // s + 1, "That is the convolution's formula."),
    ],
    hint="The last copy starts (size - 1) * stride pixels after the first.",
    ### BEGIN HIDDEN TESTS
    hidden=[(7, 5, 1), (100, 16, 8), (1, 1, 1)],
    ### END HIDDEN TESTS
)

# %% [markdown]
# ## Exercise 3.3: write the transposed convolution
#
# The empty output is there. Go through the input pixels and add to each its scaled copy
# of the kernel, in the right place. Then the bias. It is a loop of two or three lines;
# the strip shows every step of it.


# %% tags=["exercise"]
def scatter(feature_map, kernel, stride, bias):
    """Returns the transposed convolution of two arrays (H, W) and (h, w)."""
    height, width = kernel.shape
    rows = (feature_map.shape[0] - 1) * stride + height
    columns = (feature_map.shape[1] - 1) * stride + width
    output = np.zeros((rows, columns))
    ### BEGIN SOLUTION
    for row, column in np.ndindex(feature_map.shape):
        top, left = row * stride, column * stride
        copy = feature_map[row, column] * kernel
        output[top : top + height, left : left + width] += copy
    return output + bias
    ### END SOLUTION


# %% tags=["check"]
def the_last_copy_wins(x, kernel, stride, bias):
    output = transposed_convolution(x, kernel, stride).astype(float)
    for row, column in np.ndindex(x.shape):
        patch = output[row * stride :, column * stride :]
        patch[: len(kernel), : kernel.shape[1]] = x[row, column] * kernel
    return output + bias


numbers = np.arange(1.0, 13.0)
check(
    scatter,
    cases=[
        (np.array([[5.0]]), np.array([[1.0, 2.0], [3.0, 4.0]]), 2, 0),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones((3, 3)), 2, 0),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones((3, 3)), 1, 1),
        (numbers.reshape(3, 4), numbers.reshape(4, 3), 2, 0.5),
    ],
    reference=lambda x, k, s, b: transposed_convolution(x, k, s, bias=b),
    mistakes=[
        (the_last_copy_wins, "Overlaps are added: `+=`, not `=`."),
        (
            lambda x, k, s, b: transposed_convolution(x, k, s),
            "Where is the bias? It belongs to every output pixel.",
        ),
        (
            lambda x, k, s, b: (
                transposed_convolution(x, k, s)
                + b * transposed_convolution(np.ones_like(x), np.ones_like(k), s)
            ),
            "The bias is added once per pixel, not once per copy.",
        ),
        (
            lambda x, k, s, b: transposed_convolution(x, k, s, "same", bias=b),
            'That is cropped, as with `padding="same"`. Keep all of it.',
        ),
        (
            lambda x, k, s, b: transposed_convolution(x, k[::-1, ::-1], s, bias=b),
            "Do not turn the kernel round: its top left goes to the top left.",
        ),
        (
            lambda x, k, s, b: transposed_convolution(x.T, k, s, bias=b).T,
            "Rows and columns are exchanged: index [row, column].",
        ),
    ],
    hint="The copy of pixel [row, column] starts at [row * stride, column * stride].",
    points=3,
    ### BEGIN HIDDEN TESTS
    hidden=[
        (np.arange(6.0).reshape(2, 3) - 2, np.arange(12.0).reshape(3, 4), 3, -1),
        (np.arange(4.0).reshape(4, 1), np.arange(5.0).reshape(1, 5), 1, 2),
        (np.ones((3, 3)), np.arange(16.0).reshape(4, 4), 4, 0.25),
    ],
    ### END HIDDEN TESTS
)

# %% [markdown]
# ## Strides and paddings
#
# Two of the five sizes above are odd, and a decoder wants exactly twice as many
# pixels. `padding="same"` crops the output to size · stride. It takes kernel − stride
# pixels away, half of them at either end, and of an odd number one more at the *end*:
# for a 3×3 kernel and stride 2 nothing at the top and left, one row at the bottom, one
# column at the right.

# %%
whole = transposed_convolution(small, ones, stride=2)
same = transposed_convolution(small, ones, stride=2, padding="same")
np.testing.assert_array_equal(same, whole[:4, :4])
same

# %% [markdown]
# Why so lopsided? Because it undoes the zeros that a *convolution* with `"same"` adds
# to its input, and TensorFlow adds the odd one at the end. A 4×4 kernel loses one
# pixel at either end and stays centred. Move the sliders, if your page has them, and
# watch what the dotted line keeps. Numbers say how many copies reach a pixel.

# %%
explore(
    show_overlaps,
    size=(range(1, 6), 3),
    kernel_size=(range(1, 7), 3),
    stride=(range(1, 5), 2),
    padding=(["valid", "same"], "same"),
)

# %% [markdown]
# Orange and green frame two neighbours and their copies. If nothing moves here, change
# the numbers in a cell of your own: `show_overlaps(3, 4, 2, "same")`.
#
# ## Ours, TensorFlow's and Keras'
#
# A real layer has channels. Each output channel owns one kernel per input channel, and
# adds up what these write. So your function, summed over two input channels, has to
# give each of three filters, and the same must come from TensorFlow.

# %%
rng = np.random.default_rng(3)
maps = rng.normal(size=(1, 5, 6, 2)).astype("float32")
layer = keras.layers.Conv2DTranspose(3, kernel_size=3, strides=2, padding="same")
keras_output = layer(maps)
kernel = np.asarray(layer.kernel)
tensorflow_output = tf.nn.conv2d_transpose(maps, kernel, (1, 10, 12, 3), 2, "SAME")

# %%
for output in range(3):
    ours = sum(
        transposed_convolution(maps[0, ..., c], kernel[..., output, c], 2, "same")
        for c in range(2)
    )
    np.testing.assert_allclose(keras_output[0, ..., output], ours, atol=1e-5)
    np.testing.assert_allclose(tensorflow_output[0, ..., output], ours, atol=1e-5)
kernel.shape, keras_output.shape

# %% [markdown]
# The kernel's last two axes are (filters, channels), the other way round than in
# `Conv2D`. That is no accident, as the next section shows.
#
# ## Why it is called transposed: the matrix Wᵀ
#
# A convolution multiplies and adds, so it can be written as a matrix W (Dumoulin and
# Visin 2016, arXiv:1603.07285). Flatten a 3×3 image to nine numbers. A 2×2 kernel fits
# in four places: four rows, and in each the weights stand where that window reads.

# %%
two_by_two = np.array([[1, 2], [3, 4]])
W = convolution_matrix((3, 3), two_by_two)
show_grids({"W: from 9 pixels to 4": W, "Wᵀ: from 4 to 9": W.T})

# %% [markdown]
# Read a *row* of W: one output of the convolution, which gathers four pixels. Read a
# *column* of Wᵀ: one input of the transposed convolution, which scatters the kernel
# over four pixels. Same weights, same wiring, other direction.

# %%
flattened = np.array([1, 2, 3, 4])
by_matrix = (W.T @ flattened).reshape(3, 3)
np.testing.assert_array_equal(by_matrix, transposed_convolution(small, two_by_two))
by_matrix

# %% [markdown]
# You have met Wᵀ before, unseen: it carries the gradient of a convolution back to its
# input. Let TensorFlow differentiate Σ map · (W image) with respect to the image.

# %%
image = tf.Variable(np.zeros((1, 3, 3, 1)))
with tf.GradientTape() as tape:
    outputs = tf.nn.conv2d(image, two_by_two[..., None, None] * 1.0, 1, "VALID")
    total = tf.reduce_sum(outputs[0, ..., 0] * small)
np.testing.assert_array_equal(tape.gradient(total, image)[0, ..., 0], by_matrix)

# %% [markdown]
# ## Learned, and not an inverse
#
# The layer goes by a second name, `deconvolution`, and that name is wrong. To
# deconvolve is to undo a convolution: to find the image again. Wᵀ does not. Send an
# image through W and back through Wᵀ and compare.

# %%
picture = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]])
back = (W.T @ W @ picture.ravel()).reshape(3, 3)
show_grids({"image": picture, "Wᵀ W image": back}, shared=False)

# %%
int(np.linalg.matrix_rank(W)), W.shape

# %% [markdown]
# The shape has come back, the picture has not. It could not: nine numbers went through
# four, and a rank of four out of nine says that five are gone for good. What a decoder
# puts in their place is not recovered but *learned* from masks. The weights of Wᵀ are
# free: no layer of the encoder shares them.
#
# ## Five ways side by side
#
# Here are all five on the same 2×2 map. The last is a transposed convolution with a 4×4
# kernel of a certain kind. Compare it with its neighbour.

# %%
show_grids(
    {
        "nearest neighbour": nearest_neighbour(small),
        "bed of nails": bed_of_nails(small),
        "max-unpooling": max_unpool(pooled, positions),
        "bilinear": bilinear(small),
        "transposed": transposed_convolution(small, bilinear_kernel(2), 2, "same"),
    }
)

# %% [markdown]
# ## A kernel that interpolates: bilinear initialisation
#
# In the 2×2 pixels of the centre the last two panels agree. Not at the edge: bilinear
# up-sampling stays level beyond the last centre, whereas a transposed convolution finds
# no more copies there and fades. Give the map a margin and they agree everywhere.

# %%
margin = np.pad(small, 1, mode="edge")
wider = transposed_convolution(margin, bilinear_kernel(2), stride=2, padding="same")
np.testing.assert_allclose(wider[2:-2, 2:-2], bilinear(small))
show_grids({"16 · bilinear kernel": 16 * bilinear_kernel(2)})

# %% [markdown]
# So the fixed ways are transposed convolutions with a certain kernel: ones for nearest
# neighbour, a single 1 for the bed of nails, this tent for bilinear (Long, Shelhamer
# and Darrell 2015, arXiv:1411.4038). For a factor f it has 2f − f mod 2 pixels a side.
# A layer may *start* as the tent and go on from there. Does it go anywhere? Halve
# pictures of pets by averaging 2×2 pixels and let a layer of sixteen weights learn the
# way back, once from random numbers and once from the tent.


# %%
def grey_pictures(split, count):
    """Returns `count` pictures (N, 128, 128, 1) and the same at half the size."""
    pairs = load_pets(split).take(count).as_numpy_iterator()
    pictures = np.stack([image.mean(axis=-1, keepdims=True) for image, _ in pairs])
    pictures -= 0.5
    return pictures, np.asarray(keras.layers.AveragePooling2D(2)(pictures))


pictures, halves = grey_pictures("train", 80)
new_pictures, new_halves = grey_pictures("validation", 40)

# %% [markdown]
# Grey levels are shifted to lie around zero, as is usual before training. The edge
# fades, so it is cut off before pictures are compared.


# %%
def doubling(initializer):
    """Builds a layer of 16 weights that doubles, without the faded edge."""
    keras.utils.set_random_seed(3)
    layer = keras.layers.Conv2DTranspose(
        1, 4, 2, "same", use_bias=False, kernel_initializer=initializer
    )
    cut = keras.layers.Cropping2D(2)
    return keras.Sequential([keras.Input((64, 64, 1)), layer, cut])


def error(enlarged):
    """Returns the root of the mean squared error, in grey levels of 255."""
    off = np.asarray(enlarged) - new_pictures[:, 2:-2, 2:-2]
    return round(255 * float(np.sqrt(np.mean(off**2))), 2)


# %% tags=["moves-0.05"]
errors = {}
for name in ("nearest", "bilinear"):
    enlarged = keras.layers.UpSampling2D(2, interpolation=name)(new_halves)
    errors[name] = error(enlarged[:, 2:-2, 2:-2])
for name, start, peak in (
    ("random start", "glorot_uniform", 0.1),
    ("bilinear start", BilinearKernel(), 0.01),
):
    model = doubling(start)
    model.compile(recipe(15 * 20, peak), "mse")
    errors[f"{name}, before"] = error(model(new_halves))
    model.fit(halves, pictures[:, 2:-2, 2:-2], batch_size=4, epochs=15, verbose=0)
    errors[f"{name}, trained"] = error(model(new_halves))
errors

# %%
trained = [errors["random start, trained"], errors["bilinear start, trained"]]
assert max(trained) < errors["bilinear"] < errors["nearest"]

# %% [markdown]
# Before training, the tent has the error of bilinear up-sampling, as it must.
# Trained, both layers beat every fixed way, because they may fit *these* pictures and
# *this* way of halving them. From random numbers, with no hint of what enlarging is,
# sixteen weights have become an up-sampler. But look at the line "before" of either:
# the tent had almost nothing left to learn, and in a network of millions of weights
# that is worth time. Do not make much of the margin over bilinear up-sampling: it is
# small, and the learning rates were chosen by these very pictures.

# %%
learned = np.asarray(model.layers[0].kernel)[..., 0, 0]
assert learned[1:3, 1:3].mean() > bilinear_kernel(2)[1:3, 1:3].mean()
show_grids({"bilinear": bilinear_kernel(2), "learned from it": learned})

# %% [markdown]
# The middle has grown, at the cost of the ring around it: a tent with a higher pole,
# which gives a sharper picture.
#
# ## Checkerboards
#
# Now the dark side. Count how many copies reach each pixel, once for a 3×3 and once for
# a 4×4 kernel with stride 2.

# %%
show_grids({f"kernel {k}": overlap_counts(4, k, stride=2) for k in (2, 3, 4)})

# %% [markdown]
# Kernel 2: every pixel has one. Kernel 4: inside, each has four. Kernel 3 cannot be
# divided by 2: pixels have one, two or four, like the fields of a chequered board. A
# constant map comes out chequered unless the weights learn to balance it, layer for
# layer (Odena, Dumoulin and Olah 2016, doi:10.23915/distill.00003). Enlarge a constant
# map three times and look at the middle.


# %%
def three_times(enlarge):
    """Enlarges a constant map three times; returns the middle, with mean 1."""
    x = np.ones((8, 8))
    for _ in range(3):
        x = enlarge(x)
    middle = x[24:40, 24:40]
    return middle / middle.mean()


def transposed(kernel):
    return lambda x: transposed_convolution(x, kernel, 2, "same")


def resize_then_convolve(kernel):
    return lambda x: transposed_convolution(nearest_neighbour(x), kernel, 1, "same")


# %%
kernels = {k: np.ones((k, k)) for k in (2, 3, 4)}
boards = {f"kernel {k}": three_times(transposed(kernels[k])) for k in kernels}
boards["resize, then 3×3"] = three_times(resize_then_convolve(kernels[3]))
show_grids(boards, numbers=False)

# %% [markdown]
# Nobody has trained anything: the board is in the arithmetic. The other three stay
# flat. But those kernels were all ones. With random weights, what is left of the
# promise? Average the spread (the standard deviation of the middle, whose mean is 1)
# over thirty draws.


# %%
def mean_spread(way, kernel_size, draws=30):
    """Returns the mean spread of the middle over random positive kernels."""
    rng = np.random.default_rng(3)
    drawn = rng.uniform(size=(draws, kernel_size, kernel_size))
    return float(np.mean([three_times(way(kernel)).std() for kernel in drawn]))


spreads = {f"kernel {k}": mean_spread(transposed, k) for k in (2, 3, 4)}
spreads["resize, then 3×3"] = mean_spread(resize_then_convolve, 3)
{name: round(spread, 2) for name, spread in spreads.items()}

# %%
assert spreads["kernel 2"] > spreads["kernel 3"] > spreads["kernel 4"] > 0.01
assert spreads["resize, then 3×3"] < 1e-9

# %% [markdown]
# Did you expect kernel 2 to be the worst? Even counts take away the pattern that is
# built into the arithmetic. They do not make the weights alike, and where a pixel has
# a single copy, nothing averages them out. So divisible kernels only start level:
# what they paint they have to *learn* not to paint. Only the last way cannot paint a
# pattern at all, for each pixel is the sum of all weights.
#
# Three cures, then, each with its price: a 2×2 kernel with stride 2, as in U-Net, with
# convolutions behind it; a 4×4 kernel with stride 2, best started as a tent; or resize
# first and convolve after, which multiplies four times as often as a 3×3 kernel with
# stride 2.
#
# ## Exercise 3.4: which kernels are even?
#
# Take stride 3. Away from the edges, for which kernel sizes from 1 to 8 is every pixel
# reached by the same number of copies? `evenly(kernel_size, stride)` tells. Guess
# first, then list them all.


# %%
def evenly(kernel_size, stride):
    """Returns whether all pixels of the middle have the same count."""
    counts = overlap_counts(16, kernel_size, stride)[12:-12, 12:-12]
    return bool(counts.min() == counts.max())


evenly(2, 2), evenly(3, 2)

# %% tags=["exercise", "explore"]
### BEGIN SOLUTION
even_kernels = [size for size in range(1, 9) if evenly(size, stride=3)]
### END SOLUTION

# %% tags=["check"]
check_answer(
    even_kernels,
    expected={size for size in range(1, 9) if size % 3 == 0},
    mistakes=[
        ({2, 4, 6, 8}, "That would be right for stride 2."),
        ({1, 3, 6}, "A kernel of 1 leaves gaps: pixels that nothing reaches."),
        ({3}, "There is another one, in which four copies meet everywhere."),
        ({1, 2, 3}, "Small kernels do not overlap, but 1 and 2 leave gaps."),
        ({1, 3, 5, 7}, "Odd is not the point. Ask `evenly` for each."),
    ],
    hint="Ask `evenly(size, stride=3)` for each size from 1 to 8.",
)

# %% [markdown] tags=["solution"]
# The multiples of the stride. Along an axis a pixel gets kernel/stride copies,
# rounded up or down depending on where it lies; only if nothing has to be rounded are
# all alike.

# %% [markdown]
# ## Where FCN begins: from a coarse map to a mask
#
# You can now turn any small map into a large one, in one step if need be: a factor of
# 32 takes a tent of 64 pixels a side. Suppose an encoder did its work perfectly and
# told, for every 32×32 block, which share of it is pet, background and border. What
# mask comes out?


# %%
def up_by(stride, masks):
    """Averages the classes over blocks, then enlarges the shares again."""
    shares = keras.layers.AveragePooling2D(stride)(keras.ops.one_hot(masks, 3))
    layer = keras.layers.Conv2DTranspose(
        3, 2 * stride, stride, "same", kernel_initializer=BilinearKernel()
    )
    return create_mask(layer(shares))


photos, masks = next(iter(load_pets("validation").batch(40)))
masks = np.asarray(masks)
display(photos[0], masks[0], up_by(32, masks)[0], class_names=PET_CLASSES)

# %% [markdown]
# A blob: no tail, no legs, hardly a border. And not one block was wrong! What lies
# where inside a block was lost in the encoder, and a tent cannot guess it. How much
# is gained if the last cells are finer?

# %%
reached = {
    stride: mean_iou(confusion_matrix(masks, up_by(stride, masks), 3))
    for stride in (32, 16, 8)
}
{stride: round(score, 2) for stride, score in reached.items()}

# %% tags=["headline"]
assert reached[32] < reached[16] < reached[8]
scores = " · ".join(f"stride {s} {score:.2f}" for s, score in reached.items())
f"perfect coarse maps, up-sampled, reach mean IoU: {scores}"

# %% [markdown]
# Each halving of the stride pays. Where can finer cells come from? From earlier in the
# encoder. That is the step from FCN-32s to 16s to 8s, and lesson 4 takes it.
#
# ## What you learned
#
# - Nearest neighbour repeats, the bed of nails leaves zeros, max-unpooling remembers,
#   bilinear draws straight lines. None of them has a weight.
# - A transposed convolution adds one scaled copy of its kernel per input pixel, and the
#   bias once. It makes (n − 1)s + k pixels, with `"same"` n · s.
# - Its matrix is Wᵀ of a convolution: the gradient's way back, not an inverse.
# - A kernel that the stride does not divide paints checkerboards before any training.
# - Started as a tent, it is bilinear up-sampling that may become better.
#
# Next: lesson 4 turns a classifier into a segmenter.
#
# ## References
#
# - Dumoulin and Visin (2016), "A guide to convolution arithmetic for deep learning",
#   arXiv:1603.07285.
# - Badrinarayanan, Kendall and Cipolla (2015), "SegNet", arXiv:1511.00561.
# - Long, Shelhamer and Darrell (2015), "Fully convolutional networks for semantic
#   segmentation", arXiv:1411.4038.
# - Odena, Dumoulin and Olah (2016), "`Deconvolution` and checkerboard artifacts",
#   Distill, doi:10.23915/distill.00003.
