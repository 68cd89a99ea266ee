package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// scanServiceEvents are the service manager's records of services that ended, and
// of every change of state.
const scanServiceEvents = "service-manager-records"

// maxEventTimes of a service are told.
const maxEventTimes = 5

func serviceEvents() scan.Scan {
	log := asrlogs.EventRecordLog()
	return scan.Scan{
		ID: scanServiceEvents, Input: log.ID, Format: log.Format.ID, MaxHits: 1000,
		Any: []scan.Pattern{{Regexp: `"provider"\s*:\s*"Service Control Manager",\s*"id"\s*:\s*(?P<record>7023|7024|7031|7034|7036)\b.*"parameters"\s*:\s*(?:\{\s*"param1"\s*:|\[)\s*"(?P<service>[^"]*)"`}},
	}
}

// eventTimes tells when the event log saw a service end or change its state while
// the collector looked. Records name it by its display name.
func eventTimes(p *check.Pass, item bundles.Service) (words string, at []abi.Evidence) {
	var list []string
	count := 0
	for h := range p.Hits(scanServiceEvents) {
		name := h.Fields["service"]
		if h.Time == nil || !strings.EqualFold(name, item.Name) && (item.DisplayName == "" || !strings.EqualFold(name, item.DisplayName)) || !inReadings(p, item, *h.Time) {
			continue
		}
		if count++; count <= maxEventTimes {
			list = append(list, h.Time.UTC().Format("15:04:05Z")+" ("+recordWords(h.Fields["record"])+")")
			at = append(at, check.At(h))
		}
	}
	if count == 0 {
		return "", nil
	}
	words = "The event log has it at " + strings.Join(list, ", ")
	if count > maxEventTimes {
		words += fmt.Sprintf(" and %d more", count-maxEventTimes)
	}
	return words + ".", at
}

// inReadings reports whether an instant lies in the span of a service's readings,
// give or take a minute.
func inReadings(p *check.Pass, item bundles.Service, t time.Time) bool {
	from, to := p.Bundle.Manifest.Window.Start, p.Now
	if n := len(item.Readings); n > 0 {
		from, to = item.Readings[0].T, item.Readings[n-1].T
	}
	return !t.Before(from.Add(-time.Minute)) && !t.After(to.Add(time.Minute))
}

func recordWords(id string) string {
	switch id {
	case "7031", "7034":
		return "ended by itself, " + id
	case "7023", "7024":
		return "ended with an error, " + id
	}
	return "changed its state, " + id
}
