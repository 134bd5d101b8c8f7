#!/bin/bash
# Software TPMs for tests and the demonstration: swtpm with endorsement certificates of a certification authority of
# its own. Everything lives in the directory that is given; nothing is read or written in /etc or /var.
#
#   swtpm.sh manufacture DIR [NAME]   make the TPM DIR/NAME (default: device), and DIR/ca on first use
#   swtpm.sh start DIR [NAME]         start it, wait until it answers, print how to reach it ("swtpm:path=...")
#   swtpm.sh stop DIR [NAME]          stop it and wait until it has gone
#
# With SWTPM_OWNER=PID in its environment, a started TPM also stops once that process has gone, however it ended.
#
# A manufactured TPM holds endorsement keys RSA-2048 (81010001), P-256 (8101000A) and P-384 (81010016), with their
# certificates in NV at the indices of the TCG EK credential profile and as files beside its state:
# DIR/NAME/ek-rsa2048.crt, ek-secp256r1.crt, ek-secp384r1.crt (DER). The root that vouches for them is DIR/ca/root.pem,
# the authority that signed them DIR/ca/issuer.pem.
set -euo pipefail

fail() {
  echo "swtpm.sh: $*" >&2
  exit 1
}

[ $# -ge 2 ] || fail "usage: swtpm.sh manufacture|start|stop DIR [NAME]"
action=$1
mkdir -p "$2"
# swtpm changes to / when it becomes a daemon, so that a relative path would lead nowhere.
directory=$(realpath "$2")
name=${3:-device}
ca=$directory/ca
state=$directory/$name
socket=$state/tpm.sock
pid_file=$state/pid

# sun_path has 108 octets, and the control socket's name is the longest.
[ ${#socket} -le 100 ] || fail "$directory is too long a path for a unix socket"

write_ca_configuration() {
  mkdir -p "$ca"
  cat > "$ca/localca.conf" <<END
statedir = $ca
signingkey = $ca/signkey.pem
issuercert = $ca/issuer.pem
certserial = $ca/certserial
END
  cat > "$ca/localca.options" <<END
--platform-manufacturer Muster
--platform-version 1.0
--platform-model Test
END
  cat > "$ca/setup.conf" <<END
create_certs_tool = /usr/bin/swtpm_localca
create_certs_tool_config = $ca/localca.conf
create_certs_tool_options = $ca/localca.options
active_pcr_banks = sha256
END
}

# swtpm_setup certifies RSA-2048 and P-384 only, while most devices in the field have a P-256 key (template L-2).
certify_p256() {
  local point size
  tpm2_createek -c 0x8101000a -G ecc -u "$state/ek-secp256r1.tpm2b"
  tpm2_readpublic -c 0x8101000a -f der -o "$state/ek-secp256r1.der" > /dev/null
  point=$(tail -c 64 "$state/ek-secp256r1.der" | od -An -v -tx1 | tr -d ' \n')
  /usr/bin/swtpm_localca --type ek --ek "x=${point:0:64},y=${point:64:64},id=secp256r1" --dir "$state" \
    --logfile "$state/setup.log" --tpm-spec-family 2.0 --tpm-spec-level 0 --tpm-spec-revision 164 \
    --tpm-manufacturer id:00001014 --tpm-model swtpm --tpm-version id:20191023 --tpm2 \
    --configfile "$ca/localca.conf" --optsfile "$ca/localca.options"
  mv "$state/ek.cert" "$state/ek-secp256r1.crt"
  size=$(stat -c %s "$state/ek-secp256r1.crt")
  tpm2_nvdefine 0x1c0000a -C p -s "$size" \
    -a "ppwrite|writedefine|ppread|ownerread|authread|no_da|platformcreate" > /dev/null
  tpm2_nvwrite 0x1c0000a -C p -i "$state/ek-secp256r1.crt"
  tpm2_flushcontext -t
  rm "$state/ek-secp256r1.der" "$state/ek-secp256r1.tpm2b"
}

manufacture() {
  [ ! -e "$state" ] || fail "$state exists already"
  mkdir -p "$state"
  chmod 700 "$state"
  [ -e "$ca/setup.conf" ] || write_ca_configuration
  swtpm_setup --tpm2 --tpm-state "dir://$state" --config "$ca/setup.conf" --create-ek-cert --create-platform-cert \
    --lock-nvram --overwrite --write-ek-cert-files "$state" --logfile "$state/setup.log" > /dev/null ||
    fail "swtpm_setup failed; $state/setup.log has the reason"
  cp "$ca/swtpm-localca-rootca-cert.pem" "$ca/root.pem"
  TPM2TOOLS_TCTI=$(start)
  export TPM2TOOLS_TCTI
  trap stop EXIT
  certify_p256 > "$state/p256.log" 2>&1 || fail "no P-256 certificate; $state/p256.log has the reason"
}

start() {
  [ -e "$state/tpm2-00.permall" ] || fail "there is no TPM in $state"
  [ ! -e "$pid_file" ] || fail "it runs already, or was not stopped: $pid_file"
  # The daemon must not keep the caller's pipe open, or $(swtpm.sh start ...) would never return.
  swtpm socket --tpm2 --tpmstate "dir=$state" --server "type=unixio,path=$socket" \
    --ctrl "type=unixio,path=$socket.ctrl" --flags not-need-init,startup-clear --pid "file=$pid_file" \
    --log "file=$state/swtpm.log,level=1" --daemon > /dev/null 2>> "$state/swtpm.log"
  for _ in $(seq 500); do
    if [ -s "$pid_file" ] && [ -S "$socket" ] && [ -S "$socket.ctrl" ]; then
      if [ -n "${SWTPM_OWNER:-}" ]; then stop_with_owner < /dev/null > /dev/null 2>&1 & fi
      echo "swtpm:path=$socket"
      return
    fi
    sleep 0.01
  done
  fail "swtpm did not come up; $state/swtpm.log has the reason"
}

# A test that is killed cannot stop what it started.
stop_with_owner() {
  local pid
  pid=$(cat "$pid_file")
  while kill -0 "$pid"; do
    if ! kill -0 "$SWTPM_OWNER"; then
      kill "$pid"
      return
    fi
    sleep 1
  done
}

stop() {
  [ -s "$pid_file" ] || return 0
  local pid
  pid=$(cat "$pid_file")
  kill "$pid" 2> /dev/null || true
  for _ in $(seq 500); do
    if ! kill -0 "$pid" 2> /dev/null; then
      rm -f "$pid_file" "$socket" "$socket.ctrl"
      return
    fi
    sleep 0.01
  done
  fail "swtpm $pid does not stop"
}

case $action in
  manufacture) manufacture ;;
  start) start ;;
  stop) stop ;;
  *) fail "no such action: $action" ;;
esac
