"""Stand-ins for the three vendors on loopback: Cloudinary, OpenText Exstream, OpenText Trading Grid.

Belongs here: services that speak the vendors' wire formats closely enough that real clients cannot tell, and
the scenario that drives them. Does not belong here: anything that the product itself needs at run time. This
package imports nothing of the product, and no product package imports it.
"""
