"""Live links after composition: the verdict over the exposure of each, and the versions that it served."""
