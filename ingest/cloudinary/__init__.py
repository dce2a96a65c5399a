"""Cloudinary: the client over the vendor's SDK, its records and streams, and the parser of addresses."""
