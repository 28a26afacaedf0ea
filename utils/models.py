"""Every network of the course under one name: `from utils import models`."""

from utils.classifiers import class_names, classifier
from utils.mobilenet_unet import mobilenet_v2_encoder, unet_model, upsample
from utils.unet import unet

__all__ = [
    "class_names",
    "classifier",
    "mobilenet_v2_encoder",
    "unet",
    "unet_model",
    "upsample",
]
