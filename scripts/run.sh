#!/usr/bin/env bash
# Walks the whole road with sample data, every result checked, and leaves the service running.
# Needs Rust and what scripts/prepare.sh installs; no AWS account. See --help.
set -euo pipefail
called_from=$PWD
cd "$(dirname "$0")/.."
root=$PWD

usage() {
    cat <<'TEXT'
usage: scripts/run.sh [--once] [--keep DIR]

Builds local mode, starts the stand-ins for AWS, an enclave, its parent and a proxy, sends sealed
sample data through them and checks every result. Then the service runs on until Ctrl-C.

  --once      stop at the end; exit 0 only if every result was as expected
  --keep DIR  work in DIR (new or empty) and leave it there

VOUCHSAFE_BIN_DIR names a folder with the four local binaries and skips the build.
TEXT
}

once=false keep=
while [ $# -gt 0 ]; do
    case $1 in
    --once) once=true ;;
    --keep)
        [ $# -ge 2 ] || { usage >&2; exit 2; }
        keep=$2
        shift
        ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done

if [ -n "$keep" ]; then
    # As the caller's folder sees it, before this script goes elsewhere.
    keep=$(cd "$called_from" && realpath -m -- "$keep")
    if [ -e "$keep" ] && [ ! -d "$keep" ] || [ -n "$(ls -A "$keep" 2>/dev/null)" ]; then
        printf 'run.sh: %s is not a new or empty folder\n' "$keep" >&2
        exit 2
    fi
fi

. scripts/lib/services.sh

# --- what the tour is made of ---------------------------------------------------------------------

tour() { python3 "$root/scripts/lib/tour.py" "$@"; }

number=0
# step TITLE / WHY: what comes, and one line on why.
step() {
    number=$((number + 1))
    printf '\n%s%d. %s%s (%d s)\n   %s\n' "$bold" "$number" "$1" "$plain" "$SECONDS" "$2"
}

# quoted ARGUMENTS: as one would type them.
quoted() {
    local word
    for word; do
        case $word in
        *[!A-Za-z0-9_./:=,@%+-]* | '') printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
}

# type_in TEXT: what one would type.
type_in() { printf '   %s$%s%s\n' "$faint" "$1" "$plain" >&3; }

# show COMMAND: prints it and runs it.
show() {
    type_in "$(quoted "$@")"
    "$@" | sed 's/^/   /'
}

# into FILE COMMAND: the same, with its output in FILE.
into() {
    local file=$1
    shift
    type_in "$(quoted "$@") > $file"
    "$@" >"$file"
}

# call_kms PRINCIPAL ARGUMENTS: prints a call to KMS, makes it, and gives its output to who asked.
call_kms() {
    local call=(vouchsafe-mock call --state . --endpoint "$kms" --as "$@")
    type_in "$(quoted "${call[@]}")"
    "${call[@]}"
}

# refused COMMAND: runs what must end with exit status 1.
refused() {
    local status=0
    "$@" || status=$?
    [ "$status" -eq 1 ] || fail "this must be refused with exit status 1, and ended with $status"
}

exec 3>&1
bold='' faint='' plain=''
if [ -t 1 ]; then
    bold=$'\e[1m' faint=$'\e[2m' plain=$'\e[0m'
fi

# --- binaries and a folder ------------------------------------------------------------------------

scripts/prepare.sh
if [ -n "${VOUCHSAFE_BIN_DIR:-}" ]; then
    bin=$(cd "$called_from" && cd "$VOUCHSAFE_BIN_DIR" && pwd)
else
    printf 'building local mode; ten minutes on two cores the first time, seconds after that\n'
    scripts/build.sh local
    bin=$root/target/local
fi
PATH=$bin:$PATH
export PATH

umask 077
if [ -n "$keep" ]; then
    state=$keep
    mkdir -p "$state"
else
    state=$(mktemp -d "${TMPDIR:-/tmp}/vouchsafe.XXXXXX")
fi
cd "$state"
mkdir logs results
ln -s "$root/tests/samples" samples
trap 'finish $?' EXIT
trap 'exit 130' INT TERM HUP

