"""Every figure of the course, in one palette."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "boxes": [
            "show_boxes",
            "show_detections",
            "show_instances",
            "show_outlines",
            "show_tasks",
        ],
        "curves": [
            "plot_history",
            "show_precision_recall",
            "show_profiles",
            "show_thresholds",
        ],
        "galleries": ["show_gallery", "show_heat_maps", "show_sheet", "show_windows"],
        "grids": ["show_grids", "show_overlaps", "show_scatter"],
        "networks": [
            "plot_architecture",
            "show_costs",
            "show_network",
            "show_overlap_tile",
            "show_seen",
            "show_unet",
        ],
        "panels": [
            "ShowPrediction",
            "display",
            "show_binary",
            "show_comparison",
            "show_feature_maps",
            "show_overlays",
            "show_predictions",
            "show_rows",
        ],
        "style": ["explore"],
    },
)
