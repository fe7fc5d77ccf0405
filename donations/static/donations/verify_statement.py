"""Check what a merchant publishes about its giving: python3 verify_statement.py FOLDER.

Reads statements (.json and .csv), seals.json, proofs and feed.json, and needs nothing
but Python. Lines are bound to those before them, sums are made anew, and entries must
lead to their seals. Prints what is wrong, and ends with 0 only when nothing is.
"""

import csv
import hashlib
import io
import json
import sys
from collections import Counter
from pathlib import Path

COUNTED, ADDED = ("base", "share", "posted", "settled"), ("top_up", "write_off", "paid")


def expect(is_right, where, problem):
    """Go on if all is right."""
    if not is_right:
        raise ValueError(f"{where}: {problem}")


def canonical(value):
    """Return text and whole numbers as RFC 8785 writes them."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def read_records(path):
    """Yield each record with its place, once its bytes and its digest are right."""
    lines, digest = path.read_bytes().split(b"\n"), ""
    expect(lines[0] == b"[", f"{path.name}, line 1", "no document begins like this")
    for line, raw in enumerate(lines[1:], start=2):
        where, is_last = f"{path.name}, line {line}", not raw.endswith(b",")
        try:
            record = json.loads(raw.decode().removesuffix(","))
            said = record.pop("digest")
            digest = hashlib.sha256(digest.encode() + canonical(record)).hexdigest()
            text = canonical({**record, "digest": said}) + b"," * (not is_last)
        except (ValueError, LookupError, AttributeError, TypeError) as error:
            raise ValueError(f"{where}: it is no record") from error
        expect((text, said) == (raw, digest), where, "it is not as it was published")
        yield where, {**record, "digest": digest}
        if is_last:
            place = line + (not any(after[:2] == b'{"' for after in lines[line:]))
            is_end = lines[line:] == [b"]", b""]
            return expect(is_end, f"{path.name}, line {place}", "it ends wrongly")


def split(total, weights):
    """Divide by largest remainder, ties to the first."""
    parts = [total * weight // sum(weights) for weight in weights]
    rests = [total * weight % sum(weights) for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: (-rests[place], place))
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts


def follow(leaf, position, size, path):
    """Return the root to which a leaf leads (RFC 9162, 2.1.3.2); None if to none."""
    root, last, path = hashlib.sha256(b"\0" + leaf).digest(), size - 1, list(path)
    while last > 0:
        if position % 2 or position < last:
            beside = bytes.fromhex(path.pop(0)) if path else b""
            pair = beside + root if position % 2 else root + beside
            root = hashlib.sha256(b"\1" + pair).digest()
        position, last = position // 2, last // 2
    return None if path or position else root.hex()


def check_piece(where, piece, term, sums):
    """Check one piece against its terms, and count it in."""
    currency, parts = piece["currency"], piece["parts"]
    share = term["share_fixed_amount"] or -(-piece["base"] * term["share_bps"] // 10**4)
    expect(piece["share"] == share, where, f"its share should be {share}")
    is_whole = piece["posted"] == sum(parts.values()) <= share
    expect(is_whole and piece["settled"] in (0, piece["posted"]), where, "it is off")
    sums["whole", currency, piece["version"]] += piece["posted"]
    for place in (piece["territory"], "all"):
        sums["pieces", currency, place] += 1
        for name in COUNTED:
            sums[name, currency, place] += piece[name]
    for beneficiary, amount in parts.items():
        sums["given", currency, beneficiary] += amount


def sum_anew(record, owner, terms, sums):
    """Return a record of sums as it should be, by the pieces and the lines before."""
    currency, names = record["currency"], ("pieces", *COUNTED, *ADDED)
    if record["kind"] != "beneficiary":
        right = {name: sums[name, currency, owner] for name in names if name in record}
        left = {"cap_left": record.get("cap", 0) - right["posted"]}
        return record | right | (left if "cap" in record else {})
    given, fair = sums["given", currency, owner], 0
    for version, term in terms.items():
        parts = split(sums["whole", currency, version], term["weights"])
        fair += dict(zip(term["beneficiaries"], parts, strict=True)).get(owner, 0)
    for name in ADDED:
        sums[name, currency, "all"] += record[name]
    total = fair + record["top_up"] + record["write_off"]
    return {**record, "given": given, "true_up": fair - given, "total": total}


def check_statement(where, head, records, seen):
    """Make the sums of a statement anew from its pieces."""
    terms, sums, told, digest = {}, Counter(), set(), head["digest"]
    before = seen.get((head["pledge"], head["number"] - 1), head["previous"])
    expect(before == head["previous"], where, "it follows another statement")
    for where, record in records:  # noqa: PLR1704
        kind, digest = record["kind"], record["digest"]
        if kind == "terms":
            terms[record["version"]] = record
        elif kind == "piece":
            check_piece(where, record, terms[record["version"]], sums)
        else:
            owner = record.get("beneficiary", record.get("territory", "all"))
            right = sum_anew(record, owner, terms, sums)
            expect(record == right, where, f"by the pieces it should be {right}")
            told.add((kind == "beneficiary", record["currency"], owner))
    owed = {(of == "given", *whose) for of, *whose in sums if of in ("given", "base")}
    expect(owed <= told, where, f"no sum of {owed - told} comes before its end")
    seen[head["pledge"], head["number"]] = digest


def check_seals(_where, _head, records, seen):
    """Check that every root holds the root before."""
    root = "0" * 64
    for number, (where, seal) in enumerate(records, start=1):
        is_next = (seal["number"], seal["previous_root"]) == (number, root)
        found = follow(bytes.fromhex(root), 0, seal["size"], seal["path"])
        root = seal["root"]
        expect(is_next and found == root, where, "the seal before is not in it")
        seen[number] = (root, seal["size"])


def check_proof(where, head, records, seen):
    """Check that entries are under their seals, and together come to the donation."""
    given = 0
    for place, entry in records:
        payload = entry["payload"]
        for side, sign in (("debit", 1), ("credit", -1)):
            if payload["donation"] and payload[side].startswith("donation:"):
                given += sign * payload["amount"]
        path = entry["position"], entry["size"], entry["path"]
        root = follow(canonical(payload), *path), entry["size"]
        is_sealed = not entry["seal"] or seen.get(entry["seal"]) == root
        expect(is_sealed, place, "it is not what was sealed")
    expect(given == head["posted"], where, f"its entries come to {given}")


def check_feed(where, head, records, seen):
    """Check that the feed names the statements and the seal that are here."""
    root = seen.get(head["seal"], [head["root"]])[0]
    expect(root == head["root"], where, "it names another seal")
    for place, record in records:
        name, said = (record["pledge"], record.get("number")), record.get("statement")
        expect(seen.get(name, said) == said, place, "it names another statement")


def check_csv(path):
    """Compare a spreadsheet with its statement, line by line."""
    (_, head), *records = read_records(path.with_suffix(".json"))
    names, text = head["columns"], io.StringIO()
    rows = [[row.get(name, "") for name in names] for _, row in records]
    csv.writer(text).writerows([names, *(row for row in rows if row[0] != "terms")])
    lines = [*text.getvalue().encode().split(b"\n"), None]
    for line, raw in enumerate([*path.read_bytes().split(b"\n"), None], start=1):
        is_same = raw == lines[min(line, len(lines)) - 1]
        expect(is_same, f"{path.name}, line {line}", "its statement says otherwise")


def main(names):
    """Check files or whole folders; return what is wrong."""
    wrong, seen, paths = [], {}, [Path(name) for name in names]
    paths += [inner for path in paths if path.is_dir() for inner in path.iterdir()]
    last = {"seals.json": -1, "feed.json": 1}  # Proofs refer to seals, feeds to all.
    for path in sorted(paths, key=lambda path: (last.get(path.name, 0), path)):
        try:
            if path.suffix == ".json":
                records = read_records(path)
                where, head = next(records)
                CHECKS[head["kind"]](where, head, records, seen)
            elif path.suffix == ".csv":
                check_csv(path)
        except (OSError, ValueError) as problem:
            wrong.append(str(problem))
        except (LookupError, TypeError, StopIteration):
            wrong.append(f"{path.name}: it is none of the published files")
    return wrong


CHECKS = {"statement": check_statement, "seals": check_seals}
CHECKS |= {"proof": check_proof, "feed": check_feed}
if __name__ == "__main__":
    sys.exit("\n".join(main(sys.argv[1:] or ["."])) or None)
