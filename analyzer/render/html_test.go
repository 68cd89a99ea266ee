package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"math"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// elements are all that the page may be made of.
const elements = " html head meta title style body main header section article footer h1 h2 h3 h4 p b span div ul ol li dl dt dd pre a " +
	"figure figcaption table thead tbody tr th td details summary svg line polyline polygon text circle path "

// attributes are all that its elements may have.
const attributes = " lang charset http-equiv content name class id href rel scope data-label role aria-label aria-hidden " +
	"x y x1 y1 x2 y2 dy cx cy r d width height viewbox viewBox preserveaspectratio preserveAspectRatio overflow points text-anchor "

// visit calls f for every element of a page.
func visit(t *testing.T, raw []byte, f func(*html.Node)) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			f(n)
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if strings.EqualFold(a.Key, name) {
			return a.Val
		}
	}
	return ""
}

// TestHTMLSafe: the page is made of the elements and attributes that it needs
// and no others, so no text of the report became markup.
func TestHTMLSafe(t *testing.T) {
	for _, name := range fixtures(t) {
		raw := pageOf(t, load(t, name))
		visit(t, raw, func(n *html.Node) {
			if !strings.Contains(elements, " "+n.Data+" ") {
				t.Errorf("%s: the page has an element %q", name, n.Data)
			}
			for _, a := range n.Attr {
				if !strings.Contains(attributes, " "+a.Key+" ") {
					t.Errorf("%s: <%s> has an attribute %q", name, n.Data, a.Key)
				}
			}
		})
		if i := bytes.IndexFunc(raw, func(r rune) bool { return r != '\n' && r != '\t' && hidden(r) }); i >= 0 {
			t.Errorf("%s: raw character at %q", name, raw[i:min(i+20, len(raw))])
		}
	}
}

func TestHTMLLinks(t *testing.T) {
	for _, name := range fixtures(t) {
		ids, targets := map[string]int{}, []string{}
		visit(t, pageOf(t, load(t, name)), func(n *html.Node) {
			if id := attr(n, "id"); id != "" {
				ids[id]++
			}
			href := attr(n, "href")
			switch {
			case href == "" && n.Data != "a":
			case strings.HasPrefix(href, "#"):
				targets = append(targets, href[1:])
			case !strings.HasPrefix(href, "https://learn.microsoft.com/"):
				t.Errorf("%s: a link to %q", name, href)
			case attr(n, "rel") != "noopener noreferrer":
				t.Errorf("%s: a link with rel=%q", name, attr(n, "rel"))
			}
		})
		for _, to := range targets {
			if ids[to] != 1 {
				t.Errorf("%s: a link to #%s, which stands %d times", name, to, ids[to])
			}
		}
	}
}

func TestHTMLPolicy(t *testing.T) {
	for _, name := range fixtures(t) {
		var policy, style string
		before := true // the policy must come before what it governs
		visit(t, pageOf(t, load(t, name)), func(n *html.Node) {
			if n.Data == "meta" && strings.EqualFold(attr(n, "http-equiv"), "Content-Security-Policy") {
				policy = attr(n, "content")
			}
			if n.Data == "style" {
				style = n.FirstChild.Data
				before = before && policy != ""
			}
		})
		sum := sha256.Sum256([]byte(style))
		want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
		if policy != want || !before {
			t.Errorf("%s: policy %q, want %q, before the style: %v", name, policy, want, before)
		}
	}
}

// TestHTMLStyle: the style sheet asks for nothing from elsewhere.
func TestHTMLStyle(t *testing.T) {
	for _, word := range []string{"url(", "@import", "src:", "expression", "</"} {
		if strings.Contains(pageStyle, word) {
			t.Errorf("the style sheet has %q", word)
		}
	}
}

