package main

import (
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

func TestForecast(t *testing.T) {
	start := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
	course := func(span time.Duration, from, to float64) []abi.Point {
		return []abi.Point{{T: start, Value: from}, {T: start.Add(span), Value: to}}
	}
	for _, c := range []struct {
		name string
		in   []abi.Point
		want string
	}{
		{"one point", course(0, 0.5, 0.5)[:1], ""},
		{"still", course(15*time.Minute, 0.5, 0.5), "Free space did not change. "},
		{"too short to tell", course(30*time.Second, 0.5, 0.6), "Free space did not change. "},
		{"draining", course(15*time.Minute, 0.52, 0.50), "Free space grows by 8 % an hour. "},
		{"filling", course(15*time.Minute, 0.60, 0.61), "Free space shrinks by 4 % an hour; 20 % is reached in 4 h 45 min. "},
		{"full", course(15*time.Minute, 0.80, 0.81), "Free space shrinks by 4 % an hour. "},
	} {
		if got := forecast(c.in); got != c.want {
			t.Errorf("%s: forecast = %q, want %q", c.name, got, c.want)
		}
	}
}

func TestLegOfText(t *testing.T) {
	for in, want := range map[string]string{
		"500 SSL negotiation failed":                                 legTLS,
		"(60) - Peer certificate cannot be authenticated, timed out": legTLS,
		"failed to post request: (6)":                                legName,
		"500 Can't connect to 10.1.0.4:443":                          legConnect,
		"failed to post request: (28)":                               legConnect,
		"status code 503":                                            legHTTP,
		"nothing known":                                              "",
	} {
		if got := legOfText(in); got != want {
			t.Errorf("legOfText(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestConditionOf(t *testing.T) {
	start := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
	const up, down, starting = bundles.StateRunning, bundles.StateStopped, bundles.StateStartPending
	long, short := start.Add(-time.Hour), start.Add(-time.Minute)
	for _, c := range []struct {
		name   string
		states []string // a minute apart
		since  *time.Time
		want   string
		down   int
	}{
		{"up", []string{up, up}, nil, conditionUp, 0},
		{"down", []string{down, down, down}, nil, conditionDown, 3},
		{"restarting", []string{up, down, up}, nil, conditionRestarting, 1},
		{"a start that is seen", []string{up, starting, up}, nil, conditionUp, 0},
		{"starting for long", []string{starting, starting, starting, starting, starting, starting, starting}, nil, conditionDown, 7},
		{"starting for 5 minutes", []string{starting, starting, starting, starting, starting, starting}, nil, conditionPending, 0},
		{"starting since long before", []string{starting}, &long, conditionDown, 1},
		{"starting since shortly before", []string{starting}, &short, conditionPending, 0},
		{"unknown", []string{bundles.StateUnknown}, nil, conditionUnknown, 0},
		{"paused", []string{bundles.StatePaused}, nil, conditionDown, 1},
	} {
		s := bundles.Service{Name: "x", State: c.states[len(c.states)-1], Since: c.since}
		for i, state := range c.states {
			s.Readings = append(s.Readings, bundles.ServiceReading{T: start.Add(time.Duration(i) * time.Minute), State: state})
		}
		if got := conditionOf(s, start); got.is != c.want || got.down != c.down {
			t.Errorf("%s: conditionOf = %q, down %d, want %q, %d", c.name, got.is, got.down, c.want, c.down)
		}
	}
	if got := conditionOf(bundles.Service{State: down}, start); got.is != conditionDown || got.readings != 1 {
		t.Errorf("without readings: %+v, want one reading, down", got)
	}
}

func TestWhole(t *testing.T) {
	for _, c := range []struct {
		name     string
		span     float64
		samples  int
		interval float64
		window   time.Duration
		want     bool
	}{
		{"all samples", 895, 180, 5, 0, true},
		{"late timers", 893, 180, 5, 0, true},
		{"one sample short", 890, 179, 5, 895 * time.Second, false},
		{"the first one lacks", 890, 179, 5, 15 * time.Minute, true},
		{"gaps in a long window", 890, 161, 5, 15 * time.Minute, false},
		{"90 % of them", 895, 162, 5, 0, true},
		{"fewer", 895, 161, 5, 0, false},
		{"minutes", 840, 15, 60, 0, true},
		{"none", 0, 0, 5, 0, false},
	} {
		row := scan.SeriesRow{SpanSeconds: c.span, Samples: c.samples, Expected: int(900 / c.interval)}
		if got := whole(row, c.interval, c.window); got != c.want {
			t.Errorf("%s: whole = %v, want %v", c.name, got, c.want)
		}
	}
}

func TestServiceLists(t *testing.T) {
	for deployment, want := range map[string]struct{ expected, other int }{
		bundles.DeployConfigurationServer: {12, 0}, bundles.DeployStandalone: {9, 3}, bundles.DeployAzureFailback: {5, 7}, "": {5, 7},
		bundles.DeployAppliance: {12, 7},
	} {
		if got := len(servicesOf(deployment)); got != want.expected {
			t.Errorf("%q: %d services are expected, want %d", deployment, got, want.expected)
		}
		if got := len(otherServices(servicesOf(deployment))); got != want.other {
			t.Errorf("%q: %d other services, want %d", deployment, got, want.other)
		}
	}
}
