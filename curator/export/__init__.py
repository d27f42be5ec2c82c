"""The loading dock's pure part: which examples leave, in which files, and what trainers take."""
