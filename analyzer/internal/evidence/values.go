package evidence

import (
	"bufio"

	"github.com/asrdiag/asrdiag/bundles"
)

// pointers verifies claims of the form pointer and value: the file is one JSON
// document, and the value at the pointer is the claimed one.
func (v *Verifier) pointers(name string, claims []*claim) {
	if len(claims) == 0 {
		return
	}
	raw, err := bundles.ReadLimited(v.bundle.FS, name, bundles.MaxFactBytes)
	if err != nil {
		return
	}
	doc, err := bundles.DecodeValue(raw)
	if err != nil {
		return
	}
	for _, c := range claims {
		want, err := bundles.DecodeValue(c.Value)
		if err != nil {
			continue
		}
		got, ok := bundles.ValueAt(doc, *c.Pointer)
		c.holds = ok && bundles.EqualValues(got, want)
	}
}

// lines verifies claims of the form line and value: the line is a JSON object
// that has the claimed members. An object without members claims nothing.
func (v *Verifier) lines(name string, claims []*claim) {
	if len(claims) == 0 {
		return
	}
	f, err := v.bundle.FS.Open(name)
	if err != nil {
		return
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, bundles.MaxSampleBytes)
	todo := sorted(claims, byLine)
	for n := int64(1); len(todo) > 0 && sc.Scan(); n++ {
		for len(todo) > 0 && todo[0].Line == n {
			todo[0].holds = bundles.HasMembers(sc.Bytes(), todo[0].Value)
			todo = todo[1:]
		}
	}
}
