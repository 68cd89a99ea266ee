#!/bin/sh
# The first run: collects from this machine for a few seconds, analyzes that
# bundle and a sample incident, and writes bin/report.html.
set -eu
bin=bin
sample=bundles/testdata/cache-full-proxy-differs.zip

# Findings (3) and an incomplete analysis (4) are answers, not failures.
analyze() {
	status=0
	"$bin/asrdiag" analyze "$@" || status=$?
	case $status in 0 | 3 | 4) ;; *) exit "$status" ;; esac
}

printf '\n== This machine, collected for 10 seconds ==\n\n'
status=0
bundle=$("$bin/asrcollect" --duration 10s --interval 1s --out "$bin") || status=$?
case $status in 0 | 3) ;; *) exit "$status" ;; esac # 3: a bundle that lacks something
analyze "$bundle"

printf '\n== A sample incident: a process server whose cache disk is filling up ==\n\n'
analyze "$sample"
analyze --format html --out "$bin/report.html" "$sample"
printf '\nThe same report as a page: %s\n' "$bin/report.html"
