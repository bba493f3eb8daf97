"""Genre & Tempo Lab: what a neural network hears in music, as a small inference library."""
