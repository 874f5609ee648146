"""Options and figures of applying models to rows."""
