"""Bouquets and meadows: leaves and petals as surfaces, cut into small patches."""
