"""Every network of the course, its weights, its training and what it costs."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "classifiers": [
            "IMAGENET_SPECIES",
            "class_names",
            "classifier",
            "small_convnet",
            "species_classifier",
        ],
        "fcns": ["crop_offsets", "fcn", "fcn_sizes"],
        "mobilenet_unet": [
            "light_decoder",
            "mobilenet_v2",
            "mobilenet_v2_encoder",
            "unet_model",
            "upsample",
        ],
        "surgery": [
            "at_size",
            "convolutional",
            "convolutional_head",
            "split_at",
            "transplant",
        ],
        "training": ["EpochTimer", "count_macs", "recipe", "unfreeze_encoder"],
        "unets": [
            "nearest_valid_sizes",
            "output_margin",
            "skip_crops",
            "unet",
            "unet_table",
            "valid_input_sizes",
        ],
        "vgg": ["MEAN_COLOUR", "VGG_STAGES", "vgg16"],
        "weights": ["weights_info"],
    },
)
