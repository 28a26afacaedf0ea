"""Boxes: their scores, sliding windows, detectors of one stage and of two."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "boxes": [
            "box_giou",
            "box_iou",
            "convert_boxes",
            "match_boxes",
            "non_maximum_suppression",
        ],
        "one_stage": ["decode_grid", "grid_head", "grid_loss", "grid_targets"],
        "precision": [
            "average_precision",
            "coco_average_precision",
            "coco_curves",
            "precision_recall",
            "voc_average_precision",
        ],
        "sliding": [
            "best_windows",
            "cell_differences",
            "classify_windows",
            "detect",
            "feature_map_scores",
            "group_probabilities",
            "select",
            "window_scores",
        ],
        "two_stage": [
            "apply_deltas",
            "box_deltas",
            "crop_features",
            "decode_regions",
            "pooled_features",
            "region_head",
            "region_loss",
            "roi_cells",
            "roi_pool",
            "sliding_proposals",
            "training_proposals",
        ],
        "window_training": ["random_windows", "window_classifier", "window_examples"],
        "windows": [
            "batched",
            "crop_windows",
            "pyramid_sizes",
            "pyramid_windows",
            "window_grid",
            "window_starts",
        ],
    },
)
