"""How various the data is: figures, neighbours, clusters and their names, a layout in the plane.

Pure: unit vectors and texts in, numbers and arrays out. Everything is decided by its seed.
"""
