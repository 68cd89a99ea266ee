package schema_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/bundles"
)

var (
	sampleType   = reflect.TypeFor[bundles.Sample]()
	manifestType = reflect.TypeFor[bundles.Manifest]()
	fileType     = reflect.TypeFor[bundles.File]()
	reportType   = reflect.TypeFor[report.Report]()
)

// words are values for members that take one of a list, by type and member.
var words = map[string]string{
	"Host.role": "process-server", "Host.deployment": "standalone", "Source.status": "denied", "Privacy.mode": "strict",
	"File.encoding": "utf-16le", "File.stored_from": "gzip", "File.sha256": strings.Repeat("0", 64), "Profile.sha256": strings.Repeat("0", 64),
	"Services.manager": "systemd", "Service.state": "running", "Service.start_type": "automatic_delayed", "ServiceReading.state": "start_pending",
	"TimeService.state": "running", "TimeService.start_type": "manual", "RegistryValue.type": "REG_MULTI_SZ",
	"Connection.protocol": "tcp6", "Probe.origin": "log:agent", "Probe.via": "proxy", "TimeAttempt.via": "proxy", "Leg.cert_problems": "expired", "Leg.leg": "tls-3k", "Leg.status": "unreachable", "Leg.cert_sha256": strings.Repeat("a", 64),
	"Scanner.state": "running", "Scanner.start_type": "boot", "Defender.state": "stopped", "DefenderSetting.store": "policy", "ExclusionList.store": "mdm", "ExclusionList.kind": "processes",
	"FirewallProfile.store": "local", "FirewallProfile.profile": "domain", "FirewallProfile.default_inbound": "block", "FirewallRule.store": "mdm", "FirewallRule.action": "allow", "FirewallRule.profiles": "private", "FirewallNetwork.profile": "public",
	"Report.format": "asr-report", "Bundle.sha256": strings.Repeat("0", 64), "Bundle.kind": "raw", "Bundle.role": "unknown", "Bundle.deployment": "appliance",
	"Verdict.state": "fault", "Problem.kind": "rejected", "Check.id": "pack/check", "Check.outcome": "findings", "Check.could_be": "critical",
	"Finding.t": "finding", "Finding.severity": "info", "Elsewhere.severity": "warning", "Finding.state": "recovered", "Evidence.pointer": "/items/0",
	"Measure.op": ">=", "Exhibit.t": "exhibit", "Exhibit.kind": "path", "Limit.severity": "warning",
}

// either are members that exclude each other with "error" in a fact.
var either = map[string]bool{"Service.error": true, "RegistryValue.error": true, "Disk.error": true}

// numbers are values for members with bounds of their own.
var numbers = map[string]int64{"Leg.http_status": 407, "Report.version": 1}

// fill makes a value with every member set. where is "Type.member".
func fill(typ reflect.Type, where string) reflect.Value {
	v := reflect.New(typ).Elem()
	switch {
	case typ == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 3, 5, 10, 0, 0, 250e6, time.UTC)))
	case typ == reflect.TypeFor[json.RawMessage]():
		v.Set(reflect.ValueOf(json.RawMessage(`["a","b"]`)))
	case typ.Kind() == reflect.Struct:
		fillStruct(v)
	case typ.Kind() == reflect.Pointer:
		v.Set(reflect.New(typ.Elem()))
		v.Elem().Set(fill(typ.Elem(), where))
	case typ.Kind() == reflect.Slice:
		v.Set(reflect.Append(v, fill(typ.Elem(), where)))
	case typ.Kind() == reflect.Array:
		for i := range v.Len() {
			v.Index(i).SetInt(int64(i))
		}
	case typ.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(typ))
		v.SetMapIndex(reflect.ValueOf(`E:\`), fill(typ.Elem(), where))
	default:
		fillPlain(v, where)
	}
	return v
}

func fillStruct(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if where := v.Type().Name() + "." + name; !either[where] {
			v.Field(i).Set(fill(f.Type, where))
		}
	}
}

func fillPlain(v reflect.Value, where string) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.String:
		v.SetString("some text")
		if w, ok := words[where]; ok {
			v.SetString(w)
		}
	case reflect.Uint64:
		v.SetUint(7)
	default:
		v.SetInt(7)
		if n, ok := numbers[where]; ok {
			v.SetInt(n)
		}
	}
}
