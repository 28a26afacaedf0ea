"""Programs for those who keep the course."""
