#!/usr/bin/env bash
# Install the peers into the virtual environment given as the argument.
# fastText's Python package brings no command line, so it is compiled from the same source archive,
# with the flags of its own Makefile and for this processor. Needs a C++17 compiler.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
venv=$1
flags="-O3 -march=native -funroll-loops -include cstdint" # newer compilers no longer imply <cstdint>
"${PYTHON:-python3}" -m venv "$venv"
CFLAGS="$flags" "$venv/bin/python" -m pip install --quiet -r benchmarks/requirements-peers.txt
source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT
"$venv/bin/python" -m pip download --quiet --no-deps --no-binary fasttext -d "$source" \
    "$(grep '^fasttext==' benchmarks/requirements-peers.txt)"
tar -xzf "$source"/fasttext-*.tar.gz -C "$source"
# shellcheck disable=SC2086  # the flags are words
g++ $flags -std=c++17 -pthread "$source"/fasttext-*/src/*.cc -o "$venv/bin/fasttext"