// TestHTMLSaysAll: what the table says of findings stands on the page too.
func TestHTMLSaysAll(t *testing.T) {
	r := load(t, "fault")
	r.Logs[0].Unreadable = true
	text := textOf(t, pageOf(t, r))
	want := []string{
		r.Logs[0].File + ": under half of the sampled lines have the known form",
		r.Verdict.Headline, r.Verdict.Reasons[0], classicNote, "22 h ago", "(12:18:07 at the host)", "UNSIGNED",
		"development build", "simulated", r.Next[0].Command, r.Logs[0].File, "gap of 3 h 30 min",
	}
	for _, c := range r.Checks {
		want = append(want, c.ID, c.Title, c.Reason)
		for _, f := range c.Findings {
			want = append(want, f.Title, f.Subject)
			for _, e := range f.Evidence {
				want = append(want, e.File, e.Excerpt)
			}
		}
		for _, e := range c.Exhibits {
			want = append(want, e.Title)
		}
	}
	for _, w := range want {
		if !strings.Contains(text, oneLine(w)) {
			t.Errorf("the page lacks %q", w)
		}
	}
}

// textOf is the text of a page on one line.
func textOf(t *testing.T, raw []byte) string {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" {
			b.WriteString(n.Data + " ")
		}
	}
	return oneLine(b.String())
}

func TestLink(t *testing.T) {
	for in, want := range map[string]string{
		"https://learn.microsoft.com/azure/x?y=1#z": "https://learn.microsoft.com/azure/x?y=1#z",
		"http://host.example/":                      "http://host.example/",
		"HTTPS://host.example/":                     "https://host.example/",
		"":                                          "",
		"javascript:alert(1)":                       "",
		" javascript:alert(1)":                      "",
		"JaVaScRiPt://host.example/%0aalert(1)":     "",
		"data:text/html,x":                          "",
		"vbscript:x":                                "",
		"file:///etc/passwd":                        "",
		"//host.example/x":                          "",
		"/relative":                                 "",
		"https:opaque":                              "",
		"https://user:pw@host.example/":             "",
		"https://user@host.example/":                "",
		"https://[::1":                              "",
	} {
		if got := link(in); got != want {
			t.Errorf("link(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCauseOrder(t *testing.T) {
	f := func(key string, s abi.Severity, because ...string) report.Finding {
		var refs []report.Ref
		for _, b := range because {
			refs = append(refs, report.Ref{Check: "p/c", Key: b})
		}
		return report.Finding{Finding: abi.Finding{Key: key, Severity: s}, Because: refs}
	}
	for name, c := range map[string]struct {
		findings []report.Finding
		cause    string
		want     string
	}{
		"severity":         {[]report.Finding{f("i", "info"), f("c", "critical"), f("w", "warning")}, "", "c w i"},
		"cause first":      {[]report.Finding{f("c", "critical"), f("w", "warning")}, "w", "w c"},
		"under the cause":  {[]report.Finding{f("c", "critical", "w"), f("x", "critical"), f("w", "warning")}, "", "x w .c"},
		"chain":            {[]report.Finding{f("a", "info", "b"), f("b", "info", "c"), f("c", "info")}, "", "c .b ..a"},
		"siblings":         {[]report.Finding{f("r", "info"), f("a", "info", "r"), f("b", "critical", "r")}, "", "r .b .a"},
		"unknown cause":    {[]report.Finding{f("a", "info", "nowhere")}, "", "a"},
		"itself":           {[]report.Finding{f("a", "info", "a")}, "", "a"},
		"circle":           {[]report.Finding{f("a", "info", "b"), f("b", "info", "a")}, "", "b .a"},
		"two causes":       {[]report.Finding{f("a", "info", "b", "c"), f("b", "info"), f("c", "info")}, "", "b .a+c c"},
		"one key too much": {[]report.Finding{f("a", "info"), f("a", "critical"), f("b", "info", "a")}, "", "a a .b"},
	} {
		r := &report.Report{Checks: []report.Check{{ID: "p/c", Findings: c.findings}}}
		if c.cause != "" {
			r.Verdict.Cause = &report.Ref{Check: "p/c", Key: c.cause}
		}
		var got []string
		last := 0
		walk(arrange(r), 0, func(n *node, depth int) {
			s := strings.Repeat(".", depth) + n.Key
			for _, also := range n.AlsoBecause {
				if also.Key != n.Key && name == "two causes" {
					s += "+" + also.Key
				}
			}
			got = append(got, s)
			if n.Number != last+1 {
				t.Errorf("%s: finding %q has number %d after %d", name, n.Key, n.Number, last)
			}
			last = n.Number
		})
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s: order %q, want %q", name, g, c.want)
		}
	}
}

func TestChart(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(1_775_000_000+s), 0).UTC() }
	e := abi.Exhibit{
		Kind: "series", Metric: "m", Unit: "1",
		Limits: []abi.Limit{{Value: 0.5, Severity: abi.Critical, Op: ">="}},
		Points: []abi.Point{{T: at(20), Value: 0.6}, {T: at(0), Value: 0.0}, {T: at(10), Value: 0.3}},
	}
	c := newChart(e, clock{})
	if want := "0.0,1000.0 500.0,571.4 1000.0,142.9"; c.Line != want {
		t.Errorf("line %q, want %q", c.Line, want)
	}
	if got := c.Limits[0]; got.Y != "285.7" || got.Class != "critical" || got.Name != "critical >= 50 %" {
		t.Errorf("limit %+v", got)
	}
	if e.Points[0].Value != 0.6 {
		t.Error("newChart sorted the points of its exhibit")
	}
}

