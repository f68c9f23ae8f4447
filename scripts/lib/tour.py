#!/usr/bin/env python3
"""Checks the results of scripts/run.sh against the plain sample, and does small things for it: it reads
files of JSON, and runs the commands of a page.

What each operation should have answered is computed here once more, from the CSV and from the list
of what was planted in the tickets, by code that shares nothing with the engine. Then everything the
parent saw is searched for every value of the sample, in plain, hex and base64.

Python's standard library only. Runs in the working directory of the tour.
"""

import base64
import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

SAMPLES = Path("samples")
RESULTS = Path("results")
SEALED_COLUMNS = ["name", "email", "phone", "ssn", "iban", "card", "date_of_birth"]
# A place of random bytes holds so long a value by chance once in 2**56.
HEAD_BYTES = 7


# --- small files ----------------------------------------------------------------------------------


def get(path, member):
    """Prints a member of the first line of a file of JSON."""
    with open(path, encoding="utf-8") as file:
        print(json.loads(file.readline())[member])


def credentials(path, name, form):
    """Prints a principal's credentials, as exports of a shell or as lines of TOML."""
    for block in Path(path).read_text(encoding="utf-8").split("[[principal]]"):
        members = dict(re.findall(r'^(\w+) = "([^"\\]*)"$', block, re.MULTILINE))
        if members.get("name") == name:
            break
    else:
        sys.exit(f"tour.py: {path} has no principal {name}")
    for member in ["access_key_id", "secret_access_key", "session_token"]:
        if member in members:
            key, value = member, members[member]
            print(f"export AWS_{key.upper()}='{value}'" if form == "shell" else f'{key} = "{value}"')


def root(result, out):
    """Writes the KMS ciphertext of a new root to a file and prints its SHA-256."""
    (line,) = lines(result)
    if "result" not in line:
        sys.exit(f"tour.py: no root was made: {line}")
    text = line["result"]["blob"]
    blob = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    Path(out).write_bytes(blob)
    print(hashlib.sha256(blob).hexdigest())


