"""Training: the only part of the project that imports Lightning. Inference needs none of it."""
