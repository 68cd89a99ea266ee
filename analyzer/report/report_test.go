package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

func with(findings ...Finding) *Report {
	return &Report{Checks: []Check{{Outcome: abi.OutcomePass}, {Outcome: abi.OutcomeFindings, Findings: findings}}}
}

func of(s abi.Severity) Finding { return Finding{Finding: abi.Finding{Severity: s}} }

func waived(f Finding) Finding {
	f.Waived = &Waiver{Reason: "accepted"}
	return f
}

func incomplete(r *Report) *Report {
	r.Verdict.Reasons = []string{"the bundle was cut off"}
	return r
}

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		name   string
		r      *Report
		failOn abi.Severity
		want   int
	}{
		{"empty", &Report{}, abi.Critical, ExitOK},
		{"no findings", with(), abi.Info, ExitOK},
		{"critical at critical", with(of(abi.Critical)), abi.Critical, ExitFindings},
		{"critical at warning", with(of(abi.Critical)), abi.Warning, ExitFindings},
		{"critical at info", with(of(abi.Critical)), abi.Info, ExitFindings},
		{"warning at critical", with(of(abi.Warning)), abi.Critical, ExitOK},
		{"warning at warning", with(of(abi.Warning)), abi.Warning, ExitFindings},
		{"info at warning", with(of(abi.Info)), abi.Warning, ExitOK},
		{"info at info", with(of(abi.Info)), abi.Info, ExitFindings},
		{"the worst counts", with(of(abi.Info), of(abi.Critical)), abi.Critical, ExitFindings},
		{"never", with(of(abi.Critical)), "", ExitOK},
		{"waived", with(waived(of(abi.Critical))), abi.Info, ExitOK},
		{"waived beside another", with(waived(of(abi.Critical)), of(abi.Warning)), abi.Warning, ExitFindings},
		{"unknown severity", with(of("odd")), abi.Info, ExitOK},
		{"incomplete", incomplete(with()), abi.Critical, ExitIncomplete},
		{"incomplete beats findings", incomplete(with(of(abi.Critical))), abi.Critical, ExitIncomplete},
		{"never does not hide incomplete", incomplete(with()), "", ExitIncomplete},
	} {
		if got := c.r.ExitCode(c.failOn); got != c.want {
			t.Errorf("%s: ExitCode(%q) = %d, want %d", c.name, c.failOn, got, c.want)
		}
	}
}

// TestRoundTrip sets every member, so that none can be without a name, share
// one, or be lost.
func TestRoundTrip(t *testing.T) {
	var want Report
	set(reflect.ValueOf(&want).Elem(), new(int))
	first, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Report
	dec := json.NewDecoder(bytes.NewReader(first))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(want, got) {
		second, _ := json.Marshal(got)
		t.Errorf("a report changed on its way:\n%s\n%s", first, second)
	}
}

// set gives every member a value of its own.
func set(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString("text " + string(rune('a'+*n%26)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.5)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		set(v.Elem(), n)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{"a":1}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		set(v.Index(0), n)
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"k": "v"}))
	case reflect.Struct:
		setStruct(v, n)
	}
}

func setStruct(v reflect.Value, n *int) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Date(2026, 4, 2, 10, 0, *n%60, *n, time.UTC)))
		return
	}
	for i := range v.NumField() {
		set(v.Field(i), n)
	}
}

// TestSmallReport: what is empty and means something is written all the same.
func TestSmallReport(t *testing.T) {
	raw, err := json.Marshal(Report{Format: Format, Version: Version, Bundle: Bundle{Integrity: bundles.Integrity{OK: true}}})
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"format", "version", "generated_by", "bundle", "packs", "verdict", "summary", "checks"} {
		if _, ok := m[name]; !ok {
			t.Errorf("a small report lacks %q", name)
		}
	}
}
