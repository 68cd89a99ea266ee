package check

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Percent writes a ratio: 0.18 as "18 %", 0.183 as "18.3 %". It rounds to a
// tenth.
func Percent(ratio float64) string {
	return strconv.FormatFloat(math.Round(ratio*1000)/10, 'f', -1, 64) + " %"
}

// PercentBeside is Percent for a value that is told beside its limit: it takes
// as many digits, up to four, as it needs not to look equal to it.
func PercentBeside(ratio, limit float64) string {
	for scale := 1000.0; scale <= 1e6; scale *= 10 {
		if v := math.Round(ratio * scale); v != math.Round(limit*scale) {
			return strconv.FormatFloat(v/(scale/100), 'f', -1, 64) + " %"
		}
	}
	return Percent(ratio)
}

// Span writes a duration in at most two units: "45 s", "14 min 55 s",
// "3 h 10 min", "2 d 4 h". Under a second it keeps the tenth, under a tenth the
// hundredth. The sign is left out.
func Span(d time.Duration) string {
	d = d.Abs()
	if d < 100*time.Millisecond {
		return strconv.FormatFloat(math.Round(d.Seconds()*100)/100, 'f', -1, 64) + " s"
	}
	if d < time.Second {
		return strconv.FormatFloat(math.Round(d.Seconds()*10)/10, 'f', -1, 64) + " s"
	}
	units := []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	for i, u := range units {
		if d < u.size {
			continue
		}
		words := amount(int64(d/u.size), u.name)
		if i+1 == len(units) {
			return words
		}
		if rest := d % u.size / units[i+1].size; rest > 0 {
			words += " " + amount(int64(rest), units[i+1].name)
		}
		return words
	}
	return "0 s"
}

func amount(n int64, unit string) string { return strconv.FormatInt(n, 10) + " " + unit }

// Seconds is a duration of that many seconds.
func Seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Bytes writes a size with binary units: "512 MiB", "1.5 GiB".
func Bytes(n uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	v, i := float64(n), 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	if v >= 10 {
		v = math.Round(v)
	}
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) + " " + units[i]
}

// Number writes a count with separators: "4,310".
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Count writes a number of things: "1 time", "79 times".
func Count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Clock writes an instant for a text: "02:31Z" on the day of the collection,
// else "2026-03-04 02:31Z".
func (p *Pass) Clock(t time.Time) string {
	t = t.UTC()
	if t.Format(time.DateOnly) == p.Now.UTC().Format(time.DateOnly) {
		return t.Format("15:04Z")
	}
	return t.Format("2006-01-02 15:04Z")
}
