"""The same pictures from the sample, TensorFlow Datasets or a folder."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "sample": ["PET_CLASSES", "SPECIES", "species_groups"],
        "digits": ["draw_digits", "glyph"],
        "folders": ["read_pet_folder"],
        "loading": ["flowers_info", "load_flowers", "load_pets", "pets_info"],
        "pictures": ["read_image", "read_mask"],
        "scenes": ["load_scenes", "pasted_scenes"],
        "sources": ["breed_ids", "breed_names"],
        "splits": ["fingerprints", "split_names"],
    },
)
