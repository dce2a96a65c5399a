"""The landing assets, checks, job and schedule of exstream."""
