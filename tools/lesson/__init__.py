"""What a lesson is: its source, its copies, its exercises, and how they are run."""
