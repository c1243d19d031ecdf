"""How Shegong is put on a machine: the local runtime of `make run`, the operator's commands, the checks of the tree."""
