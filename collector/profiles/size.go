package profiles

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Size is a number of bytes, written "64MiB", "512KiB" or as a number.
type Size int64

// UnmarshalJSON accepts a number or a string with a unit.
func (s *Size) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		text = string(raw)
	}
	n, err := ParseSize(text)
	*s = Size(n)
	return err
}

// ParseSize reads a size: a number, with or without one of the units B, K, KB,
// KiB, M, MB, MiB, G, GB, GiB; all of them count by 1024, as Windows does.
func ParseSize(text string) (int64, error) {
	t := strings.ToLower(strings.TrimSpace(text))
	shift := 0
	for i, unit := range []string{"k", "m", "g", "t"} {
		for _, suffix := range []string{unit + "ib", unit + "b", unit} {
			if n, ok := strings.CutSuffix(t, suffix); ok && shift == 0 {
				t, shift = strings.TrimSpace(n), 10*(i+1)
			}
		}
	}
	if shift == 0 {
		t = strings.TrimSpace(strings.TrimSuffix(t, "b"))
	}
	f, err := strconv.ParseFloat(t, 64)
	if err != nil || f < 0 || f*float64(int64(1)<<shift) > 1<<50 || f != f {
		return 0, fmt.Errorf("%.40q is not a size: write 100MiB or 2GiB", text)
	}
	return int64(f * float64(int64(1)<<shift)), nil
}
