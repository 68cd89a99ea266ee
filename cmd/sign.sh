#!/bin/sh
# Signs the Windows programs of a folder (Authenticode, SHA-256), in place: make sign.
#   SIGN_CERT  the certificate, with its chain behind it (PEM)
#   SIGN_KEY   its key: a PEM file, or a pkcs11: address of a token
#   SIGN_PASS  a file with the key's password, if it has one
#   SIGN_TIME  address of a time stamp server (RFC 3161), so that the signature
#              outlives the certificate; a release has one
set -eu
dir=${1:?usage: sign.sh FOLDER}
for name in SIGN_CERT SIGN_KEY; do
  eval "value=\${$name:-}"
  [ -n "$value" ] || { echo "sign.sh: $name is not set" >&2; exit 2; }
done
command -v osslsigncode >/dev/null || { echo "sign.sh: there is no osslsigncode" >&2; exit 1; }
set -- -certs "$SIGN_CERT" -key "$SIGN_KEY" -h sha256 -i https://github.com/asrdiag/asrdiag
[ -z "${SIGN_PASS:-}" ] || set -- "$@" -readpass "$SIGN_PASS"
[ -z "${SIGN_TIME:-}" ] || set -- "$@" -ts "$SIGN_TIME"
found=no
for exe in asrcollect.exe asrdiag.exe; do
  [ -e "$dir/$exe" ] || continue
  found=yes
  rm -f "$dir/$exe.signed"
  osslsigncode sign "$@" -n "asrdiag ${exe%.exe}" -in "$dir/$exe" -out "$dir/$exe.signed" >/dev/null ||
    { rm -f "$dir/$exe.signed"; echo "sign.sh: $exe could not be signed" >&2; exit 1; }
  chmod --reference="$dir/$exe" "$dir/$exe.signed"
  mv -f "$dir/$exe.signed" "$dir/$exe"
  echo "signed $dir/$exe"
done
[ $found = yes ] || { echo "sign.sh: there is no Windows program in $dir" >&2; exit 1; }