# Nothing of the user's own AWS set-up or proxies takes part.
for name in $(compgen -e); do
    case $name in AWS_* | VOUCHSAFE_*) unset "$name" ;; esac
done
export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export NO_PROXY='*' no_proxy='*'
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy

printf 'working in %s\n' "$state"

# --- the tour -------------------------------------------------------------------------------------

step "Stand-ins for AWS" \
    "A software NSM with a root of its own, and a KMS that enforces attestation. Keys made now."
show vouchsafe-mock init .
start kms vouchsafe-mock kms --state . --ready-file kms.json --control unix:kms-control.sock
wait_for kms 20 test -s kms.json
kms=$(tour get kms.json endpoint)

step "Two KMS keys in the data owner's account" \
    "One wraps data keys of records, one the roots of pseudonyms. No policy of ours on them yet."
data_key=$(call_kms admin --print /KeyMetadata/Arn CreateKey)
root_key=$(call_kms admin --print /KeyMetadata/Arn CreateKey)
printf '   data keys  %s\n   roots      %s\n' "$data_key" "$root_key"

step "Keys of people and services" \
    "The policy authority signs policy; crm and ops sign their requests. Private keys stay here."
into authority.jwk vouchsafe keygen -o authority.pem
into crm.jwk vouchsafe keygen -o crm.pem
into ops.jwk vouchsafe keygen -o ops.pem

step "Trust anchor and signed policy" \
    "Who may sign policy, which KMS keys count; then who may do what. Nobody may reveal."
cat >trust-anchor.json <<JSON
{
  "version": 1,
  "fleet": "tour",
  "authorities": [{"name": "data-owner", "key": $(cat authority.jwk)}],
  "tenants": [{"name": "acme", "data_keys": ["$data_key"], "root_keys": ["$root_key"],
               "floors": {"epoch": 1, "root_version": 1}}],
  "floors": {"bundle_serial": 1, "record_format": 1}
}
JSON

# write_policy SERIAL ROOTS FILE: the policy of the tour.
write_policy() {
    local now
    now=$(date +%s)
    cat >"$3" <<JSON
{
  "version": 1,
  "serial": $1,
  "not_before": $(((now - 60) * 1000)),
  "not_after": $(((now + 30 * 86400) * 1000)),
  "callers": [
    {"name": "crm", "key": $(cat crm.jwk)},
    {"name": "ops", "key": $(cat ops.jwk)}
  ],
  "roots": [$2],
  "allow": [
    {"callers": ["crm"], "operations": ["mask"], "classes": ["masked"], "purposes": ["support"],
     "tenants": ["acme"], "datasets": ["customers"], "fields": ["ssn", "card", "phone", "iban"],
     "keep_last": 4},
    {"callers": ["crm"], "operations": ["verify"], "classes": ["boolean"], "purposes": ["support"],
     "tenants": ["acme"], "datasets": ["customers"], "fields": ["date_of_birth"],
     "predicates": [{"predicate": "age_at_least", "years": 18}]},
    {"callers": ["crm"], "operations": ["pseudonymize"], "classes": ["pseudonym"],
     "purposes": ["support"], "tenants": ["acme"], "datasets": ["customers"], "fields": ["email"],
     "pseudonyms": [{"entity": "EMAIL_ADDRESS"}]},
    {"callers": ["crm"], "operations": ["redact", "detect", "mask"],
     "classes": ["masked", "findings"], "purposes": ["support"], "tenants": ["acme"],
     "inline": true, "keep_last": 4},
    {"callers": ["ops"], "operations": ["create_root"], "classes": ["resealed"],
     "purposes": ["operations"], "tenants": ["acme"], "inline": true}
  ]
}
JSON
}
write_policy 1 "" policy-1.json
show vouchsafe anchor check trust-anchor.json
show vouchsafe bundle sign --key authority.pem --policy policy-1.json -o bundle.cose

step "Measurements, and key policies that demand them" \
    "From now on KMS opens keys to an enclave that measures so, and to nobody else."
