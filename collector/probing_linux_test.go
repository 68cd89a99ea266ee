package collector

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
)

// TestProbeSources takes targets from everywhere that Linux has, through a proxy
// as well, and keeps what must not leave.
func TestProbeSources(t *testing.T) {
	m := newMachine(t)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusBadRequest) }))
	defer web.Close()
	target := web.Listener.Addr().String()
	host, port, _ := net.SplitHostPort(target)
	proxy := proxyOf407(t)
	_, proxyPort, _ := net.SplitHostPort(proxy)
	put(t, m.dir+"/conf", []byte("[c]\nserver=https://u:"+secret+"@"+target+"/x?sig="+secret+"\nevil=a\\r\\n b\nproxy=http://u:"+secret+"@127.0.0.1\nproxyport="+proxyPort+"\n"))
	put(t, m.dir+"/mined/a.log", []byte("failed to "+host+" port "+port+"\nfailed to 10.9.8.7 port 443\n"))
	writeProfile(t, &m, obj{
		"config":      []obj{{"name": "c", "paths": []string{m.dir + "/conf"}, "keys": []string{"c:server", "c:evil", "c:proxy", "c:proxyport"}, "why": "w"}},
		"logs":        []obj{logOf(m, "mined", "")},
		"connections": obj{"processes": []string{"nobody"}, "why": "w"},
		"probes": []obj{
			{"name": "set", "from_config": obj{"config": "c", "host": "c:server", "default_port": 443}, "legs": []string{"http"}, "proxy": true, "why": "w"},
			{"name": "evil", "from_config": obj{"config": "c", "host": "c:evil", "default_port": 443}, "why": "w"},
			{"name": "mined", "from_log": obj{"input": "mined", "regexp": `failed to (?P<host>\S+) port (?P<port>\d+)`, "max": 4}, "why": "w"},
			{"name": "seen", "from_connections": obj{"process": "nobody", "max": 4}, "why": "w"},
		},
		"proxy": []obj{{"from_config": obj{"config": "c", "host": "c:proxy", "port": "c:proxyport"}, "why": "w"}},
	})
	sum, err := Run(context.Background(), m.options())
	if err != nil {
		t.Fatal(err)
	}
	b := openBundle(t, sum.Path)
	f := fact[bundles.Probes](t, b, "probes")
	if f.Proxy == nil || f.Proxy.Address != proxy || !f.Proxy.Userinfo || f.Proxy.Origin != "config:c" {
		t.Errorf("proxy %+v", f.Proxy)
	}
	if len(f.Items) != 4 || rowOf(t, b, "probes").Status != bundles.StatusOK {
		t.Fatalf("items %+v, row %+v", f.Items, rowOf(t, b, "probes"))
	}
	direct, through, evil, seen := f.Items[0], f.Items[1], f.Items[2], f.Items[3]
	if direct.Target != target || direct.Via != bundles.ViaDirect || len(direct.Legs) != 2 || direct.Legs[1].HTTPStatus != 400 || direct.Legs[1].Status != "ok" {
		t.Errorf("directly: %+v", direct)
	}
	if through.Proxy != proxy || len(through.Legs) != 3 || through.Legs[1].HTTPStatus != 407 || len(through.Legs[1].AuthSchemes) != 1 || through.Legs[2].Status != "skipped" {
		t.Errorf("through the proxy: %+v", through)
	}
	if evil.Error == "" || evil.Target != "" || seen.Error == "" || seen.Origin != "connections:nobody" {
		t.Errorf("without a target: %+v, %+v", evil, seen)
	}
	raw, err := bundles.ReadLimited(b.FS, "facts/probes.json", 1<<20)
	if err != nil || strings.Contains(string(raw), secret) || strings.Contains(string(raw), "REDACTED") || strings.Contains(string(raw), "10.9.8.7") {
		t.Errorf("%v, %s", err, raw)
	}
}

// proxyOf407 is a proxy that wants credentials and gets none.
func proxyOf407(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			req, err := http.ReadRequest(bufio.NewReader(c))
			switch {
			case err != nil: // only a connection
			case req.Header.Get("Proxy-Authorization") != "":
				t.Error("credentials were sent")
			default:
				_, _ = io.WriteString(c, "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Negotiate\r\n\r\n")
			}
			c.Close()
		}
	}()
	return l.Addr().String()
}
