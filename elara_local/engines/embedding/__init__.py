"""The embedding engines, and the making of the int8 encoder."""
