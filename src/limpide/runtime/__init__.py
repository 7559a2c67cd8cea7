"""From C text to running code: compilers, their cache, loading, threads; and the NumPy interpreter."""
