package render

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

// browser is a headless Chromium for which the hosts under .example, those of the
// hostile report, lead to a server of the test, which notes what it is asked for.
// No other name resolves: what the browser wants for itself stays unanswered.
type browser struct {
	path, port string
	mu         sync.Mutex
	requests   []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	b := &browser{path: findBrowser(t)}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.requests = append(b.requests, r.Host+r.URL.Path)
	}))
	t.Cleanup(srv.Close)
	_, b.port, _ = strings.Cut(strings.TrimPrefix(srv.URL, "http://"), ":")
	return b
}

func findBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	program.Missing(t, "no Chromium on the path: the page was not drawn in a browser")
	return ""
}

// dump loads a page from a file and returns its document after its scripts ran.
func (b *browser) dump(t *testing.T, page string) string {
	t.Helper()
	// Not t.TempDir: a child of the browser may still write when the browser has
	// ended, and that is no failure of the page.
	dir, err := os.MkdirTemp("", "asrdiag-browser-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "page.html")
	if err = os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--user-data-dir="+filepath.Join(dir, "profile"),
		"--host-resolver-rules=MAP *.example 127.0.0.1:"+b.port+",MAP * ~NOTFOUND",
		"--window-size=1280,900", "--dump-dom", "file://"+file)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run %s: %v\n%s", b.path, err, stderr.String())
	}
	return string(out)
}

// asked are the requests since the last call.
func (b *browser) asked() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.requests
	b.requests = nil
	return out
}

// TestBrowser draws pages in a browser: the verdict is there, nothing runs,
// nothing is asked of the network, and nothing is wider than the window.
func TestBrowser(t *testing.T) {
	b := newBrowser(t)
	t.Run("control", func(t *testing.T) { // the test would see a request
		b.dump(t, `<img src="http://evil.example/control.png">`)
		if got := b.asked(); len(got) != 1 || got[0] != "evil.example/control.png" {
			t.Fatalf("a page with a remote image made the requests %q", got)
		}
	})
	for _, name := range []string{"fault", "hostile"} {
		t.Run(name, func(t *testing.T) {
			r := load(t, name)
			page := string(pageOf(t, r))
			text := textOf(t, []byte(b.dump(t, page)))
			if want := oneLine(Clean(r.Verdict.Headline)); !strings.Contains(text, want) {
				t.Errorf("the drawn page lacks the headline %q", want)
			}
			if got := b.asked(); len(got) != 0 {
				t.Errorf("the page made the requests %q", got)
			}
		})
	}
	t.Run("policy", func(t *testing.T) { // the policy alone stops what the template would not let in
		page := strings.Replace(string(pageOf(t, load(t, "healthy"))), "<main>",
			`<main><img src="http://evil.example/a"><script>document.title = "ran"</script><script src="http://evil.example/b"></script><iframe src="http://evil.example/c"></iframe>`, 1)
		if out := b.dump(t, page); strings.Contains(out, "<title>ran") {
			t.Error("a script ran in spite of the policy")
		}
		if got := b.asked(); len(got) != 0 {
			t.Errorf("in spite of the policy the page made the requests %q", got)
		}
	})
	for _, name := range fixtures(t) {
		t.Run("width/"+name, func(t *testing.T) { b.checkWidths(t, string(pageOf(t, load(t, name)))) })
	}
}

// checkWidths loads the page in frames and measures how wide it became, and
// whether its style was applied.
func (b *browser) checkWidths(t *testing.T, page string) {
	t.Helper()
	var outer, want strings.Builder
	outer.WriteString("<!DOCTYPE html><body>")
	for _, width := range []int{320, 390, 768, 1280} {
		fmt.Fprintf(&outer, `<iframe width="%d" height="800" frameborder="0" srcdoc="%s"></iframe>`, width, html.EscapeString(page))
		fmt.Fprintf(&want, "%d flex;", width)
	}
	outer.WriteString(`<p id="result"></p><script>
window.onload = () => {
	let out = "";
	for (const f of document.querySelectorAll("iframe")) {
		const d = f.contentDocument;
		out += d.documentElement.scrollWidth + " " + f.contentWindow.getComputedStyle(d.querySelector(".pills")).display + ";";
	}
	document.getElementById("result").textContent = out;
};
</script>`)
	_, got, _ := strings.Cut(b.dump(t, outer.String()), `<p id="result">`)
	got, _, _ = strings.Cut(got, "</p>")
	// A frame has a vertical scroll bar, which takes from its width.
	if got != want.String() && !narrower(got, want.String()) {
		t.Errorf("widths of the page and display of its pills: %q, want %q", got, want.String())
	}
}

// narrower says that each width is at most the wanted one, and the rest equal.
func narrower(got, want string) bool {
	g, w := strings.Split(got, ";"), strings.Split(want, ";")
	if len(g) != len(w) {
		return false
	}
	for i := range w {
		var gn, wn int
		var gs, ws string
		fmt.Sscan(g[i], &gn, &gs)
		fmt.Sscan(w[i], &wn, &ws)
		if gn > wn || gs != ws || (wn > 0 && gn < wn-20) {
			return false
		}
	}
	return true
}
