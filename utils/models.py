"""Every network of the course under one name: `from utils import models`."""

from utils.classifiers import class_names, classifier
from utils.mobilenet_unet import (
    light_decoder,
    mobilenet_v2_encoder,
    pix2pix_decoder,
    unet_model,
    upsample,
)
from utils.unet import unet

__all__ = [
    "class_names",
    "classifier",
    "light_decoder",
    "mobilenet_v2_encoder",
    "pix2pix_decoder",
    "unet",
    "unet_model",
    "upsample",
]
