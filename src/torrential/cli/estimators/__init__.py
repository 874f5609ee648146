"""Estimators of commands: those that they train, and those that files hold."""
