// Command travelpack is the source of a check pack that travels, for the tests:
// it needs nothing but the standard library and the plain contract of the ABI.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

const describe = `{"abi":"1.0","module":"travel",
 "inputs":[{"id":"host","glob":"facts/host.json","required":true}],
 "checks":[
  {"id":"has-host","rev":1,"title":"The bundle has a host","severities":["info"],"inputs":["host"],"since":"1.0.0","doc":"Passes."}%s]}`

const added = `,
  {"id":"recalled-host","rev":1,"title":"The host is not recalled","severities":["critical"],"inputs":["host"],"since":"1.1.0","doc":"Finds every host."}`

func main() {
	if len(os.Args) == 2 && os.Args[1] == "describe" {
		text := ""
		if len(checks) > 1 {
			text = added
		}
		fmt.Printf(describe, text)
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var request struct {
		Checks []string `json:"checks"`
	}
	var host struct {
		Name string `json:"name"`
	}
	for file, v := range map[string]any{"/run/request.json": &request, "/bundle/facts/host.json": &host} {
		raw, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(raw, v)
		}
		if err != nil {
			return err
		}
	}
	findings := 0
	for _, id := range request.Checks {
		outcome := "pass"
		if id == "recalled-host" {
			outcome = "findings"
			findings++
			fmt.Printf(`{"t":"finding","check":"recalled-host","severity":"critical","title":"Host %s is recalled","detail":"It travelled.","remedy":["Send it home."],"key":"recalled","evidence":[{"file":"facts/host.json","pointer":"/name","value":%q}]}`+"\n", host.Name, host.Name)
		}
		fmt.Printf(`{"t":"status","check":%q,"outcome":%q}`+"\n", id, outcome)
	}
	fmt.Printf(`{"t":"end","findings":%d,"statuses":%d}`+"\n", findings, len(request.Checks))
	return nil
}
