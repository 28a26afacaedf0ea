"""Building blocks of the course: data sets, models, metrics, plots, checks."""
