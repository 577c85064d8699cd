"""Writing MiniPedes, or other crops, in the layouts of public data sets."""
