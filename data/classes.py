"""The classes of the sample data; their places in these tuples are their ids."""

CATS = ("tabby", "siamese", "persian", "tuxedo")
DOGS = ("beagle", "dalmatian", "shiba", "retriever")
BREEDS = CATS + DOGS
SPECIES = ("Cat", "Dog")
FLOWERS = ("dandelion", "daisy", "tulips", "sunflowers", "roses")