measure() {
    show vouchsafe-mock measure --enclave "$bin/vouchsafe-enclave" \
        --trust-anchor trust-anchor.json --bundle bundle.cose -o measurements.json
}
measure
for kind in data root; do
    show vouchsafe key-policy generate --kind "$kind" --measurements measurements.json \
        --enclave-role arn:aws:iam::111111111111:role/vouchsafe-parent \
        --writer-role arn:aws:iam::111111111111:role/vouchsafe-writer \
        --admin-role arn:aws:iam::222222222222:role/kms-admin \
        --break-glass-role arn:aws:iam::222222222222:role/break-glass -o "$kind-key-policy.json"
    show vouchsafe key-policy lint "$kind-key-policy.json" --kind "$kind" \
        --measurements measurements.json
    arn=$data_key
    [ "$kind" = data ] || arn=$root_key
    call_kms admin --policy "$kind-key-policy.json" PutKeyPolicy \
        "{\"KeyId\":\"$arn\",\"BypassPolicyLockoutSafetyCheck\":true}" >/dev/null
done
context='{"vouchsafe":"1","tenant":"acme","dataset":"customers","epoch":"1"}'
printf '   A writer takes a data key; the parent, with its own credentials, asks KMS to open it:\n'
wrapped=$(call_kms writer --print /CiphertextBlob GenerateDataKey \
    "{\"KeyId\":\"$data_key\",\"KeySpec\":\"AES_256\",\"EncryptionContext\":$context}")
refused call_kms enclave-parent Decrypt \
    "{\"KeyId\":\"$data_key\",\"CiphertextBlob\":\"$wrapped\",\"EncryptionContext\":$context}" \
    >results/parent-decrypt.json
printf '   %s\n' "$(cat results/parent-decrypt.json)"
vouchsafe-mock control unix:kms-control.sock '"reset-counters"' >/dev/null

step "Parent and enclave" \
    "Every byte between the two passes a recorder: what the parent saw is in seen/."
start requests-tap vouchsafe-mock tap --listen unix:requests.sock --dial unix:enclave.sock \
    --record seen/requests
start egress-tap vouchsafe-mock tap --listen unix:egress.sock --dial unix:parent.sock \
    --record seen/egress
wait_for requests-tap 10 test -S requests.sock
wait_for egress-tap 10 test -S egress.sock

# write_parent ROOTS: the parent's configuration.
write_parent() {
    cat >parent.toml <<TOML
listen = "127.0.0.1:0"
egress_listen = "unix:parent.sock"
egress_allow = ["${kms#https://}"]
trust_anchor = "trust-anchor.json"
bundle = "bundle.cose"
roots = [$1]
log = "debug"

[[enclave]]
address = "unix:requests.sock"

[credentials]
source = "static"
$(tour credentials kms/principals.toml enclave-parent toml)
TOML
}

# write_client NAME PURPOSE: a caller's configuration.
write_client() {
    cat >"$1.toml" <<TOML
url = "$url"
trust = "mock"
root = "nsm/root.der"
measurements = "measurements.json"
caller = "$1"
key = "$1.pem"
purpose = "$2"
tenant = "acme"
dataset = "customers"
TOML
}

start_service() {
    start parent vouchsafe-parent --config parent.toml
    wait_for parent 20 test -s logs/parent.out
    url=$(tour get logs/parent.out listen)
    start enclave vouchsafe-enclave --listen unix:enclave.sock --parent unix:egress.sock \
        --mock-state . --kms-endpoint "$kms" --kms-ca kms/ca.pem
    wait_for enclave 60 curl -fsS -o /dev/null "$url/readyz"
    write_client crm support
    write_client ops operations
    printf '   ready at %s\n' "$url"
}
write_parent ""
start_service
show vouchsafe evidence fetch --url "$url" -o evidence.cbor
into results/evidence.txt vouchsafe evidence verify evidence.cbor \
    --root nsm/root.der --expect measurements.json
sed 's/^/   /' results/evidence.txt | cut -c1-96

step "A root for pseudonyms, made inside" \
    "KMS gives it to the attested enclave alone; the next policy names its SHA-256."
printf '{"reference":"root","text":""}\n' >root-item.ndjson
into results/root.ndjson vouchsafe process --config ops.toml --op create_root \
    --params '{"version":1}' root-item.ndjson
