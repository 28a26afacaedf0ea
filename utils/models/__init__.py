"""Every network of the course under one name: `from utils import models`."""

from utils.classifiers import class_names, classifier
from utils.fcn import fcn
from utils.mobilenet_unet import (
    light_decoder,
    mobilenet_v2_encoder,
    pix2pix_decoder,
    unet_model,
    upsample,
)
from utils.transplant import convolutional, transplant
from utils.unet import unet
from utils.vgg import vgg16

__all__ = [
    "class_names",
    "classifier",
    "convolutional",
    "fcn",
    "light_decoder",
    "mobilenet_v2_encoder",
    "pix2pix_decoder",
    "transplant",
    "unet",
    "unet_model",
    "upsample",
    "vgg16",
]
