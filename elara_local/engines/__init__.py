"""The engines: one class in one file each; `engine_table` names them."""
