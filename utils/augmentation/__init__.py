"""Random changes of pictures, and of masks and boxes along with them."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "geometry": [
            "addressed",
            "affine",
            "affine_matrix",
            "flip_matrix",
            "misplaced",
            "move_boxes",
            "resample",
            "translate",
        ],
        "keras_layers": ["RandomInvert", "random_layers", "random_views"],
        "pipelines": ["as_written", "augment", "compare", "with_seeds"],
        "pixels": [
            "add_noise",
            "adjust_brightness",
            "adjust_saturation",
            "blur",
            "greyscale",
            "jitter",
            "jpeg",
            "motion_blur",
        ],
        "transforms": [
            "random_affine",
            "random_brightness",
            "random_crop",
            "random_flip",
            "random_quarter_turns",
            "random_translation",
        ],
    },
)
