"""Outlines of petals and leaves.

Each gives the width of a petal at the places s, 0 at its foot and 1 at its tip; about
1 where it is widest.
"""

import numpy as np

from data.render.engine import step


def strap(s):
    """Parallel edges and a round tip."""
    tip = np.sqrt(np.clip(1 - (np.maximum(s - 0.8, 0) / 0.21) ** 2, 0.03, 1))
    return (0.45 + 0.55 * step(0, 0.5, s)) * tip


def pointed(s):
    """Widest in the middle, with a point at either end."""
    return 0.05 + 0.95 * np.sin(np.pi * np.clip(s, 0, 1) ** 0.75) ** 0.9


def fan(s):
    """Widens all the way to a broad, round tip."""
    tip = np.sqrt(np.clip(1.02 - s**5, 0.02, 1))
    return 0.22 + 0.78 * np.sqrt(np.clip(s, 0, 1)) * tip


def bowl(s):
    """Widest below the middle, narrowing to a soft point."""
    place = np.clip(0.12 + 0.88 * s, 0, 1)
    return 0.14 + 0.86 * np.sin(np.pi * place**0.85) ** 0.75


def blade(s):
    """Wide at the foot, tapering to a long point: grass."""
    return 0.04 + 0.96 * step(-0.2, 0.12, s) * np.clip(1 - s, 0, 1) ** 0.6


def sword(s):
    """Long and pointed, with a wide foot: tulips."""
    return pointed(0.06 + 0.94 * s)


def jagged(s):
    """Teeth that point back to the foot: dandelions."""
    tooth = 0.35 + 0.65 * (1 - (5.5 * s) % 1)
    return (0.2 + 0.8 * s**0.7) * tooth * (1 - s**8) + 0.05


def serrated(s):
    """An oval with a fine saw edge: roses."""
    return pointed(s) * (0.93 + 0.07 * np.sin(60 * s))


def heart(s):
    """Widest near the foot, with a point: sunflowers."""
    return 0.05 + 1.76 * np.sqrt(np.clip(s, 0, 1)) * np.clip(1 - s, 0, 1) ** 0.8


def lobed(s):
    """Wider towards a round tip, with lobes: daisies."""
    lobes = 0.8 + 0.3 * np.sin(22 * s)
    return (0.3 + 0.7 * s) * np.sqrt(np.clip(1 - s**4, 0, 1)) * lobes + 0.03
