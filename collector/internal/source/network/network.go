// Package network reads interfaces, default routes, name servers and the proxy
// variables of the environment.
package network

import (
	"context"
	"net"
	"os"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// Read reads the network's settings. The error says what could not be read; the
// fact holds the rest. Credentials in proxy variables leave with the redactor.
func Read(ctx context.Context) (bundles.Network, error) {
	f := bundles.Network{Taken: time.Now().UTC(), Items: []bundles.Interface{}, ProxyEnv: proxyEnv(os.Environ())}
	list, err := net.Interfaces()
	if err != nil {
		return f, err
	}
	for _, i := range list {
		f.Items = append(f.Items, describe(i))
	}
	return f, routing(ctx, &f)
}

func describe(i net.Interface) bundles.Interface {
	out := bundles.Interface{
		Name: i.Name, Addresses: []string{}, MAC: i.HardwareAddr.String(), MTU: i.MTU,
		Up: i.Flags&net.FlagUp != 0, Loopback: i.Flags&net.FlagLoopback != 0, Team: team(i.Name),
	}
	addrs, err := i.Addrs()
	if err != nil {
		out.Error = err.Error()
		return out
	}
	for _, a := range addrs {
		out.Addresses = append(out.Addresses, a.String())
	}
	return out
}

// proxyEnv finds the proxy variables; both cases are in use.
func proxyEnv(environ []string) map[string]string {
	out := map[string]string{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		switch strings.ToLower(name) {
		case "http_proxy", "https_proxy", "no_proxy", "all_proxy", "ftp_proxy":
			out[name] = withoutCredentials(value)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// withoutCredentials drops user and password of an address, with or without a
// scheme before it.
func withoutCredentials(value string) string {
	at := strings.LastIndexByte(value, '@')
	if at < 0 {
		return value
	}
	scheme, _, ok := strings.Cut(value, "://")
	if !ok {
		return value[at+1:]
	}
	return scheme + "://" + value[at+1:]
}
