"""For instructors: assignments, and grades for what comes back."""
