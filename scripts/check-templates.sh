#!/usr/bin/env bash
# Checks the templates of deploy/ with cfn-lint and checkov, which it installs into target. Needs
# Python, and a network for the installation alone. Templates say why a rule is left out.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tools.sh

need_python_with deploy/requirements.txt target/venv-deploy
templates=(deploy/owner.yaml deploy/canary.yaml deploy/service.yaml)
target/venv-deploy/bin/cfn-lint "${templates[@]}"
# Without --skip-download it asks its vendor for descriptions of rules.
found=$(target/venv-deploy/bin/checkov --framework cloudformation --compact --quiet \
    --skip-download "${templates[@]/#/--file=}") || { printf '%s\n' "$found" >&2; exit 1; }
# A template that it could not read would have nothing to complain about.
passed=$(sed -n 's/^Passed checks: \([0-9]*\),.*/\1/p' <<<"$found")
if [ "${passed:-0}" -lt 90 ]; then
    printf 'checkov made %s checks only\n%s\n' "$passed" "$found" >&2
    exit 1
fi
printf 'templates: cfn-lint found nothing, checkov made %s checks\n' "$passed"
