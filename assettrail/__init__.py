"""assettrail: the audit warehouse between Cloudinary, OpenText Exstream and OpenText Trading Grid.

Here belongs the ground that every other package stands on: settings, errors, the clock, and the command line.
Nothing that knows a vendor, a table or a page belongs here.
"""

__version__ = "0.1.0"
