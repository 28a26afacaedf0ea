"""Rendered cats, dogs and flowers: 3-D scenes with exact masks."""
