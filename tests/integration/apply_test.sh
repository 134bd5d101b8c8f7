#!/usr/bin/env bash
# Enrollments as code against a real server: what files declare is made, a second run finds nothing to do, what is
# exported is what would be applied, and wrong files change nothing and name their line. Then why a device was refused.
set -uo pipefail
source "$(dirname "$0")/../support/muster_server.sh"

passed=0
failed=0
trap server_clean_up EXIT
server_create && server_start || exit 1
files=$server_directory/files
mkdir "$files" && cd "$files" || exit 1
# What a new service has of its own is not what this is about.
"$muster" hub remove localhost >/dev/null || exit 1

check() {
  if [[ $2 == "$3" ]]; then
    passed=$((passed + 1))
    return
  fi
  failed=$((failed + 1))
  printf '%s\n  expected: %s\n  got:      %s\n' "$1" "$3" "$2"
}

# What a command prints, its errors too, and "(STATUS)" behind it where that is not 0.
said() {
  local output status=0
  output=$("$muster" "$@" 2>&1 </dev/null) || status=$?
  if ((status != 0)); then output+=" ($status)"; fi
  echo "$output"
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -days 30 \
  -subj "/CN=Plant Root" -addext basicConstraints=critical,CA:TRUE 2>/dev/null || exit 1
openssl x509 -in root.pem -outform der -out root.der || exit 1
head -c 32 /dev/urandom | base64 -w0 >line.key

cat >fleet.yaml <<'YAML'
cas:
  - name: plant-root
    certificate: {file: root.pem}
hubs:
  - name: Hub-1.example.com
    weight: 3
    tags: [eu]
  - name: hub-2.example.com
groups:
  - id: line-3
    hubs: [hub-1.example.com]
    attestation:
      type: symmetric_key
      primary_key: {file: line.key}
  - id: sensors
    attestation:
      type: x509
      primary_certificate: {file: root.der}
---
enrollments:
  - registration_id: Pump-1
    device_id: pump
    initial_twin: {tags: {floor: 2}}
    attestation: {type: symmetric_key}
  - registration_id: pump-2
    enabled: false
    attestation:
      type: x509
      primary_certificate: {file: root.pem}
YAML

check "a plan changes nothing" "$(said apply -f fleet.yaml --dry-run)" "+ create CA certificate plant-root
+ create hub Hub-1.example.com
+ create hub hub-2.example.com
+ create group line-3
+ create group sensors
+ create enrollment Pump-1
+ create enrollment pump-2
0 things unchanged."
check "nothing is there yet" "$(said group list --json)" "[]"
check "who cannot be asked must say --yes" "$(said apply -f fleet.yaml | tail -n 1)" \
  "muster: there is no terminal to ask at: look at the plan with --dry-run, then give --yes (1)"
check "what is declared is made" "$(said apply -f fleet.yaml --yes | tail -n 1)" "7 changes made."
check "a second run finds nothing to do" "$(said apply -f fleet.yaml --yes)" "7 things unchanged.
Nothing to do."
check "the key is the file's" "$(said group show-key line-3 --json | jq -r .primary_key)" "$(cat line.key)"

"$muster" export >exported.yaml
"$muster" export --with-keys >with-keys.yaml
"$muster" export --json >exported.json
for file in exported.yaml with-keys.yaml exported.json; do
  check "$file is what is there" "$(said apply -f "$file" --prune --yes | tail -n 1)" "Nothing to do."
done
check "keys are left out" "$(grep -c primary_key exported.yaml)" 0
check "an export is the same every time" "$("$muster" export | cmp - exported.yaml && echo same)" same
check "the standard input is a file too" "$("$muster" apply -f - --yes <exported.yaml | tail -n 1)" "Nothing to do."

sed -e 's/weight: 3/weight: 5/' -e '/device_id/d' -e 's/enabled: false/enabled: true/' fleet.yaml >changed.yaml
check "a plan names what differs" "$(said apply -f changed.yaml --dry-run | head -n 3)" \
  "~ change hub Hub-1.example.com: weight
~ change enrollment Pump-1: device_id
~ change enrollment pump-2: enabled"
check "changes are made" "$(said apply -f changed.yaml --yes | tail -n 1)" "3 changes made."
check "a line that went away is the default again" "$(said enrollment show pump-1 --json | jq .device_id)" null
check "twice, too" "$(said apply -f changed.yaml --yes | tail -n 1)" "Nothing to do."

printf 'hubs:\n  - name: hub-1.example.com\n    weight: 5\n    tags: [eu]\n' >hubs.yaml
check "nothing goes by itself" "$(said apply -f hubs.yaml --yes | tail -n 1)" "Nothing to do."
check "what is not declared goes with --prune" "$(said apply -f hubs.yaml --prune --yes)" "- remove hub hub-2.example.com
1 thing unchanged.
Done: - remove hub hub-2.example.com
1 change made."
check "other sections stay" "$(said group list --json | jq length)" 2

wrong() {
  printf "$2" >wrong.yaml
  check "$1" "$(said apply -f wrong.yaml --yes)" "muster: wrong.yaml:$3 (2)"
}
wrong "a misspelt member" 'hubs:\n  - name: a\n    wieght: 1\n' "3: hub 'a': 'wieght' is not known; is it 'weight'?"
wrong "a file that is not there" 'groups:\n  - id: g\n    attestation:\n      type: x509\n      primary_certificate: {file: no.pem}\n' \
  "5: there is no file no.pem"
printf 'a: &x 1\n' >wrong.yaml
check "an anchor" "$(said apply -f wrong.yaml --yes)" \
  "muster: wrong.yaml:1: anchors (&name) are not taken (2)"

printf 'hubs:\n  - name: hub-3.example.com\ngroups:\n  - id: late\n    hubs: [nowhere.example.com]\n    attestation: {type: tpm_vendor, roots: []}\n' >partly.yaml
output=$(said apply -f partly.yaml --yes)
check "what was done is said" "$(grep -c 'Done: + create hub hub-3.example.com' <<<"$output")" 1
check "and what was not" "$(grep -c '1 of 2 changes done; at group late: .* (4)$' <<<"$output")" 1

check "why: nothing is known" "$(said device why pump-9 | head -n 1)" \
  "No refusal of pump-9 is kept: it was not refused in the last 90 days, or never asked under this name and ID scope."
refuse() {
  curl -s --cacert "$server_ca" -X PUT -H 'Content-Type: application/json' -H "Authorization: $2" -d "$3" \
    "$server_url/$server_id_scope/registrations/$1/register?api-version=2019-03-31" >/dev/null
}
resource=$server_id_scope%2Fregistrations%2Fpump-1
refuse pump-1 "SharedAccessSignature sr=$resource&sig=YWJj&se=1700000000" '{}'
refuse pump-9 "SharedAccessSignature sr=$resource&sig=YWJj&se=1900000000" '{}'
refuse pump-1 "SharedAccessSignature sr=$resource&sig=YWJj" '{}'
"$muster" device why pump-1 >why.txt
check "why: the checks that failed" "$(grep -E '^[a-z_]+:' why.txt | sort)" \
  "credentials_malformed: The credentials are not well formed.
token_expired: The token has expired."
check "why: the values that differed" "$(grep -c 'the token ended at 2023-11-14T22:13:20.0000000Z, it is now' why.txt)" 1
check "why: against which enrollment" "$(grep -c 'against      enrollment pump-1' why.txt)" 1
check "why: no signature" "$(grep -c YWJj why.txt)" 0
check "why: a name that nobody enrolled" "$(said device why pump-9 --json | jq -r '.refusals[].code')" token_for_another_resource

echo "$passed passed, $failed failed"
((failed == 0))
