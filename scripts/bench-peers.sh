#!/usr/bin/env bash
# Times Presidio, from PyPI and without a language model, and `vouchsafe detect` on one file, whole
# processes all, and says what memory each took. Needs Python with venv, Rust and the network.
# `scripts/bench-peers.sh [MIB]`; a file sixteen times as long shows that memory stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -gt 1 ] || [[ ! ${1:-1} =~ ^[1-9][0-9]*$ ]]; then
    printf 'usage: scripts/bench-peers.sh [MIB]\n' >&2
    exit 2
fi
mib=${1:-1}
PRESIDIO_VERSION=2.2.366

venv=target/peers
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" --quiet install "presidio-analyzer==$PRESIDIO_VERSION"
fi
if [ -z "${VOUCHSAFE_BIN_DIR:-}" ]; then
    cargo build --locked --release --quiet -p vouchsafe-client --bin vouchsafe
fi
vouchsafe=${VOUCHSAFE_BIN_DIR:-${CARGO_TARGET_DIR:-target}/release}/vouchsafe

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$venv/bin/python" - "$work" "$mib" <<'PYTHON'
import sys

LINES = """On Tuesday the customer, reachable at jo.smith@example.com or (415) 555-0132, asked about invoice 2024-118.
Her card 4111 1111 1111 1111 was declined twice, so she paid from DE89370400440532013000 instead.
The ticket was closed by agent 7 after 35 minutes; nothing else was said about the matter, and no further
steps are planned until next week's meeting with the team, which takes place in room B12 on the second floor.
SSN on file: 078-05-1123, last seen from 192.168.17.4 at 2024-03-15T14:30:00Z.
"""
folder, mib = sys.argv[1], int(sys.argv[2])
for name, times in (("text", 1), ("long", 16)):
    with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
        file.write(LINES * (times * mib * 2**20 // len(LINES)))
PYTHON
cat >"$work/presidio.py" <<'PYTHON'
import sys

import tldextract

# Its own list of domains, and no attempt to fetch a newer one while the clock runs.
tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine


class NoModel(NlpEngine):
    """No language model: patterns and checksums alone, and no words that announce."""

    def load(self):
        pass

    def is_loaded(self):
        return True

    def process_text(self, text, language):
        return NlpArtifacts([], [], [], [], self, language)

    def process_batch(self, texts, language, **_):
        for text in texts:
            yield text, self.process_text(text, language)

    def is_stopword(self, word, language):
        return False

    def is_punct(self, word, language):
        return False

    def get_supported_entities(self):
        return []

    def get_supported_languages(self):
        return ["en"]


registry = RecognizerRegistry()
registry.load_predefined_recognizers(languages=["en"], nlp_engine=NoModel())
analyzer = AnalyzerEngine(registry=registry, nlp_engine=NoModel(), supported_languages=["en"])
count = 0
with open(sys.argv[1], encoding="utf-8") as file:
    for line in file:
        count += len(analyzer.analyze(text=line, language="en"))
print(count)
PYTHON
cat >"$work/measure.py" <<'PYTHON'
import resource
import subprocess
import sys
import time

title, mib, *command = sys.argv[1:]
begin = time.monotonic()
subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
took = time.monotonic() - begin
used = resource.getrusage(resource.RUSAGE_CHILDREN)
speed = float(mib) * 1.048576 / took
# Memory is in KiB there.
print(
    f"{title:36} {took:8.2f} s, of a processor {used.ru_utime + used.ru_stime:8.2f} s"
    f" {speed:8.2f} MB/s {used.ru_maxrss / 1024:6.0f} MiB of memory"
)
PYTHON

# measure TITLE MIB COMMAND…: how long it takes on so much text, and its memory; its output dropped.
measure() { "$venv/bin/python" "$work/measure.py" "$@"; }
printf '%s MiB of text, whole processes\n' "$mib"
measure "vouchsafe detect" "$mib" "$vouchsafe" detect "$work/text"
measure "vouchsafe detect --no-names" "$mib" "$vouchsafe" detect --no-names "$work/text"
measure "the same, sixteen times the text" "$((16 * mib))" "$vouchsafe" detect --no-names "$work/long"
measure "Presidio $PRESIDIO_VERSION, no model" "$mib" "$venv/bin/python" "$work/presidio.py" "$work/text"
