"""The corpus: canonical tables of publications and what hangs on them, and the readers that fill them."""
