package profiles

import (
	"strings"
	"testing"
	"time"
)

// TestDecodeTime holds the time that the largest documents take.
func TestDecodeTime(t *testing.T) {
	for name, in := range map[string]string{
		"empty lists": "[" + strings.Repeat("[],", MaxBytes/3-10) + "[]]",
		"services":    head + `,"services":[` + strings.Repeat("{},", MaxBytes/3-100) + `{}]}`,
		"references":  head + `,"config":[` + many(400, `{"name":"c%[1]d","paths":["`+strings.Repeat("${c399:k}", 250)+`"],"keys":["k"],"why":"w"}`) + `]}`,
		"new lines":   strings.Repeat("\n", MaxBytes-200) + head + "}",
	} {
		begin := time.Now()
		_, err := Decode([]byte(in))
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%s: %d bytes take %v", name, len(in), took)
		} else {
			t.Logf("%s: %d bytes, %v, %d bytes of errors", name, len(in), took, len(errText(err)))
		}
	}
}
