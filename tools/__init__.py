"""For those who keep the course: run lessons, make notebooks, grade."""
