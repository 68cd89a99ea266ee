package main

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
)

// registryValue finds a value by its name and gives its index and text; -1 when
// it is not there or has no data. Numbers are written in decimal.
func registryValue(k bundles.RegistryKey, name string) (int, string) {
	for i, v := range k.Values {
		if !strings.EqualFold(v.Name, name) || v.Error != "" || len(v.Data) == 0 {
			continue
		}
		var text string
		if json.Unmarshal(v.Data, &text) == nil {
			return i, text
		}
		var number uint64
		if json.Unmarshal(v.Data, &number) == nil {
			return i, strconv.FormatUint(number, 10)
		}
		var list []string
		if json.Unmarshal(v.Data, &list) == nil {
			return i, strings.Join(list, ";")
		}
		return i, string(v.Data)
	}
	return -1, ""
}
