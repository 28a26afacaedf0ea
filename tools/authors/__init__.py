"""For authors: notebooks from their sources, slides, the syllabus."""
