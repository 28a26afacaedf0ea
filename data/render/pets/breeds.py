"""The breeds: four cats and four dogs, told apart by shape and by pattern.

Colours are sRGB, 0 to 255. They are shared between breeds on purpose (a cream cat, a
cream dog; black ones of both kinds): what tells breeds apart is ears, muzzle, coat
pattern and build.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Breed:
    """One breed; lengths are in scene units, where a body is about 1 long.

    Attributes:
        coat: Name of the pattern in `coats.COATS`.
        colours: Choices of (main, second, light) colour.
        eyes: Choices of iris colour.
        head: Radius of the skull.
        ears: "point" (cat), "up" (prick-eared dog) or "flop".
        ear: Size of the ears, 1 is usual.
        muzzle: How far the muzzle reaches, in skull radii: beyond the skull for a
            dog; for a cat the difference from the usual.
        girth, limb: Thickness of body and legs, 1 is usual.
        legs, neck: Their lengths.
        tail: "long", "plume", "sabre" or "curl".
        fur: Length of hair, 1 is usual.
        tongue: How often it shows, 0 to 1.
        eye: Size of the eyes, 1 is usual.
    """

    name: str
    species: str
    coat: str
    colours: tuple
    eyes: tuple
    head: float = 0.21
    ears: str = "point"
    ear: float = 1.0
    muzzle: float = 0.0
    girth: float = 1.0
    legs: float = 0.36
    limb: float = 1.0
    neck: float = 0.16
    tail: str = "long"
    fur: float = 1.0
    tongue: float = 0.0
    eye: float = 1.0


WHITE, BLACK = (238, 234, 226), (47, 44, 45)

CATS = (
    Breed(
        name="tabby",
        species="cat",
        coat="stripes",
        colours=(
            ((168, 136, 98), (58, 42, 33), (228, 210, 182)),
            ((212, 140, 74), (140, 68, 28), (244, 220, 186)),
            ((166, 166, 168), (52, 52, 56), (228, 228, 228)),
        ),
        eyes=((170, 180, 70), (215, 170, 60), (120, 165, 90)),
    ),
    Breed(
        name="siamese",
        species="cat",
        coat="points",
        colours=(
            ((234, 220, 196), (72, 52, 44), WHITE),
            ((228, 226, 224), (98, 94, 102), WHITE),
            ((240, 222, 190), (150, 92, 58), WHITE),
        ),
        eyes=((90, 160, 225),),
        head=0.195,
        ear=1.25,
        muzzle=0.08,
        girth=0.86,
        limb=0.85,
        neck=0.19,
        fur=0.7,
    ),
    Breed(
        name="persian",
        species="cat",
        coat="solid",
        colours=(
            ((240, 236, 228), (236, 230, 220), (244, 240, 234)),
            ((226, 194, 148), (205, 165, 115), (240, 222, 190)),
            ((132, 136, 146), (108, 112, 122), (158, 162, 172)),
            ((210, 140, 76), (184, 110, 54), (236, 190, 140)),
            ((62, 57, 57), (48, 45, 45), (94, 88, 88)),
        ),
        eyes=((225, 140, 40), (230, 175, 60)),
        head=0.235,
        ear=0.66,
        muzzle=-0.05,
        girth=1.25,
        legs=0.27,
        limb=1.25,
        neck=0.11,
        tail="plume",
        fur=2.6,
        eye=1.1,
    ),
    Breed(
        name="tuxedo",
        species="cat",
        coat="bib",
        colours=(
            (BLACK, (42, 39, 41), WHITE),
            ((92, 95, 104), (78, 80, 88), WHITE),
            ((104, 72, 52), (88, 60, 44), WHITE),
        ),
        eyes=((190, 190, 70), (150, 185, 90), (225, 180, 70)),
    ),
)

DOGS = (
    Breed(
        name="beagle",
        species="dog",
        coat="saddle",
        colours=(
            ((186, 116, 62), BLACK, WHITE),
            ((206, 150, 92), (190, 130, 74), WHITE),
            ((160, 98, 56), (74, 54, 46), WHITE),
        ),
        eyes=((80, 48, 24),),
        ears="flop",
        ear=1.15,
        muzzle=0.75,
        legs=0.40,
        limb=1.1,
        tail="sabre",
        tongue=0.3,
        fur=0.7,
    ),
    Breed(
        name="dalmatian",
        species="dog",
        coat="spots",
        colours=(
            (WHITE, (50, 46, 46), WHITE),
            (WHITE, (104, 66, 44), WHITE),
            ((226, 214, 196), (64, 52, 48), WHITE),
        ),
        eyes=((86, 54, 28), (130, 150, 170)),
        head=0.2,
        ears="flop",
        ear=0.85,
        muzzle=0.85,
        legs=0.52,
        girth=0.92,
        neck=0.22,
        tail="sabre",
        tongue=0.5,
        fur=0.6,
    ),
    Breed(
        name="shiba",
        species="dog",
        coat="cream",
        colours=(
            ((208, 132, 68), (170, 100, 48), (246, 234, 214)),
            ((74, 64, 60), (58, 52, 50), (226, 190, 148)),
            ((216, 180, 132), (192, 150, 102), (248, 242, 230)),
        ),
        eyes=((70, 42, 24),),
        head=0.215,
        ears="up",
        ear=1.0,
        muzzle=0.6,
        legs=0.38,
        limb=1.1,
        girth=1.05,
        tail="curl",
        tongue=0.35,
        fur=1.3,
    ),
    Breed(
        name="retriever",
        species="dog",
        coat="solid",
        colours=(
            ((206, 158, 96), (186, 134, 74), (232, 200, 150)),
            ((228, 204, 164), (208, 178, 132), (240, 226, 200)),
            ((122, 76, 50), (100, 62, 42), (150, 98, 68)),
            ((60, 55, 55), (47, 44, 44), (90, 82, 80)),
        ),
        eyes=((84, 52, 28),),
        ears="flop",
        ear=1.0,
        muzzle=0.8,
        legs=0.44,
        limb=1.25,
        girth=1.12,
        neck=0.2,
        tail="plume",
        tongue=0.7,
        fur=2.0,
    ),
)

BREEDS = CATS + DOGS