// TestChartNumbers: whatever the values, coordinates are numbers in the plot.
func TestChartNumbers(t *testing.T) {
	big := math.MaxFloat64
	for _, values := range [][]float64{{0, 0}, {big, big}, {-big, big}, {-big, -big}, {big, 0}, {5e-324, 0}, {-1, -1, -1}} {
		for _, when := range []int64{0, 1, 1 << 37} {
			e := abi.Exhibit{Kind: "series", Limits: []abi.Limit{{Value: -big}, {Value: big}}}
			for i, v := range values {
				e.Points = append(e.Points, abi.Point{T: time.Unix(int64(i)*when, 0), Value: v})
			}
			c := newChart(e, clock{})
			for _, s := range []string{c.Line, c.Area, c.Limits[0].Y, c.Limits[1].TextY} {
				if strings.Contains(s, "NaN") || strings.Contains(s, "Inf") || strings.Contains(s, "-") || strings.Contains(s, "e") {
					t.Errorf("values %v, %d s apart: coordinates %q", values, when, s)
				}
			}
		}
	}
}

func TestThinKeepsPeaks(t *testing.T) {
	var points []abi.Point
	for i := range 20_000 {
		points = append(points, abi.Point{T: time.Unix(int64(i), 0), Value: 1})
	}
	points[777].Value, points[12_345].Value = 9, -9
	got := thin(points)
	lo, hi := 0.0, 0.0
	for i, p := range got {
		lo, hi = min(lo, p.Value), max(hi, p.Value)
		if i > 0 && !p.T.After(got[i-1].T) {
			t.Fatalf("point %d is not after the one before", i)
		}
	}
	if len(got) > maxPoints || lo != -9 || hi != 9 {
		t.Errorf("thin kept %d points from %v to %v", len(got), lo, hi)
	}
}

func TestQuantity(t *testing.T) {
	for _, c := range []struct {
		v    float64
		unit string
		want string
	}{
		{0.1812, "1", "18.1 %"},
		{0.5, "1", "50 %"},
		{0, "1", "0 %"},
		{42, "s", "42 s"},
		{90, "s", "1 min 30 s"},
		{900, "s", "15 min"},
		{11400, "s", "3 h 10 min"},
		{100_000, "s", "27 h 46 min"},
		{200_000, "s", "2 days 7 h"},
		{172_800, "s", "2 days"},
		{3600.4, "s", "1 h"},
		{-90, "s", "-1 min 30 s"},
		{0.25, "s", "0.25 s"},
		{512, "By", "512 B"},
		{1536, "By", "1.5 KiB"},
		{1 << 40, "By", "1 TiB"},
		{1e7, "By/s", "9.5 MiB/s"},
		{3, "", "3"},
		{3.14159, "", "3.14"},
		{0.00123, "", "0.00123"},
		{7, "{pages}/s", "7 {pages}/s"},
	} {
		if got := quantity(c.v, c.unit); got != c.want {
			t.Errorf("quantity(%v, %q) = %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}
