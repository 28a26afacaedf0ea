"""Scores of masks, all of them from one confusion matrix."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "keras_metrics": ["ConfusionScore", "SoftDice"],
        "scores": [
            "accuracy_per_class",
            "binary_confusion",
            "confusion_matrix",
            "confusion_per_image",
            "dataset_confusion",
            "dice_per_class",
            "frequency_weighted_iou",
            "iou_by_threshold",
            "iou_per_class",
            "mean_accuracy",
            "mean_dice",
            "mean_iou",
            "per_image_mean",
            "pixel_accuracy",
        ],
    },
)
