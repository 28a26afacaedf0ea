"""Up-sampling, transposed convolution and shape arithmetic, by hand and as layers."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["shapes"],
    submod_attrs={
        "keras_layers": ["BilinearKernel", "MaxPoolingWithPositions", "MaxUnpooling"],
        "transposed": [
            "convolution_matrix",
            "overlap_counts",
            "transposed_convolution",
            "transposed_size",
        ],
        "upsampling": [
            "bed_of_nails",
            "bilinear",
            "bilinear_kernel",
            "max_pool",
            "max_unpool",
            "nearest_neighbour",
        ],
    },
)
