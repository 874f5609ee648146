"""Sparse rows in few bytes and back, to the bit: gaps between columns, and each row's values once.

Each value is a word of 16 bits: the gap to the column before in the upper 14, then the sign, then
whether its magnitude is another than the row's usual one. Another gap than that, or one
that is not above 0, is in the two words that follow a gap of 0.
"""

import numpy as np

from torrential.kernels.jit import kernel

GAP_BITS = 14
GAP_LIMIT = 1 << GAP_BITS
MAGNITUDE = np.uint32(0x7FFFFFFF)
NONE = np.uint32(0xFFFFFFFF)
SPILLED = 255
"""Code of a magnitude that a row's table has no room for."""

N_SIZES = 4
WORDS, TABLES, CODES, SPILLS = range(N_SIZES)
"""Places of the sizes that `pack_rows` tells."""


@kernel
def pack_rows(bits, indices, indptr, words, usual, table_sizes, tables, codes, spills, sizes):
    """Pack rows into sufficiently large arrays, and return the used length of each.

    Parameters
    ----------
    bits : uint32 array of shape (n_values,)
        The values, as their bits.
    indices : int32 array of shape (n_values,)
        In any order; ascending ones take less room.
    indptr : int64 array of shape (n_rows + 1,)
    words : uint16 array of shape (3 * n_values,)
    usual : uint32 array of shape (n_rows,)
        Gets the smallest magnitude of each row that is not 0.
    table_sizes : uint8 array of shape (n_rows,)
        Gets how many other magnitudes each row has in the table.
    tables, spills : uint32 arrays of shape (n_values,)
    codes : uint8 array of shape (n_values,)
    sizes : int64 array of shape (4,)
        Gets the sizes of words, tables, codes and spills.
    """
    n_words = n_tables = n_codes = n_spills = np.int64(0)
    for row in range(len(indptr) - 1):
        begin, end = indptr[row], indptr[row + 1]
        least = NONE
        for place in range(begin, end):
            magnitude = bits[place] & MAGNITUDE
            if magnitude != 0 and magnitude < least:
                least = magnitude
        usual[row] = least
        first, column = n_tables, np.int64(-1)
        for place in range(begin, end):
            magnitude = bits[place] & MAGNITUDE
            flags = np.int64(bits[place] >> 31) << 1
            if magnitude != least:
                flags |= 1
                code = first
                while code < n_tables and tables[code] != magnitude:
                    code += 1
                if code - first >= SPILLED:
                    spills[n_spills] = magnitude
                    n_spills += 1
                    codes[n_codes] = SPILLED
                else:
                    if code == n_tables:
                        tables[n_tables] = magnitude
                        n_tables += 1
                    codes[n_codes] = code - first
                n_codes += 1
            gap = np.int64(indices[place]) - column
            column = np.int64(indices[place])
            if 0 < gap < GAP_LIMIT:
                words[n_words] = gap << 2 | flags
                n_words += 1
            else:
                words[n_words] = flags
                words[n_words + 1] = gap & 0xFFFF
                words[n_words + 2] = gap >> 16 & 0xFFFF
                n_words += 3
        table_sizes[row] = n_tables - first
    sizes[WORDS], sizes[TABLES], sizes[CODES] = n_words, n_tables, n_codes
    sizes[SPILLS] = n_spills


@kernel
def unpack_rows(words, usual, table_sizes, tables, codes, spills, indptr, bits, indices):
    """Unpack the rows of `pack_rows` into arrays of their sizes."""
    word = code = spill = first = np.int64(0)
    for row in range(len(indptr) - 1):
        least, column = usual[row], np.int64(-1)
        for place in range(indptr[row], indptr[row + 1]):
            packed = np.int64(words[word])
            word += 1
            gap = packed >> 2
            if gap == 0:
                gap = np.int64(words[word]) | np.int64(words[word + 1]) << 16
                gap -= gap >> 31 << 32  # a column that is not above the one before
                word += 2
            column += gap
            indices[place] = column
            magnitude = least
            if packed & 1:
                number = np.int64(codes[code])
                code += 1
                if number == SPILLED:
                    magnitude = spills[spill]
                    spill += 1
                else:
                    magnitude = tables[first + number]
            bits[place] = magnitude | np.uint32((packed & 2) << 30)
        first += np.int64(table_sizes[row])
