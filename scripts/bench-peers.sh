#!/usr/bin/env bash
# Times Presidio, from PyPI and without a language model, and `vouchsafe detect` on one file, whole
# processes both. Needs Python with venv, Rust and the network. `scripts/bench-peers.sh [MIB]`.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -le 1 ] || { printf 'usage: scripts/bench-peers.sh [MIB]\n' >&2; exit 2; }
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
"$venv/bin/python" - "$work/text" "$mib" <<'PYTHON'
import sys

LINES = """On Tuesday the customer, reachable at jo.smith@example.com or (415) 555-0132, asked about invoice 2024-118.
Her card 4111 1111 1111 1111 was declined twice, so she paid from DE89370400440532013000 instead.
The ticket was closed by agent 7 after 35 minutes; nothing else was said about the matter, and no further
steps are planned until next week's meeting with the team, which takes place in room B12 on the second floor.
SSN on file: 078-05-1123, last seen from 192.168.17.4 at 2024-03-15T14:30:00Z.
"""
path, mib = sys.argv[1], int(sys.argv[2])
with open(path, "w", encoding="utf-8") as file:
    file.write(LINES * (mib * 2**20 // len(LINES)))
PYTHON

# seconds COMMAND…: how long it takes, its output dropped.
seconds() {
    local begin end
    begin=$(date +%s%N)
    "$@" >/dev/null
    end=$(date +%s%N)
    printf '%s\n' "$(((end - begin) / 1000000))"
}
ours=$(seconds "$vouchsafe" detect "$work/text")
patterns=$(seconds "$vouchsafe" detect --no-names "$work/text")
cat >"$work/presidio.py" <<'PYTHON'
import sys

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
theirs=$(seconds "$venv/bin/python" "$work/presidio.py" "$work/text")
printf '%s MiB, whole processes\n' "$mib"
printf 'vouchsafe detect             %8s ms\n' "$ours"
printf 'vouchsafe detect --no-names  %8s ms\n' "$patterns"
printf 'Presidio %-19s %8s ms, %s times as long as the second\n' "$PRESIDIO_VERSION" "$theirs" \
    "$((theirs / (patterns > 0 ? patterns : 1)))"
