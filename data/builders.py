"""The sample as TensorFlow Datasets builders, with the features of the originals."""

import tensorflow_datasets as tfds

from utils.datasets.sample import BREEDS
from utils.datasets.sample import FLOWER_CLASSES as FLOWERS

SPECIES = ("Cat", "Dog")  # as the Oxford-IIIT Pet data set spells them


def _ids():
    """One id a pixel, stored as PNG."""
    return tfds.features.Image(shape=(None, None, 1), encoding_format="png")


class Rendered(tfds.core.GeneratorBasedBuilder):
    """Stores examples that are rendered already: a dict split -> {key: example}."""

    VERSION = tfds.core.Version("1.0.0")
    SKIP_REGISTERING = True
    supervised_keys = None

    def __init__(self, examples, **kwargs):
        self.examples = examples
        super().__init__(**kwargs)

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.__doc__,
            features=tfds.features.FeaturesDict(self.features()),
            supervised_keys=self.supervised_keys,
            license="CC0-1.0",
        )

    def _split_generators(self, dl_manager):
        return {split: examples.items() for split, examples in self.examples.items()}

    def _generate_examples(self, examples):
        yield from examples


class Pets(Rendered):
    """Rendered cats and dogs, stored as `oxford_iiit_pet` is, with instance masks."""

    supervised_keys = ("image", "label")

    def features(self):
        """The features of `oxford_iiit_pet` 4.0.0, and `instance_mask`."""
        return {
            "image": tfds.features.Image(encoding_format="jpeg"),
            "label": tfds.features.ClassLabel(names=BREEDS),
            "species": tfds.features.ClassLabel(names=SPECIES),
            "file_name": tfds.features.Text(),
            "segmentation_mask": tfds.features.Image(
                shape=(None, None, 1), use_colormap=True
            ),
            "head_bbox": tfds.features.BBoxFeature(),
            "instance_mask": _ids(),
        }


class Flowers(Rendered):
    """Rendered flowers, stored as `tf_flowers` is."""

    supervised_keys = ("image", "label")

    def features(self):
        """The features of `tf_flowers` 3.0.1."""
        return {
            "image": tfds.features.Image(),
            "label": tfds.features.ClassLabel(names=FLOWERS),
        }


class Scenes(Rendered):
    """Rendered scenes of a cat and a dog each, with boxes and instance masks."""

    def features(self):
        """One list entry and one id in `instance_mask` (from 1) for each animal."""
        return {
            "image": tfds.features.Image(encoding_format="jpeg"),
            "file_name": tfds.features.Text(),
            "objects": tfds.features.Sequence(
                {
                    "bbox": tfds.features.BBoxFeature(),
                    "head_bbox": tfds.features.BBoxFeature(),
                    "species": tfds.features.ClassLabel(names=SPECIES),
                    "label": tfds.features.ClassLabel(names=BREEDS),
                }
            ),
            "instance_mask": _ids(),
        }


BUILDERS = {"pets": Pets, "flowers": Flowers, "scenes": Scenes}
