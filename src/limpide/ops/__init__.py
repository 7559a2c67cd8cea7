"""Every op, one block each, and the functions composed of them."""
