"""`scipy.misc`, where it is gone; `science` fills it."""
