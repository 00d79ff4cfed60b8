"""Tables in documents."""


def insert(file, name, table):
    """Replaces what stands in a document between `<!-- begin NAME -->` and `<!-- end NAME -->`."""
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    before, _, rest = file.read_text().partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"{file} has no place for {name}")
    file.write_text(before + begin + table + end + after)
