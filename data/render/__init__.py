"""Small rendered scenes with exact masks: pets in rooms and gardens, and flowers."""
