"""What object code needs from elsewhere, as its own table of symbols says it."""

import numpy as np
from llvmlite import binding

ENTRY = np.dtype(
    [("name", "<u4"), ("info", "u1"), ("other", "u1"), ("section", "<u2"), ("at", "<u8", 2)]
)
"""Entry of the table of symbols in ELF files of 64 bits; section 0 is elsewhere."""

OF_LINKER = "_GLOBAL_OFFSET_TABLE_"
"""Made by the linker."""


def undefined(code: bytes) -> list[str] | None:
    """Return the names that object code uses and does not define; None if it is not ELF.

    Parameters
    ----------
    code : bytes
        Object code for a processor of 64 bits.
    """
    if code[:4] != b"\x7fELF":
        return None
    file = binding.ObjectFileRef.from_data(code)
    sections = {each.name(): bytes(each.data()) for each in file.sections()}
    names = sections.get(b".strtab", b"")
    symbols = np.frombuffer(sections.get(b".symtab", b""), ENTRY)
    starts = symbols["name"][(symbols["section"] == 0) & (symbols["name"] > 0)]
    found = [names[start : names.index(b"\0", start)].decode() for start in starts.tolist()]
    return [name for name in found if name != OF_LINKER]
