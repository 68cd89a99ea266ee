package network

import (
	"context"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProxyEnv(t *testing.T) {
	got := proxyEnv([]string{"HOME=/root", "https_proxy=http://u:p@ss@10.0.0.1:8080", "HTTP_PROXY=u:p@10.0.0.1:8080", "no_proxy=.contoso.com,10.*", "all_proxy="})
	want := map[string]string{"https_proxy": "http://10.0.0.1:8080", "HTTP_PROXY": "10.0.0.1:8080", "no_proxy": ".contoso.com,10.*", "all_proxy": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if proxyEnv([]string{"A=b"}) != nil {
		t.Error("no proxy variables are not an empty map")
	}
}

func TestThisMachine(t *testing.T) {
	f, err := Read(context.Background())
	if err != nil {
		t.Log("not all could be read: ", err)
	}
	list, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range list {
		if i >= len(f.Items) || f.Items[i].Name != want.Name || f.Items[i].MTU != want.MTU || f.Items[i].Loopback != (want.Flags&net.FlagLoopback != 0) {
			t.Errorf("interface %d is %s, the fact has %+v", i, want.Name, f.Items)
		}
	}
	for _, r := range f.DefaultRoutes {
		if net.ParseIP(r.Gateway) == nil || r.Interface == "" {
			t.Errorf("default route %+v", r)
		}
	}
}
