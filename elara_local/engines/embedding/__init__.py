"""The engines: one class in one file each; `assemble` names them."""
