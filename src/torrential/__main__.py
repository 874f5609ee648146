"""Run the command line as ``python -m torrential``."""

from torrential.cli import main

if __name__ == "__main__":
    main()