def lines(path):
    """The objects of a file with one a line."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


# --- what should have come out --------------------------------------------------------------------


class Failed(Exception):
    """A check that did not pass. Holds no value of the sample."""


def expect(condition, message):
    if not condition:
        raise Failed(message)


def masked(value, keep_last, skip):
    """The value with all but the last characters hidden; separators stay and do not count."""
    left, out = keep_last, []
    for character in reversed(value):
        if character in skip:
            out.append(character)
        elif left > 0:
            out.append(character)
            left -= 1
        else:
            out.append("*")
    return "".join(reversed(out))


def is_adult(born, today):
    born = date.fromisoformat(born)
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return age >= 18


def results(name, references):
    """The results of a file, which must have exactly these references in this order."""
    answers = lines(RESULTS / name)
    found = [answer["reference"] for answer in answers]
    expect(found == references, f"{name} has other items than the input, or another order")
    errors = sorted({answer["error"]["code"] for answer in answers if "error" in answer})
    expect(not errors, f"{name} has errors: {', '.join(errors)}")
    return [answer["result"] for answer in answers]


def check_mask(customers):
    cells = [(row, column) for row in customers for column in ["ssn", "card"]]
    given = results("mask.ndjson", [f"{row['customer_id']}/{column}" for row, column in cells])
    wanted = [masked(row[column], 4, "- ") for row, column in cells]
    expect(given == wanted, f"{differences(given, wanted)} masks differ")
    expect(all("*" in mask for mask in given), "a mask hides nothing")
    return f"{len(given)} SSNs and cards masked, each exactly as computed from the CSV"


def check_verify(customers):
    references = [f"{row['customer_id']}/date_of_birth" for row in customers]
    given = results("verify.ndjson", references)
    # The enclave looked at its clock between these two; they differ at midnight only.
    days = [date.fromisoformat(day) for day in (RESULTS / "days").read_text().split()]
    for row, answer in zip(customers, given):
        wanted = {is_adult(row["date_of_birth"], day) for day in days}
        expect(type(answer) is bool and answer in wanted, "an age is answered wrongly")
    expect(len(set(given)) == 2, "the sample should have adults and minors")
    return f"{len(given)} ages: {sum(given)} are 18, {len(given) - sum(given)} are not, all right"


def check_pseudonymize(customers):
    references = [f"{row['customer_id']}/email" for row in customers]
    given = results("pseudonymize-1.ndjson", references)
    again = results("pseudonymize-2.ndjson", references)
    form = re.compile(r"vp1\.EMAIL_ADDRESS\.k1\.[a-z2-7]{52}")
    expect(all(form.fullmatch(pseudonym) for pseudonym in given), "a pseudonym is malformed")
    expect(given == again, "a second run gave other pseudonyms")
    emails = [row["email"] for row in customers]
    pairs = set(zip(emails, given))
    expect(
        len(pairs) == len(set(emails)) == len(set(given)),
        "equal e-mails must have one pseudonym, different ones different pseudonyms",
    )
    return f"{len(pairs)} e-mails have as many pseudonyms, the same in a second run"


# What the model of names may find in a ticket besides; it is not certain, and reads all as English.
NAMES = re.compile("<(?:PERSON|LOCATION|ADDRESS|ORGANIZATION|NRP)>")


def names_aside(answer, wanted):
    """Whether the answer is the wanted text, in which nothing but names may be replaced besides."""
    first, *others = NAMES.split(answer)
    if not wanted.startswith(first):
        return False
    at = len(first)
    for piece in others:
        found = wanted.find(piece, at + 1) if piece else len(wanted)
        # A name stood there: something, and nothing that had to be replaced by its own type.
        if found <= at or "<" in wanted[at:found]:
            return False
        at = found + len(piece)
    return at == len(wanted)


def check_redact(tickets, planted):
    references = [ticket["reference"] for ticket in tickets]
    given = results("redact.ndjson", references)
    wanted, values = [], 0
    for ticket, answer, plants in zip(tickets, given, planted):
        expect(plants["reference"] == ticket["reference"], "the sample's two lists differ")
        text, at, out = ticket["text"].encode(), 0, b""
        for plant in plants["planted"]:
            values += 1
            place = f"{plant['entity']} of {ticket['reference']}"
            expect(text[plant["start"] : plant["end"]].decode() == plant["value"], "sample is off")
            expect(plant["value"] not in answer, f"{place} is left in the text")
            out += text[at : plant["start"]] + f"<{plant['entity']}>".encode()
            at = plant["end"]
        wanted.append((out + text[at:]).decode())
    other = [ref for ref, one, two in zip(references, given, wanted) if not names_aside(one, two)]
    expect(not other, f"these tickets lost or kept other text: {' '.join(other[:8])}")
    return f"{values} values gone from {len(given)} tickets, and beside them names at most"


def check_reveal(customers):
    wanted = [
        {"reference": f"{row['customer_id']}/ssn", "error": {"code": "not_permitted"}}
        for row in customers
    ]
    expect(lines(RESULTS / "reveal.ndjson") == wanted, "something else than not_permitted")
    return f"{len(wanted)} times not_permitted: the signed policy grants it to nobody"


def check_curl():
    answer = json.loads((RESULTS / "curl.json").read_text())
    text = "<PERSON>, SSN <US_SSN>, mail <EMAIL_ADDRESS>"
    expect(answer == {"items": [{"reference": "1", "result": text}]}, "the proxy said otherwise")
    return "plain JSON in and out, sealed between"


def check_kms():
    refusal = json.loads((RESULTS / "parent-decrypt.json").read_text())
    expect("AccessDenied" in str(refusal.get("__type")), "the parent was not refused by KMS")
    found = json.loads((RESULTS / "kms-calls.json").read_text())
    wanted = {"calls": {"Decrypt": 2, "GenerateDataKey": 2}, "errors": {}}
    expect(found == wanted, f"KMS calls should be {wanted} and are {found}")
    return "one Decrypt for the data key of 8,400 values, one for the root; 2 keys made; no errors"


def differences(given, wanted):
    return sum(one != two for one, two in zip(given, wanted))


# --- what the parent saw --------------------------------------------------------------------------


def forms(value):
    """A value in plain, in hex, and in base64 at each of the three offsets it can have there."""
    yield value
    yield value.hex().encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + value)
        # Without the characters that bytes before or after the value have a part in.
        whole = encoded[(offset * 8 + 5) // 6 : (offset + len(value)) * 8 // 6]
        yield whole
        yield whole.replace(b"+", b"-").replace(b"/", b"_")


class Search:
    """Looks for many values at once, by their first bytes."""

    def __init__(self, values):
        self.heads = {}
        for value in values:
            for form in forms(value.encode()):
                expect(len(form) >= HEAD_BYTES, "a value of the sample is too short to look for")
                self.heads.setdefault(form[:HEAD_BYTES], set()).add(form)

    def found(self, data):
        """The forms of values that stand in data."""
        heads, found = self.heads, set()
        for place in range(len(data) - HEAD_BYTES + 1):
            for form in heads.get(data[place : place + HEAD_BYTES], ()):
                if data.startswith(form, place):
                    found.add(form)
        return found


def check_seen(customers, planted):
    values = {row[column] for row in customers for column in [*SEALED_COLUMNS, "ip"]}
    values |= {plant["value"] for ticket in planted for plant in ticket["planted"]}
    values |= {"078-05-1123", "ann@example.com"}  # of the request through the proxy
    search = Search(values)

    # A search that finds nothing anywhere would prove nothing.
    text = (SAMPLES / "customers.csv").read_bytes()
    cells = {row[column].encode() for row in customers for column in SEALED_COLUMNS}
    expect(cells <= search.found(text), "the search does not find the sample in the sample")
    expect(len(search.found(base64.b64encode(text))) > len(cells) / 2, "nor in base64")

    files = sorted(Path("seen").glob("*/*.bin"))
    expect(not list(Path("seen").glob("*/incomplete")), "the recording is not complete")
    total = sum(file.stat().st_size for file in files)
    sealed = Path("customers.ndjson").stat().st_size
    expect(total > sealed / 2, "the recording is too short to hold the requests")
    logs = sorted(Path("logs").iterdir())
    expect((Path("logs") / "parent.log").stat().st_size > 0, "the parent logged nothing")
    for file in [*files, *logs, RESULTS / "metrics.txt", Path("customers.ndjson")]:
        found = search.found(file.read_bytes())
        expect(not found, f"{file} holds {len(found)} values of the sample")
    return (
        f"{len(values)} values of the sample: none in {total:,} recorded bytes,\n"
        "                  nor in the parent's metrics, any log or console, or the sealed file"
    )


# --- the report -----------------------------------------------------------------------------------


def hex_lines(count):
    """The first sealed request of the longest recorded stream, as a hex dump."""
    longest = max(Path("seen/requests").glob("to-*.bin"), key=lambda file: file.stat().st_size)
    data = longest.read_bytes()
    start = max(data.find(b"sealed"), 0)
    for place in range(start, start + 10 * count, 10):
        part = data[place : place + 10]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        yield f"{part.hex(' ')}  {shown}"


def side_by_side():
    got = []
    for name, count in [("mask", 4), ("verify", 2), ("pseudonymize-1", 2), ("redact", 2)]:
        for answer in lines(RESULTS / f"{name}.ndjson")[:count]:
            got.append(f"{answer['reference']:<22} {json.dumps(answer['result'], ensure_ascii=False)}")
    sizes = {
        way: sum(file.stat().st_size for file in Path("seen/requests").glob(f"{way}-*.bin"))
        for way in ["to", "from"]
    }
    print(f"\n   {'What the parent saw':<44}What the caller got")
    counted = f"{sizes['to']:,} bytes in, {sizes['from']:,} out:"
    for left, right in zip([counted, *hex_lines(len(got) - 1)], got):
        right = right if len(right) <= 72 else right[:71] + "…"
        print(f"   {left:<44}{right}")
    print()


def check():
    """Runs every check and prints what came of it; exits 1 if one failed."""
    with open(SAMPLES / "customers.csv", encoding="utf-8", newline="") as file:
        customers = list(csv.DictReader(file))
    tickets = lines(SAMPLES / "tickets.ndjson")
    planted = lines(SAMPLES / "tickets.planted.ndjson")
    expect(len(customers) >= 1000 and len(tickets) == len(planted) >= 200, "the sample is short")
    side_by_side()
    checks = {
        "mask": lambda: check_mask(customers),
        "verify": lambda: check_verify(customers),
        "pseudonym": lambda: check_pseudonymize(customers),
        "redact": lambda: check_redact(tickets, planted),
        "reveal": lambda: check_reveal(customers),
        "proxy": check_curl,
        "KMS": check_kms,
        "parent": lambda: check_seen(customers, planted),
    }
    failures = 0
    for name, run in checks.items():
        try:
            print(f"   {name:<11}ok  {run()}", flush=True)
        except (Failed, OSError, ValueError, KeyError, TypeError) as error:
            # A value error could repeat what it could not read; only our own words are printed.
            text = error if isinstance(error, Failed) else type(error).__name__
            print(f"   {name:<11}FAILED: {text}", flush=True)
            failures += 1
    sys.exit(1 if failures else 0)


# --- the pages that readers follow ----------------------------------------------------------------


def walk(page):
    """Runs the shell commands of a page in one go, in this folder, and shows what they print."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", Path(page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    expect(blocks, f"{page} has no commands")
    # The page is in docs; what it calls $repo is the folder above.
    environment = {**os.environ, "repo": str(Path(page).resolve().parent.parent)}
    script = "set -euo pipefail\n" + "".join(blocks)
    done = subprocess.run(["bash", "-c", script], env=environment, text=True, capture_output=True)
    for line in (done.stdout + done.stderr).splitlines():
        print(f"   {line[:96]}")
    sys.exit(done.returncode)


COMMANDS = {"get": get, "credentials": credentials, "root": root, "check": check, "walk": walk}

if __name__ == "__main__":
    command, *arguments = sys.argv[1:] or ["check"]
    COMMANDS[command](*arguments)
