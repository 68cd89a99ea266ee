package check

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/pattern"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
	"github.com/asrdiag/asrdiag/checks-wasm/wire"
)

// TestEveryTypeIsUsual holds that no type that modules read or write is left to
// encoding/json, which takes many times as long in a module.
func TestEveryTypeIsUsual(t *testing.T) {
	for _, v := range []any{
		&bundles.Header{}, &bundles.Manifest{}, &bundles.HostFact{}, &bundles.Services{}, &bundles.Registry{}, &bundles.Config{}, &bundles.Network{},
		&bundles.Connections{}, &bundles.Processes{}, &bundles.Disks{}, &bundles.Cache{}, &bundles.Files{}, &bundles.Probes{}, &bundles.Time{},
		&bundles.Event{}, &bundles.Certificates{}, &bundles.Software{}, &bundles.Antivirus{}, &bundles.Firewall{},
		&scan.Hit{}, &scan.Summary{}, &scan.TallyResult{}, &scan.SeriesResult{}, &pattern.Pattern{},
		&abi.Request{}, &abi.Finding{}, &abi.Exhibit{}, &abi.Status{}, &abi.End{},
	} {
		fill(reflect.ValueOf(v).Elem())
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatalf("%T: %v", v, err)
		}
		back := reflect.New(reflect.TypeOf(v).Elem())
		if codec := new(wire.Codec); !codec.UnmarshalStrict(want, back.Interface()) {
			t.Errorf("%T is left to encoding/json", v)
		} else if again, err := json.Marshal(back.Interface()); err != nil || string(again) != string(want) {
			t.Errorf("%T is read as\n%s\nwant\n%s", v, again, want)
		} else if got, err := codec.Append(nil, v); err != nil || string(got) != string(want) {
			t.Errorf("%T is written as\n%s, %v\nwant\n%s", v, got, err, want)
		}
	}
}

// fill gives everything in a value something.
func fill(v reflect.Value) {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Date(2026, 3, 5, 9, 15, 0, 0, time.UTC)
		return
	case *json.RawMessage:
		*x = json.RawMessage(`{"a":"C:\\x"}`)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("a <b> größe")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(60)
	case reflect.Uint64:
		v.SetUint(60)
	case reflect.Float64:
		v.SetFloat(0.25)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(1))
	case reflect.Array:
		fill(v.Index(0))
	case reflect.Map:
		one := reflect.New(v.Type().Elem()).Elem()
		fill(one)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("Key"), one)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	}
}