digest=$(tour root results/root.ndjson root-1.bin)
printf '   SHA-256 %s\n' "$digest"
write_policy 2 "{\"tenant\":\"acme\",\"version\":1,\"key\":\"$root_key\",\"sha256\":\"$digest\"}" \
    policy-2.json
show vouchsafe bundle sign --key authority.pem --policy policy-2.json -o bundle.cose
measure
printf '   The image and the trust anchor are the same, so the key policies still fit.\n'
end enclave
end parent
write_parent '"root-1.bin"'
start_service
into fetched.json vouchsafe --json evidence fetch --url "$url" -o evidence.cbor

step "Sealing 1,200 customers" \
    "The writer may have data keys for its own tenant, and may open none. One key for the file."
(
    # The credentials of the writer, for this command only.
    eval "$(tour credentials kms/principals.toml writer shell)"
    show vouchsafe seal samples/customers.csv --id-column customer_id \
        --columns name,email,phone,ssn,iban,card,date_of_birth --tenant acme --dataset customers \
        --kms-key "$data_key" --kms-endpoint "$kms" --kms-ca kms/ca.pem -o customers.ndjson
)

step "Working on sealed data" \
    "Each command attests the enclave anew, then sends it what it cannot read itself."
into results/mask.ndjson vouchsafe process --config crm.toml --op mask --fields ssn,card \
    --params '{"keep_last":4,"skip":"- "}' customers.ndjson
date -u +%F >results/days
into results/verify.ndjson vouchsafe process --config crm.toml --op verify \
    --fields date_of_birth --params '{"predicate":"age_at_least","years":18}' customers.ndjson
date -u +%F >>results/days
for run in 1 2; do
    into "results/pseudonymize-$run.ndjson" vouchsafe process --config crm.toml \
        --op pseudonymize --fields email --params '{"entity":"EMAIL_ADDRESS"}' customers.ndjson
done
into results/redact.ndjson vouchsafe process --config crm.toml --op redact samples/tickets.ndjson
printf '   What no policy grants:\n'
refused into results/reveal.ndjson vouchsafe process --config crm.toml --op reveal --fields ssn \
    customers.ndjson

step "The same for programs that are not Rust" \
    "A proxy on loopback attests and seals for them; they send plain JSON."
start proxy vouchsafe --json proxy --config crm.toml --listen 127.0.0.1:0
wait_for proxy 20 test -s logs/proxy.out
proxy=$(tour get logs/proxy.out listening)
body='{"items":[{"reference":"1","text":"Ann, SSN 078-05-1123, mail ann@example.com"}]}'
into results/curl.json curl -fsS "$proxy/v1/redact" -H 'content-type: application/json' -d "$body"
printf '   %s\n' "$(cat results/curl.json)"

step "Every result, checked" \
    "Against the plain sample, computed once more in Python; and what the parent saw, searched."
curl -fsS "$url/metrics" >results/metrics.txt
vouchsafe-mock control unix:kms-control.sock '"counters"' >results/kms-calls.json
tour check || fail "a check failed; $state holds the results"

step "An auditor's walk through the evidence" \
    "The commands of docs/VERIFYING.md: openssl and a few lines of Python, and then the verifier."
mkdir walk
cp -rp evidence.cbor* fetched.json nsm measurements.json trust-anchor.json bundle.cose walk
(cd walk && bin=$bin tour walk "$root/docs/VERIFYING.md") || fail "the walk ended early"

if $once; then
    printf '\nrun.sh: every check passed in %d s\n' "$SECONDS"
    exit 0
fi

cat <<TEXT

The service runs on loopback; nothing else was installed or changed. Try, from another terminal:

  curl $proxy/v1/redact -H 'content-type: application/json' \\
      -d '{"items":[{"reference":"1","text":"call 212-555-0101"}]}'

  head -n 3 $state/customers.ndjson |
      $bin/vouchsafe process --config $state/crm.toml \\
          --op mask --fields card --params '{"keep_last":4}' -

Logs are in $state/logs. Ctrl-C stops everything.
TEXT
trap 'printf "\nstopping\n"; exit 0' INT TERM HUP
watch_services
