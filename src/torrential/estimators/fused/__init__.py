"""What estimators share that hash rows and learn them in one pass."""
