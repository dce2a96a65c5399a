"""Exstream: the REST client, the files that engine runs leave behind, their records and streams, the drop folder."""
