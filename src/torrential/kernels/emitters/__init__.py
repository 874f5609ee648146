"""Emitters of machine code that Numba has no words for; imported when a kernel is compiled."""
