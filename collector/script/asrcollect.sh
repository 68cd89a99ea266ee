#!/bin/sh
# Collects logs and settings of a machine that Azure Site Recovery protects, where
# no program may be brought along. It reads, and writes into one folder, nothing
# else. Usage: sh asrcollect.sh [FOLDER]   (as root; else it says what it missed)
# Environment: ASR_MAX_BYTES=20000000 of each log (its end), ASR_MAX_LOGS=200,
# ASR_ROOT= another root folder, for a mounted disk.
umask 077
LC_ALL=C; export LC_ALL
max=${ASR_MAX_BYTES:-20000000} most=${ASR_MAX_LOGS:-200} root=${ASR_ROOT:-}
host=$(uname -n | tr -c 'A-Za-z0-9.\n-' '_')
out=${1:-$(dirname "$0")/asr-raw-$host-$(date -u +%Y%m%dT%H%M%SZ)}
mkdir -p "$out/logs" 2>/dev/null
[ -w "$out/logs" ] || { echo "asrcollect.sh: cannot write to $out: name another folder" >&2; exit 1; }
out=$(cd "$out" && pwd) || exit 1
index=$out/asrcollect-index.txt count=0 missed=0
note() { printf '%s\n' "$*" >>"$index"; }
miss() { missed=$((missed + 1)); note "$@"; }

cat >"$out/READ-ME-FIRST.txt" <<'TEXT'
The logs in this folder are copies as they are: NOTHING WAS REMOVED from them.
They may hold names, addresses, user names and, where a program wrote them,
passwords, keys or links with a signature (sig=). Look through them before you
send them: open each, search for  pass  secret  key  token  sig=  and blank out
what nobody else may see. The program asrcollect, run on a machine where it may,
removes such things by itself:  asrcollect --profile asr-source-machine
asrcollect-index.txt lists what was taken, and what was not and why.
TEXT
: >"$index"
note "asrcollect-script 1"
note "host $(uname -n)"
note "os linux"
note "started $(date -u +%Y-%m-%dT%H:%M:%SZ)"
note "zone $(date +%z)"
note "user $(id -un)"
note "ok READ-ME-FIRST.txt"

# never: places and files that hold keys, passwords or credentials.
never() {
  case $1 in
  */private/* | */certs/* | *.pem | *.key | *.pfx | *.p12 | *.VaultCredentials | *passphrase* | *encryption.key*) return 0 ;;
  esac
  return 1
}

# take ID FILE: the end of a log, into logs/ID/ with its folders.
take() {
  [ -e "$2" ] || [ -L "$2" ] || return 0 # a pattern that nothing matches
  to="logs/$1${2#"$root"}"
  if never "$2"; then miss "skipped $to: holds keys or credentials, never read"; return; fi
  [ -L "$2" ] && { miss "skipped $to: a link"; return; }
  [ -f "$2" ] || { miss "skipped $to: not a file"; return; }
  [ -r "$2" ] || { miss "denied $to: no right to read it"; return; }
  count=$((count + 1))
  [ "$count" -le "$most" ] || { miss "skipped $to: more than $most logs"; return; }
  mkdir -p "$out/$(dirname "$to")"
  size=$(wc -c <"$2" | tr -d ' ')
  if [ "$size" -le "$max" ]; then
    if cp -p "$2" "$out/$to" 2>/dev/null; then note "ok $to: $size bytes"; else miss "failed $to: cannot be copied"; fi
    return
  fi
  case $2 in *.gz) miss "skipped $to: $size bytes compressed, more than $max"; return ;; esac
  # From the first whole line on.
  if tail -c "$max" "$2" 2>/dev/null | sed 1d >"$out/$to"; then
    touch -r "$2" "$out/$to"
    note "partial $to: the last $max of $size bytes"
  else miss "failed $to: cannot be copied"; fi
}

# say NAME COMMAND...: what a program prints, if there is one.
say() {
  name=$1; shift
  command -v "$1" >/dev/null 2>&1 || { note "absent $name: there is no $1"; return; }
  { printf '$ %s\n' "$*"; "$@" 2>&1; } </dev/null >>"$out/$name" || note "gives $name: $*: error $?"
  grep -q "^ok $name\$" "$index" || note "ok $name"
}

# keys NAME FILE KEY...: those lines of a settings file, and no other.
keys() {
  name=$1 file=$2; shift 2
  [ -e "$file" ] || { note "absent $name: there is no $file"; return; }
  [ -r "$file" ] || { miss "denied $name: no right to read $file"; return; }
  for key; do grep -i "^[[:space:]]*${key}[[:space:]]*=" "$file"; done |
    sed 's,=.*@,=removed@,' >"$out/$name"
  note "ok $name: $# keys of $file"
}

for f in "$root"/var/log/svagents*.log* "$root"/var/log/ArchivedLogs/svagents*.log*; do take svagents "$f"; done
for id in s2 appservice dataprotection involflt cxpsclient uarespawnd; do
  for f in "$root"/var/log/"$id"*.log*; do take "$id" "$f"; done
done
for f in "$root"/var/log/ua_install.log "$root"/var/log/InstallerError*.json; do [ ! -e "$f" ] || take agent-setup "$f"; done
for f in syslog syslog.1 messages kern.log; do [ ! -e "$root/var/log/$f" ] || take system "$root/var/log/$f"; done
keys vx-version.txt "$root/usr/local/.vx_version" INSTALLATION_DIR VERSION BUILD_TAG AGENT_CONFIGURATION_STATUS VM_PLATFORM
for f in "$root/usr/local/drscout.conf" "$root/usr/local/ASR/Vx/etc/drscout.conf"; do
  [ ! -e "$f" ] || keys drscout.txt "$f" CSType LogLevel LogPathname CacheDirectory InstallDirectory Role VmPlatform \
    ProxySettingsPath Hostname Port Https TransportResponseTimeoutSeconds
done
keys environment.txt "$root/etc/environment" https_proxy http_proxy no_proxy
# shellcheck disable=SC2086 # words of a command
if [ -z "$root" ]; then
  for s in vxagent uarespawnd involflt; do say services.txt systemctl show -p Id,LoadState,ActiveState,SubState,UnitFileState,MainPID,ExecMainStatus "$s"; done
  say processes.txt ps -eo pid,ppid,stat,etime,time,comm
  for c in "ip -o addr" "ip route" "ip -s -o link" "ss -tan" "cat /etc/resolv.conf"; do say network.txt $c; done
  for c in "df -P -k" "mount" "uptime" "free" "uname -a" "cat /etc/os-release" "lsmod"; do say system.txt $c; done
  for c in "timedatectl show" "chronyc -c tracking" "ntpq -pn"; do say time.txt $c; done
fi
note "done $(date -u +%Y-%m-%dT%H:%M:%SZ)"
echo "asrcollect.sh: $count logs and texts in $out; missed: $missed, see asrcollect-index.txt" >&2
echo "The logs are NOT redacted: read READ-ME-FIRST.txt and look through them, then pack the folder and send it:" >&2
echo "  tar -czf asr-raw-$host.tar.gz -C \"$(dirname "$out")\" \"$(basename "$out")\"" >&2
echo "$out"
[ "$missed" -eq 0 ] || exit 3
