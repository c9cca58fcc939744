"""Files that are taken in from the command line: tried first, with a file of what is at fault, all rows or none."""
