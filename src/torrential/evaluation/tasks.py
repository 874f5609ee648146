"""Names of the tasks that a scorer is for."""

BINARY, MULTICLASS, TARGETS = "binary", "multiclass", "regression"
MULTILABEL = "multilabel"
