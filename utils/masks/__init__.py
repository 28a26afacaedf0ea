"""Forms of a mask, binary targets, objects in a mask, tiles of a large picture."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "forms": [
            "binary_mask",
            "binary_target",
            "color_mask",
            "create_mask",
            "ids_from_colors",
            "ids_from_one_hot",
            "one_hot",
            "overlap_tiles",
        ],
        "instances": ["boxes_from_instances", "instances_from_semantic"],
    },
)
