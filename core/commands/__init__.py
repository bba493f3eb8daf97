"""The commands of the command line, one module for each family: options in, one call of the library, text out."""
