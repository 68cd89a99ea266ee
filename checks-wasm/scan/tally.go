//go:build !wasip1

package scan

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// TallyKey is the key of a hit's row: for each By field the empty string when
// the hit lacks it, else "=" and the value, cut at MaxTallyKey.
func (t *Tally) TallyKey(fields map[string]string) []string {
	key := make([]string, len(t.By))
	for i, name := range t.By {
		if v, ok := fields[name]; ok {
			key[i] = "=" + cut(v, MaxTallyKey)
		}
	}
	return key
}

// KeyFields turns a key back into fields.
func (t *Tally) KeyFields(key []string) map[string]string {
	out := make(map[string]string, len(key))
	for i, k := range key {
		if k != "" {
			out[t.By[i]] = k[1:]
		}
	}
	return out
}

// Bucket is the start of the bucket of a time, in Unix seconds.
func (t *Tally) Bucket(at time.Time) int64 {
	size, s := int64(t.BucketSeconds), at.Unix()
	start := s - s%size
	if start > s {
		start -= size
	}
	return start
}

// MaxRows is how many rows the tally keeps.
func (t *Tally) MaxRows() int {
	if t.BucketSeconds > 0 {
		return MaxBucketedTallyRows
	}
	return MaxTallyRows
}

// Number reads a decimal number as sums take it.
func Number(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(v) > 1e100 {
		return 0, false
	}
	return v, true
}

// tally is the reference: group, sort, cut.
func tally(t Tally, hits []Hit) *TallyResult {
	groups := map[string][]Hit{}
	keys := map[string][]string{}
	for _, h := range hits {
		key := t.TallyKey(h.Fields)
		id := joinKey(key)
		groups[id], keys[id] = append(groups[id], h), key
	}
	ids := make([]string, 0, len(groups))
	for id := range groups {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return slices.Compare(keys[a], keys[b]) })
	r := &TallyResult{Rows: []TallyRow{}}
	for i, id := range ids {
		if i >= t.MaxRows() {
			r.Dropped += int64(len(groups[id]))
			continue
		}
		r.Rows = append(r.Rows, tallyRow(t, keys[id], groups[id]))
	}
	return r
}

// joinKey makes a key comparable.
func joinKey(key []string) string {
	var b strings.Builder
	for _, k := range key {
		b.WriteString(strconv.Itoa(len(k)))
		b.WriteByte(':')
		b.WriteString(k)
	}
	return b.String()
}

func tallyRow(t Tally, key []string, hits []Hit) TallyRow {
	row := TallyRow{Key: t.KeyFields(key), Count: int64(len(hits)), Sum: sums(t, hits)}
	buckets := map[int64][]Hit{}
	for _, h := range hits {
		if h.Time == nil {
			continue
		}
		row.First, row.Last = Earlier(row.First, *h.Time), Later(row.Last, *h.Time)
		if t.BucketSeconds > 0 {
			start := t.Bucket(*h.Time)
			buckets[start] = append(buckets[start], h)
		}
	}
	for start, in := range buckets {
		row.Buckets = append(row.Buckets, TallyBucket{Start: time.Unix(start, 0).UTC(), Count: int64(len(in)), Sum: sums(t, in)})
	}
	slices.SortFunc(row.Buckets, func(a, b TallyBucket) int { return a.Start.Compare(b.Start) })
	if n := len(row.Buckets) - MaxTallyBuckets; n > 0 {
		row.Buckets = row.Buckets[n:]
	}
	return row
}

// sumPrec is enough to add numbers up to 1e100 without rounding: the bits from
// there down to the smallest float64, and 64 more for the carries.
const sumPrec = 2048

func sums(t Tally, hits []Hit) map[string]float64 {
	var out map[string]float64
	for _, name := range t.Sum {
		total, any := new(big.Float).SetPrec(sumPrec), false
		for _, h := range hits {
			if v, ok := Number(h.Fields[name]); ok {
				total.Add(total, big.NewFloat(v))
				any = true
			}
		}
		if !any {
			continue
		}
		if out == nil {
			out = map[string]float64{}
		}
		out[name], _ = total.Float64()
	}
	return out
}
