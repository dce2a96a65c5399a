"""The stand-in for OpenText Exstream: OTDS tokens, the orchestration runtime, Design, and output folders.

What belongs here: the vendor's public REST contract, its delivery file and message file, a batch call that
composes driver data, and the same run as files under an output folder. What does not belong here: what a
communication means; the driver data says that.
"""
