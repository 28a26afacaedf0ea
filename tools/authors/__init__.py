"""Programs for those who write the course."""
