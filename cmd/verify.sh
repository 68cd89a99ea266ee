#!/bin/sh
# Runs everything that can be verified and writes what came of it to
# docs/verified.md. Stops at the first failure, which is then not written.
set -eu
make=${MAKE:-make}
go=${GO:-go}
fuzztime=${FUZZTIME:-10000x}
rows=$(mktemp)
log=$(mktemp)
trap 'rm -f "$rows" "$log"' EXIT

# step WHAT RESULT COMMAND...: RESULT is an awk program over the output that
# prints what to say.
step() {
	what=$1 result=$2
	shift 2
	echo "== $*"
	start=$(date +%s)
	"$@" >"$log" 2>&1 || { cat "$log"; echo "verify: $* failed" >&2; exit 1; }
	seconds=$(($(date +%s) - start))
	echo "| $what | \`$*\` | $(awk "$result" "$log") | $seconds s |" >>"$rows"
}

step "formatting, vet for Linux and Windows, build for WASI, staticcheck, layering, dead code" 'END {print "clean"}' "$make" check
step "unit and command-line tests, incidents under Wine, a page in the browser" \
	'$1 == "ok" {ok++} END {printf "%d packages ok", ok}' "$make" test TESTFLAGS=-count=1
step "every simulated incident, collected by asrcollect.exe under Wine and read back" '$1 == "ok" && $4 == "s" {n++} END {printf "%d incidents show what they should", n}' "$make" incidents
step "tests that take long, 50 kills among them" '/^ok/ {ok++} END {printf "%d packages ok", ok}' "$go" test -count=1 -tags slow ./bundles/... ./cmd/asrcollect
step "secrets planted on a process server: none is found" '/secrets of/ {n = $2} END {printf "%d secrets, none left", n}' "$go" test -count=1 -tags slow -v -run '^TestPlanted' ./cmd
step "every fuzz target, $fuzztime inputs" '/Fuzz/ && !/elapsed/ {n++} END {printf "%d targets, no failure", n}' "$make" fuzz "FUZZTIME=$fuzztime"
step "speed and size beside peers: docs/benchmarks.md" '/  met$/ {met++} /later$/ {later++} END {printf "%d bounds met, %d bind later", met, later}' "$make" bench

{
	echo "# Verified"
	echo
	echo "Written by \`make verify\` on $(date -u +%Y-%m-%d), at $(git rev-parse --short HEAD), with $($go version | cut -d' ' -f3)"
	echo "on $(uname -sm), $(getconf _NPROCESSORS_ONLN) cores. REQUIRE_ALL=${REQUIRE_ALL:-0}: with 1, nothing was skipped for want of a program."
	echo
	echo "| what | command | result | time |"
	echo "|---|---|---|---|"
	cat "$rows"
	echo
	echo "| built | bytes | limit |"
	echo "|---|---|---|"
	for f in asrcollect asrcollect.exe asrdiag asrdiag.exe; do
		limit=
		if [ "$f" = asrcollect.exe ]; then limit=7500000; fi
		echo "| bin/$f | $(wc -c <bin/$f) | $limit |"
	done
} >docs/verified.md
echo "wrote docs/verified.md"
