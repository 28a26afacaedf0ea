"""Sample data, pretrained weights, and the programs that make them."""
